// Signed notes, checkpoints, cosignatures, policies (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature,
// tlog-policy). A text counts only once keys that the reader pinned have signed it.
import { createHash } from "node:crypto";
import * as ed from "@noble/ed25519";
const LINE = /^(#|(log|witness [^ ]+)( [^ ]+){1,2}$|group( [^ ]+){3}|quorum [^ ]+$)/;
const LOG = 1, WITNESS = 4, NAME = /^[^\p{White_Space}\p{C}+]+$/u; // signature types; names of keys
ed.hashes.sha512 = (data) => createHash("sha512").update(data).digest();
export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export function check(holds, reason, file, offset = 0) {
  if (!holds) throw Object.assign(new Error(reason), { file, offset });
}
export function within(file, start, read) { // whatever is wrong in there is a lie of that file
  try { return read(); } catch ({ message, offset = 0 }) { check(false, message, file, start + offset); }
}
export function base64(text) {
  const data = Buffer.from(text, "base64");
  check(data.toString("base64") === text, "not canonical base64");
  return data;
}
export function readKey(vkey, kind = LOG) {
  const [name, id, ...encoded] = vkey.split("+"), key = base64(encoded.join("+"));
  const own = sha256(Buffer.from(`${name}\n`), key).toString("hex", 0, 4) === id;
  check(own && NAME.test(name) && key.length === 33 && key[0] === kind, `no key of type ${kind}: ${vkey}`);
  return { name, id, kind, key: key.subarray(1) };
}
export const trusting = (...logs) => ({ logs, members: new Map(), quorum: "none" });
export function readPolicy(text) {
  const { logs, members } = trusting(), used = new Set(["name none"]), quorums = [];
  const once = (name) => check(!used.has(name), `twice: ${name}`) ?? used.add(name);
  const add = (name, member) => once(`name ${name}`) && members.set(name, member);
  const keyOnce = (key) => once(`key ${key.kind} ${key.key.toString("hex")}`) && key;
  const take = {
    __proto__: null, log: ([vkey]) => logs.push(keyOnce(readKey(vkey))),
    witness: ([name, vkey]) => add(name, keyOnce(readKey(vkey, WITNESS))),
    group([name, least, ...of]) {
      const k = { any: 1, all: of.length }[least] ?? (/^[1-9]\d{0,3}$/.test(least) ? Number(least) : 0);
      check(k >= 1 && k <= of.length && of.every((one) => members.has(one)), `no group ${name}`);
      of.forEach((one) => once(`member ${one}`));
      add(name, { k, of });
    },
    quorum: ([name]) => check(name === "none" || members.has(name), `no quorum ${name}`) ?? quorums.push(name),
  };
  check(Buffer.byteLength(text) <= 1e6 && !/[\0-\x08\x0b-\x1f\x7f]/.test(text), "no text below 1 MB");
  for (const [word = "#", ...parts] of text.split("\n").map((line) => line.split(/[ \t]+/).filter(Boolean)))
    check(LINE.test([word, ...parts].join(" ")), `no line of a policy: ${word}`) ?? take[word]?.(parts);
  check(quorums.length === 1, "a policy names one quorum");
  return { logs, members, quorum: quorums[0] };
}
function signs({ key, kind }, text, data) {
  const time = kind === WITNESS && data.length === 72 ? data.readBigInt64BE() : 0n;
  const said = Buffer.from(kind === WITNESS ? `cosignature/v1\ntime ${time}\n${text}` : text);
  const signature = data.subarray(kind === LOG ? 0 : time > 0n ? 8 : 9); // of 64 bytes, anything else is none
  try { return ed.verify(signature, said, key, { zip215: false }); } catch { return false; }
}
// What a note says that a log of the policy signed and a quorum cosigned.
export function openCheckpoint(note, { logs, members, quorum }) {
  const gap = note.lastIndexOf("\n\n"), text = note.slice(0, gap + 1), lines = note.slice(gap + 2).split("\n");
  check(gap > 0 && lines.pop() === "" && !/[\0-\x09\x0b-\x1f\x7f]/.test(text), "no signed note");
  const signed = new Set(), keys = [...logs, ...members.values()];
  let at = Buffer.byteLength(text) + 1;
  for (const line of lines) {
    const [dash, name, encoded = "", ...more] = line.split(" "), data = base64(encoded);
    check(dash === "—" && NAME.test(name) && data.length > 4 && !more.length, "no signature line");
    const key = keys.find((one) => one.name === name && one.id === data.toString("hex", 0, 4));
    check(!key || signed.has(key) || signs(key, text, data.subarray(4)), `${name} did not sign this`, "", at);
    signed.add(key);
    at += Buffer.byteLength(line) + 1;
  }
  const [origin, size, root = "", ...more] = text.slice(0, -1).split("\n");
  const formed = NAME.test(origin) && /^(0|[1-9]\d{0,14})$/.test(size) && !more.includes("");
  check(formed && base64(root).length === 32, "no checkpoint");
  check(logs.some((one) => signed.has(one) && one.name === origin), "no known log of that name signed it");
  const seen = new Set(["none"]), counts = ({ k, of }) => of?.filter((one) => seen.has(one)).length >= k; // a group
  for (const [name, one] of members) if (signed.has(one) || counts(one)) seen.add(name); // each below its members
  check(seen.has(quorum), "the witnesses that cosigned are no quorum");
  const witnesses = [...members.keys()].filter((name) => signed.has(members.get(name)));
  return { origin, size: Number(size), root: base64(root), witnesses };
}
