// Checks a receipt and its proof with WebCrypto alone, from the texts that the form holds; asks nobody anything.
// `checkReceipt({ receipt, proof, keys, policy, issuer })` gives what was proved, or throws an Error named by its code.
// policy: whose log counts and which witnesses must have seen it; "" for the log that the keys name, and no witness.
"use strict";

const checkReceipt = (() => {
  const GRACE = 24 * 3600;
  const CLAIMS = "iat iss ledger receipt_id record record_sha256";
  const { need, attempt, base64, hex, sha256, utf8 } = primitives;
  const text = new TextDecoder("utf-8", { fatal: true });
  const unhex = (string) => Uint8Array.from(string.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const same = (one, other) => hex(one) === hex(other);
  const names = (object) => Object.keys(object ?? {}).sort().join(" ");

  function base64url(string) {
    const plain = string.replaceAll("-", "+").replaceAll("_", "/");
    need(!/[+/=]/.test(string), "not_a_receipt");
    return base64(plain + "=".repeat((4 - (plain.length % 4)) % 4), "not_canonical");
  }
  function canonical(value) { // RFC 8785, for what receipts hold: ASCII keys, no fractions
    if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
  }
  const leafHash = (leaf) => sha256(Uint8Array.of(0), utf8.encode(leaf));
  const node = (left, right) => sha256(Uint8Array.of(1), left, right);

  function read(pasted) {
    const trimmed = pasted.trim();
    if (!trimmed.startsWith("{")) return { receipt: trimmed.replace(/\s/g, ""), ledger: {} };
    const file = attempt(() => JSON.parse(trimmed), "not_a_receipt");
    need(typeof file.receipt === "string", "not_a_receipt");
    return { receipt: file.receipt, claims: file.claims, ledger: file.ledger ?? {} };
  }

  function readKeys(pinned) {
    const keys = attempt(() => JSON.parse(pinned), "bad_keys"), object = (one) => one !== null && typeof one === "object";
    need(Array.isArray(keys?.keys) && keys.keys.every(object), "bad_keys");
    return keys;
  }
  function dated(text) { // in seconds
    const at = Date.parse(text || "") / 1000;
    need(!text || (typeof text === "string" && !Number.isNaN(at)), "bad_keys");
    return at;
  }

  async function signed(receipt, keys) {
    const parts = receipt.split(".");
    need(parts.length === 3, "not_a_receipt");
    const [header, claims] = parts.slice(0, 2).map((part) =>
      attempt(() => JSON.parse(text.decode(base64url(part))), "not_a_receipt"));
    need(header?.alg === "ES256" && names(header) === "alg kid typ", "wrong_algorithm");
    need(header.typ === "consent-receipt+jwt", "wrong_typ");
    need(parts[2], "not_signed");
    const [jwk, ...more] = keys.keys.filter((one) => one.kid === header.kid && one.crv === "P-256");
    need(jwk && !more.length, "unknown_key");
    const { kty, crv, x, y } = jwk, es256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, es256, false, ["verify"])
      .catch(() => need(false, "bad_keys")); // half a key, or no point of the curve
    const signature = base64url(parts[2]), over = utf8.encode(`${parts[0]}.${parts[1]}`);
    need(await crypto.subtle.verify(es256, key, signature, over), "bad_signature");
    need(canonical(claims) === text.decode(base64url(parts[1])), "not_canonical");
    need(names(claims) === CLAIMS, "not_a_receipt");
    need(hex(await sha256(utf8.encode(canonical(claims.record)))) === claims.record_sha256, "wrong_record");
    need(claims.ledger.event_id === claims.receipt_id, "wrong_record");
    const [first, last] = [jwk.staged_at, jwk.retired_at].map(dated);
    need(!(claims.iat < first - GRACE || claims.iat > last + GRACE), "key_out_of_time"); // NaN: no such date
    return { claims, revoked: Boolean(jwk.revoked_at) };
  }

  function parseProof(pasted, given) { // a .tlog-proof (C2SP tlog-proof), or what the receipt's file has
    if (!pasted.trim()) {
      if (!given) return null;
      const { index, proof, checkpoint } = given;
      need(Number.isSafeInteger(index) && index >= 0 && Array.isArray(proof), "wrong_proof");
      return { index: BigInt(index), path: proof.map((one) => base64(one, "wrong_proof")), note: checkpoint };
    }
    const whole = `${pasted.trim().replaceAll("\r\n", "\n")}\n`, gap = whole.indexOf("\n\n");
    const [first, ...lines] = whole.slice(0, Math.max(gap, 0)).split("\n");
    if (lines[0]?.startsWith("extra ")) lines.shift();
    const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift())?.[1];
    need(first === "c2sp.org/tlog-proof@v1" && index, "wrong_proof");
    return { index: BigInt(index), path: lines.map((one) => base64(one, "wrong_proof")), note: whole.slice(gap + 2) };
  }

  async function placed({ index, path, note }, leaf, keys, policy) { // RFC 9162 section 2.1.3.2
    need(typeof note === "string" && (policy || keys.ledger), "wrong_proof");
    const logs = () => [keys.ledger, ...(keys.ledger.earlier ?? [])].map((one) => one.vkey);
    const trusted = policy ?? (await witnesses.unwitnessed(attempt(logs, "bad_keys")));
    const head = await witnesses.open(note, trusted, policy ? "unknown_log" : "wrong_proof");
    if (head === null) return null;
    need(index < head.size && path.length < 64 && path.every((one) => one.length === 32), "wrong_proof");
    let at = index, last = head.size - 1n, hash = leaf;
    for (const sibling of path) {
      need(last > 0n, "wrong_proof");
      if (at & 1n || at === last) {
        hash = await node(sibling, hash);
        while (at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
      } else hash = await node(hash, sibling);
      [at, last] = [at >> 1n, last >> 1n];
    }
    need(last === 0n && same(hash, head.root), "wrong_proof");
    return { position: index, size: head.size, rows: head.rows };
  }

  return async ({ receipt, proof, keys: pinned, policy: asked, issuer }) => {
    need(receipt.trim(), "nothing");
    const policy = asked.trim() ? await witnesses.readPolicy(asked) : null;
    const paper = read(receipt), keys = readKeys(pinned);
    const { claims, revoked } = await signed(paper.receipt, keys), steps = ["signed"];
    need(claims.iss === (keys.issuer ?? issuer), "wrong_issuer");
    steps.push("issuer");
    if (paper.claims !== undefined) {
      need(canonical(paper.claims) === canonical(claims), "altered_words");
      steps.push("in_words");
    }
    const leaf = unhex(claims.ledger.leaf_hash);
    if (paper.ledger.leaf) {
      const { id, facts } = attempt(() => JSON.parse(paper.ledger.leaf), "wrong_leaf");
      need(id === claims.receipt_id && same(await leafHash(paper.ledger.leaf), leaf), "wrong_leaf");
      need((facts?.record ?? claims.record_sha256) === claims.record_sha256, "wrong_leaf");
      steps.push("leaf");
    }
    const told = parseProof(proof, paper.ledger.proof), place = told && (await placed(told, leaf, keys, policy));
    need(place || !revoked, "key_revoked");
    need(told || !policy, "no_proof");
    need(place || !policy, "unable");
    steps.push(...(place ? ["logged"] : "promised_by" in claims.ledger ? ["promised"] : []));
    return { claims, steps, unable: Boolean(told && !place), witnessed: policy && { rows: place.rows } };
  };
})();
