// jose, asked about one token a line: {kind, token, now, keys, ...}; it answers {ok, why} a line: `node differential.mjs`.
// Its rules are those of the standard that the kind has, and the times of docs/requests.md; nothing of ours.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/`);
const jose = await import(pathToFileURL(require.resolve("jose")).href);
const algorithms = ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"];

const kinds = {
  // RFC 7523 section 3
  assertion: (one) => jose.jwtVerify(one.token, jose.createLocalJWKSet(one.keys), {
    ...common(one), issuer: one.client, subject: one.client, audience: one.audience, requiredClaims: ["exp", "jti"],
  }),
  // RFC 9101 section 6
  object: (one) => jose.jwtVerify(one.token, jose.createLocalJWKSet(one.keys), {
    ...common(one), issuer: one.client, audience: one.audience,
  }),
  // OpenID Connect CIBA section 7.1.1
  backchannel: (one) => jose.jwtVerify(one.token, jose.createLocalJWKSet(one.keys), {
    ...common(one), issuer: one.client, audience: one.audience, requiredClaims: ["exp", "nbf", "iat", "jti"],
  }),
  // RFC 7591 section 2.3: for whoever reads it, unless it says for whom.
  statement: async (one) => {
    const found = await jose.jwtVerify(one.token, jose.createLocalJWKSet(one.keys), {
      ...common(one), issuer: one.client, requiredClaims: ["exp"],
    });
    const { aud } = found.payload;
    if (aud !== undefined && aud !== one.audience && !(Array.isArray(aud) && aud.includes(one.audience)))
      throw new Error("for somebody else");
  },
  // RFC 9449 section 4.3
  proof: async (one) => {
    const found = await jose.jwtVerify(one.token, jose.EmbeddedJWK, {
      ...common(one), typ: "dpop+jwt", maxTokenAge: 90, requiredClaims: ["jti", "iat"],
    });
    if (found.payload.htm !== "POST" || found.payload.htu !== one.url) throw new Error("about another call");
    return found;
  },
  // OpenID Connect Core section 3.1.2.1: its age does not matter.
  hint: async (one) => {
    const found = await jose.compactVerify(one.token, jose.createLocalJWKSet(one.keys), { algorithms });
    if (found.protectedHeader.typ !== "JWT") throw new Error("another kind of token");
    if (found.protectedHeader.crit) throw new Error("critical");
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(found.payload));
  },
  // What we issue, as who receives it checks it.
  issued: (one) => jose.jwtVerify(one.token, jose.createLocalJWKSet(one.keys), {
    ...common(one), issuer: one.issuer, audience: one.audience ?? undefined, typ: one.typ,
  }),
  // RFC 7516: what must be in the envelope is.
  envelope: async (one) => {
    const found = await jose.compactDecrypt(one.token, await jose.importJWK(one.key, one.alg));
    if (new TextDecoder().decode(found.plaintext) !== one.inner) throw new Error("something else");
  },
};

function common({ now }) {
  return { algorithms, clockTolerance: 30, currentDate: new Date(now * 1000) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const one = JSON.parse(line);
  const said = await kinds[one.kind](one).then(() => ({ ok: true, why: "" }), (error) => ({ ok: false, why: error.message }));
  console.log(JSON.stringify(said));
}
