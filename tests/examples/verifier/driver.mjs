// The verifier as a process that stays: one request a line, one answer a line. `node driver.mjs <its folder>`.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(`${process.argv[2]}/${name}.mjs`));
const { verifyLog } = await load("log");
const { readPolicy } = await load("notes");
const { openProof, openReceipt } = await load("tree");

const kept = new Map(); // logs by name: file -> bytes
const bytes = (files) => Object.entries(files).map(([name, data]) => [name, data === null ? null : Buffer.from(data, "base64")]);
const lying = ({ file, offset, message }) => ({ lie: { file: file ?? null, offset: offset ?? null, reason: message } });

const answers = {
  keep({ log, files }) {
    kept.set(log, new Map(bytes(files)));
  },
  log({ log, changes, policy, pinned, opaque }) {
    const files = new Map(kept.get(log));
    for (const [name, data] of bytes(changes)) data === null ? files.delete(name) : files.set(name, data);
    const reader = { read: (name) => files.get(name), names: () => [...files.keys()] };
    const { size, retired, witnesses } = verifyLog(reader, readPolicy(policy), { pinned, opaque });
    return { size, retired, witnesses };
  },
  proof: ({ proof, leaf, policy }) => ({ index: openProof(proof, Buffer.from(leaf, "hex"), readPolicy(policy)).index }),
  receipt: ({ receipt, keys }) => ({ id: openReceipt(receipt, keys).receipt_id }),
  policy: ({ policy }) => ({ quorum: readPolicy(policy).quorum }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...asked } = JSON.parse(line);
  let answer;
  try {
    answer = answers[what](asked) ?? {};
  } catch (error) {
    answer = lying(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
