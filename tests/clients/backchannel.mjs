// openid-client asks somebody who answers on her own phone: `node backchannel.mjs <config.json>`.
// Prints one JSON object: by way, what the app got.

import { given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

const metadata = { id_token_signed_response_alg: "ES256" };
const execute = [oidc.allowInsecureRequests];
const proof = oidc.PrivateKeyJwt(key);
const config = await oidc.discovery(new URL(given.issuer), given.client_id, metadata, proof, { execute });

async function run(way, code, decision, email = given.email) {
  const options = way === "dpop" ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256")) } : {};
  const asked = { scope: "openid profile skills", login_hint: email, binding_message: code };
  const told = await oidc.initiateBackchannelAuthentication(config, asked);
  const fetched = oidc.pollBackchannelAuthenticationGrant(config, told, undefined, options);
  const [tokens] = await Promise.allSettled([fetched, new Browser({ ...given, email }).reply(code, decision)]);
  if (tokens.status === "rejected") return { error: tokens.reason.error ?? String(tokens.reason) };
  const { access_token, token_type } = tokens.value;
  const place = new URL(`${given.issuer}/v1/me/skills`);
  const read = await oidc.fetchProtectedResource(config, access_token, place, "GET", null, undefined, options);
  const request = tokens.value.claims()["urn:openid:params:jwt:claim:auth_req_id"];
  return { type: token_type, read: read.status, named: request === told.auth_req_id, sub: tokens.value.claims().sub };
}

// Somebody is asked one thing at a time; somebody else, meanwhile.
const refusing = run("plain", "GHJ-466", "refuse", given.other);
const plain = await run("plain", "ABC-346", "open");
const dpop = await run("dpop", "DEF-789", "open");
const refused = await refusing;
console.log(JSON.stringify({ plain, dpop, refused }));
