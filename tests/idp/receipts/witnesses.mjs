// The page's scripts, outside of any page: one request a line, one answer a line. `node witnesses.mjs <their folder>`.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { runInThisContext } from "node:vm";

for (const name of ["primitives", "witnesses", "checking"]) runInThisContext(readFileSync(`${process.argv[2]}/${name}.js`, "utf8"));
const { open, readPolicy } = runInThisContext("witnesses"), checkReceipt = runInThisContext("checkReceipt");

for await (const line of createInterface({ input: process.stdin })) {
  const { policy, note, receipt, ...papers } = JSON.parse(line);
  let answer = {};
  try {
    if (receipt !== undefined) answer = await checkReceipt({ receipt, policy, ...papers });
    else {
      const read = await readPolicy(policy);
      if (note !== undefined) answer = await open(note, read, "unknown_log");
    }
  } catch ({ name, told = {} }) {
    answer = { refused: name, ...told };
  }
  process.stdout.write(`${JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}` : value))}\n`);
}
