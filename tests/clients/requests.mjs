// openid-client, in its strictest use, asking in each way that we announce: `node requests.mjs <config.json>`.
// Prints one JSON object: by way, the claims of the ID token that it accepted.

import { fresh, given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

async function configuration(...features) {
  const metadata = { id_token_signed_response_alg: "ES256", authorization_signed_response_alg: "ES256" };
  const execute = [oidc.allowInsecureRequests, ...features];
  const proof = oidc.PrivateKeyJwt(key);
  return oidc.discovery(new URL(given.issuer), given.client_id, metadata, proof, { execute });
}

async function run(build, more = {}, ...features) {
  const config = await configuration(...features);
  const { checks, parameters } = await fresh("openid profile skills", more);
  const answer = await new Browser(given).authorize(await build(config, parameters));
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
  const skills = await oidc.fetchProtectedResource(
    config,
    tokens.access_token,
    new URL(`${given.issuer}/v1/me/skills`),
    "GET",
  );
  if (skills.status !== 200) throw new Error(`the token reads nothing: ${await skills.text()}`);
  return tokens.claims();
}

const plain = oidc.buildAuthorizationUrl;
const pushed = oidc.buildAuthorizationUrlWithPAR;
const signed = (config, parameters) => oidc.buildAuthorizationUrlWithJAR(config, parameters, key);
// The object is signed as for a browser, then pushed in its place.
const both = async (config, parameters) => {
  const request = (await signed(config, parameters)).searchParams.get("request");
  return pushed(config, { request });
};

const said = {
  plain: await run(plain),
  pushed: await run(pushed),
  signed: await run(signed),
  signed_and_pushed: await run(both),
  form_post: await run(plain, { response_mode: "form_post" }),
  signed_answer: await run(plain, {}, oidc.useJwtResponseMode),
  all_at_once: await run(both, {}, oidc.useJwtResponseMode),
  level: await run(plain, { acr_values: "urn:accord:acr:password", max_age: "600" }),
  resource: await run(pushed, { resource: `${given.issuer}/v1` }),
};
console.log(JSON.stringify(said));
