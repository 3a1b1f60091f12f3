// openid-client with DPoP: a FAPI 2.0 app and a public one, by each kind of key: `node proofs.mjs <config.json>`.
// Prints one JSON object: by app and algorithm, what it found out.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Browser } from "./browser.mjs";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(`${given.packages}/`);
const oidc = await import(pathToFileURL(require.resolve("openid-client")).href);

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const { kid, alg: _alg, use: _use, ...jwk } = given.jwk;
const key = { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid };
const apps = {
  fapi: { id: given.fapi, proof: oidc.PrivateKeyJwt(key), build: oidc.buildAuthorizationUrlWithPAR },
  public: { id: given.public, proof: oidc.None(), build: oidc.buildAuthorizationUrl },
};

async function walk({ id, proof, build }, alg) {
  const execute = [oidc.allowInsecureRequests];
  const metadata = { id_token_signed_response_alg: "ES256" };
  const config = await oidc.discovery(new URL(given.issuer), id, metadata, proof, { execute });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(alg));
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedNonce: oidc.randomNonce(),
    expectedState: oidc.randomState(),
    idTokenExpected: true,
  };
  const parameters = {
    redirect_uri: given.redirect_uri,
    scope: "openid profile skills offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce: checks.expectedNonce,
    state: checks.expectedState,
    dpop_jkt: await DPoP.calculateThumbprint(),
  };
  const url = await build(config, parameters, { DPoP });
  const answer = await new Browser(given).authorize(url);
  const first = await oidc.authorizationCodeGrant(config, answer, checks, undefined, { DPoP });
  const second = await oidc.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP });
  const read = async (tokens, options) => {
    const place = new URL(`${given.issuer}/v1/me/skills`);
    return oidc.fetchProtectedResource(config, tokens.access_token, place, "GET", null, undefined, options);
  };
  const told = await oidc.fetchUserInfo(config, second.access_token, first.claims().sub, { DPoP });
  const stolen = await fetch(`${given.issuer}/v1/me/skills`, {
    headers: { authorization: `Bearer ${second.access_token}` },
  });
  return {
    types: [first.token_type, second.token_type],
    kept: first.refresh_token === second.refresh_token,
    reads: [(await read(first, { DPoP })).status, (await read(second, { DPoP })).status],
    stolen: [stolen.status, stolen.headers.get("www-authenticate")],
    same: told.sub === first.claims().sub,
  };
}

const said = {};
for (const [name, app] of Object.entries(apps))
  for (const alg of given.algorithms) said[`${name} ${alg}`] = await walk(app, alg);
console.log(JSON.stringify(said));
