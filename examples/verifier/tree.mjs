// Merkle trees (RFC 6962 section 2.1), proofs (c2sp.org/tlog-proof), leaves of Accord's format v1, receipts.
import { createPublicKey, verify } from "node:crypto";
import canonicalize from "canonicalize";
import { base64, check, openCheckpoint, sha256 } from "./notes.mjs";
export const leafHash = (leaf) => sha256(Buffer.from([0]), leaf);
const node = (left, right) => sha256(Buffer.from([1]), left, right);
export const split = (data) => Array.from({ length: data.length >> 5 }, (_, n) => data.subarray(32 * n, 32 * n + 32));
// Over adjacent complete subtrees of falling size; and those of a tile, which has at most 256 hashes.
export const fold = (tops) => (tops.length ? tops.reduceRight((right, left) => node(left, right)) : sha256());
export function peaks(tile) {
  const tops = [], row = split(tile);
  for (let width = 256; row.length; width /= 2) {
    let run = row.length < width ? [] : row.splice(0, width);
    while (run.length > 1) run = run.filter((_, n) => n % 2 === 0).map((left, n) => node(left, run[2 * n + 1]));
    tops.push(...run);
  }
  return tops;
}
// The checkpoint that the policy accepts, of a tree that holds this leaf hash at `index` (RFC 9162 2.1.3.2).
export function openProof(text, leaf, policy) {
  const gap = text.indexOf("\n\n"), [first, ...lines] = text.slice(0, Math.max(gap, 0)).split("\n");
  check(first === "c2sp.org/tlog-proof@v1", "no tlog-proof");
  if (lines[0]?.startsWith("extra ")) check(base64(lines.shift().slice(6)).length, "no extra data");
  const index = Number(/^index (0|[1-9]\d{0,14})$/.exec(lines.shift())?.[1] ?? NaN), path = lines.map(base64);
  const head = openCheckpoint(text.slice(gap + 2), policy);
  check(index < head.size && path.every((one) => one.length === 32) && path.length < 64, "no proof in that tree");
  let at = BigInt(index), last = BigInt(head.size) - 1n, hash = leaf;
  for (const sibling of path) {
    check(last, "the proof is too long");
    const right = at & 1n || at === last;
    hash = right ? node(sibling, hash) : node(hash, sibling);
    while (right && at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    [at, last] = [at >> 1n, last >> 1n];
  }
  check(last === 0n && hash.equals(head.root), "the proof does not lead to the signed root");
  return { ...head, index };
}
const like = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const or = (rule) => (value) => value === null || rule(value), text = or((value) => value.isWellFormed()), int = Number.isSafeInteger;
const whole = (value) => int(value) && value >= 0, named = like(/^[a-z][a-z0-9_]*$/);
const scalar = (value) => int(value) || typeof value === "boolean" || text(value);
const FIELDS = {
  v: (value) => value === 1, id: like(/^[0-9a-f]{32}$/), time: whole, event: like(/^[a-z]+(\.[a-z_]+)+$/),
  log: like(/^(consent|security)$/), outcome: like(/^(success|refused|failed)$/), client: text,
  person: or(like(/^p-[\w-]{21}[AQgw]$/)), grant: text, revision: or(whole), scopes: text,
  facts: (value) => `${value}` === "[object Object]" && Object.entries(value).every(([name, one]) => named(name) && scalar(one)),
  request: text, salt: like(/^[\w-]{21}[AQgw]$/), commitment: or(like(/^[\w-]{42}[AEIMQUYcgkosw048]$/)),
};
const namesOf = (one) => Object.keys(one).sort().join(" ");
export function readLeaf(bytes) {
  const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), leaf = JSON.parse(json);
  check(canonicalize(leaf) === json && namesOf(leaf) === namesOf(FIELDS), "not canonical, or other fields");
  for (const [name, holds] of Object.entries(FIELDS)) check(holds(leaf[name]), `field ${name}`);
  check(leaf.id.startsWith(Math.floor(leaf.time / 1000).toString(16).padStart(12, "0")), "id and time differ");
  return leaf;
}
// A compact JWS (RFC 7515, ES256) over canonical JSON. keys: a JWK Set that the reader trusts.
export function openReceipt(receipt, { keys }) {
  const parts = receipt.split("."), bytes = parts.map((part) => Buffer.from(part, "base64url"));
  check(parts.length === 3 && bytes.every((one, n) => one.toString("base64url") === parts[n]), "no receipt");
  const [header, claims] = bytes.slice(0, 2).map((one) => JSON.parse(one)), names = namesOf(header);
  check(`${header.alg} ${header.typ} ${names}` === "ES256 consent-receipt+jwt alg kid typ", "no receipt");
  const [jwk, twice] = keys.filter(({ kid, crv }) => kid === header.kid && crv === "P-256");
  check(jwk && !twice, "signed by a key that is not trusted");
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, format: "jwk" });
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  check(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes[2]), "the signature is wrong");
  const canonical = canonicalize(claims) === bytes[1].toString();
  check(canonical && namesOf(claims) === "iat iss ledger receipt_id record record_sha256", "no receipt");
  const same = sha256(Buffer.from(canonicalize(claims.record))).toString("hex") === claims.record_sha256;
  check(same && claims.ledger.event_id === claims.receipt_id, "another record or event");
  return claims;
}
