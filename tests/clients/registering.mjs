// openid-client registers its app by itself, in each way that it has to prove who it is, and signs a person in:
// `node registering.mjs <config.json>`. Prints one JSON object: by method, what it was told and what it got.

import { fresh, given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

const ways = {
  // The secret is told by the answer, and taken from there.
  client_secret_basic: [{}, () => oidc.ClientSecretBasic()],
  client_secret_post: [{ token_endpoint_auth_method: "client_secret_post" }, () => oidc.ClientSecretPost()],
  none: [{ token_endpoint_auth_method: "none" }, () => oidc.None()],
  private_key_jwt: [
    { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [given.public] } },
    () => oidc.PrivateKeyJwt(key),
  ],
};

async function register(members, proof) {
  const metadata = { client_name: "Strict", redirect_uris: [given.redirect_uri], ...members };
  const options = { initialAccessToken: given.token, execute: [oidc.allowInsecureRequests] };
  return oidc.dynamicClientRegistration(new URL(given.issuer), metadata, proof, options);
}

const said = {};
for (const [name, [members, make]] of Object.entries(ways)) {
  const config = await register(members, make());
  const { checks, parameters } = await fresh("openid skills");
  const url = oidc.buildAuthorizationUrl(config, parameters);
  const tokens = await oidc.authorizationCodeGrant(config, await new Browser(given).authorize(url), checks);
  const told = config.clientMetadata();
  const own = { headers: { authorization: `Bearer ${told.registration_access_token}` } };
  const kept = await (await fetch(told.registration_client_uri, own)).json();
  const ended = await fetch(told.registration_client_uri, { ...own, method: "DELETE" });
  said[name] = {
    method: told.token_endpoint_auth_method,
    scope: tokens.scope,
    alg: JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url")).alg,
    same: kept.client_id === told.client_id,
    ended: [ended.status, (await fetch(told.registration_client_uri, own)).status],
  };
}
console.log(JSON.stringify(said));
