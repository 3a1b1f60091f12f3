// What both programs begin with: their configuration (a path, the first argument), the library, the app's key.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

export const given = JSON.parse(readFileSync(process.argv[2], "utf8"));

const require = createRequire(`${given.packages}/`);
export const oidc = await import(pathToFileURL(require.resolve("openid-client")).href);

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const { kid, alg: _alg, use: _use, ...jwk } = given.jwk;
export const key = { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid };

// A fresh request for a code, and what its answer is to be checked against.
export async function fresh(scope, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedNonce: oidc.randomNonce(),
    expectedState: oidc.randomState(),
    idTokenExpected: true,
  };
  const parameters = {
    redirect_uri: given.redirect_uri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce: checks.expectedNonce,
    state: checks.expectedState,
    ...more,
  };
  return { checks, parameters };
}
