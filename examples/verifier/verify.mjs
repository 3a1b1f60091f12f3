// How it is called: see README.md. Trust comes from --vkey or --policy, and --keys, and from nothing else.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { verifyLog } from "./log.mjs";
import { check, readKey, readPolicy, trusting } from "./notes.mjs";
import { leafHash, openProof, openReceipt } from "./tree.mjs";
const texts = ["vkey", "policy", "pinned", "leaf", "proof", "keys"].map((name) => [name, { type: "string" }]);
const options = Object.fromEntries([...texts, ["opaque", { type: "boolean" }]]);
const { values, positionals: [what, path] } = parseArgs({ options, allowPositionals: true });
const file = (name) => values[name] && readFileSync(values[name], "utf8");
const pinned = () => check(!values.vkey !== !values.policy, "say whom you trust: --vkey or --policy")
  ?? (values.policy ? readPolicy(file("policy")) : trusting(readKey(values.vkey.trim())));
const isFile = (name) => statSync(`${path}/${name}`, { throwIfNoEntry: false })?.isFile();
const read = (name) => (isFile(name) ? readFileSync(`${path}/${name}`) : undefined);
const names = () => readdirSync(path, { recursive: true }).map((name) => name.replaceAll("\\", "/")).filter(isFile);
const commands = {
  log: () => verifyLog({ read, names }, pinned(), { pinned: file("pinned"), opaque: values.opaque }),
  proof: () => openProof(readFileSync(path, "utf8"), leafHash(readFileSync(values.leaf)), pinned()),
  receipt() {
    const text = readFileSync(path, "utf8").trim(), alone = text.startsWith("{") ? JSON.parse(text).receipt : text;
    const claims = openReceipt(alone.replace(/\s/g, ""), JSON.parse(file("keys")));
    const prove = (proof) => openProof(proof, Buffer.from(claims.ledger.leaf_hash, "hex"), pinned());
    return { claims, place: values.proof && prove(file("proof")) };
  },
};
try {
  const found = (commands[what] ?? check(false, "log DIRECTORY, proof FILE or receipt FILE: see README.md"))();
  console.log(JSON.stringify({ ok: true, ...found }, (key, value) => (key === "root" ? undefined : value), 2));
} catch ({ message, file: lies, offset }) {
  process.exitCode = console.error(JSON.stringify({ ok: false, reason: message, file: lies, offset }, null, 2)) ?? 1;
}
