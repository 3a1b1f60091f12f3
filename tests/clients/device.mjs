// openid-client on a screen that nobody types at, while a browser elsewhere answers: `node device.mjs <config.json>`.
// Prints one JSON object: by way, what the screen got.

import { given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

const metadata = { id_token_signed_response_alg: "ES256" };
const execute = [oidc.allowInsecureRequests];
const proof = oidc.PrivateKeyJwt(key);
const config = await oidc.discovery(new URL(given.issuer), given.client_id, metadata, proof, { execute });

async function run(way, answer) {
  const options = way === "dpop" ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256")) } : {};
  // The key is proved where the tokens are fetched: the library sends no proof where it starts.
  const told = await oidc.initiateDeviceAuthorization(config, { scope: "openid profile skills" });
  const fetched = oidc.pollDeviceAuthorizationGrant(config, told, undefined, options);
  const [tokens] = await Promise.allSettled([fetched, new Browser(given).answer(told.verification_uri_complete, answer)]);
  if (tokens.status === "rejected") return { error: tokens.reason.error ?? String(tokens.reason) };
  const place = new URL(`${given.issuer}/v1/me/skills`);
  const { access_token } = tokens.value;
  const read = await oidc.fetchProtectedResource(config, access_token, place, "GET", null, undefined, options);
  return { type: tokens.value.token_type, read: read.status, claims: tokens.value.claims() };
}

const ways = { plain: "go-on", dpop: "go-on", refused: "stop" };
const found = await Promise.all(Object.entries(ways).map(async ([way, answer]) => [way, await run(way, answer)]));
console.log(JSON.stringify(Object.fromEntries(found)));
