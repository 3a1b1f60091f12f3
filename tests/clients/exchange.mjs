// openid-client exchanging a token (RFC 8693), plain and with a DPoP key: `node exchange.mjs <config.json>`.
// Prints one JSON object: what it was given, what that reads, and what it was refused.

import { fresh, given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

async function configuration(id) {
  const metadata = { id_token_signed_response_alg: "ES256" };
  const execute = [oidc.allowInsecureRequests];
  return oidc.discovery(new URL(given.issuer), id, metadata, oidc.PrivateKeyJwt(key), { execute });
}

async function signedIn(config, options) {
  const { checks, parameters } = await fresh("openid skills");
  const answer = await new Browser(given).authorize(oidc.buildAuthorizationUrl(config, parameters));
  return oidc.authorizationCodeGrant(config, answer, checks, undefined, options);
}

const exchange = (config, token, more = {}, options = {}) =>
  oidc.genericGrantRequest(
    config,
    EXCHANGE,
    { subject_token: token, subject_token_type: ACCESS_TOKEN, scope: "openid skills", ...more },
    options,
  );

const read = async (config, token, options) => {
  const place = new URL(`${given.issuer}/v1/me/skills`);
  return (await oidc.fetchProtectedResource(config, token, place, "GET", null, undefined, options)).status;
};

const refused = async (asked) => {
  try {
    await asked;
  } catch (error) {
    return error.error;
  }
  throw new Error("it was not refused");
};

const coach = await configuration(given.coach);
const adviser = await configuration(given.adviser);
const first = await signedIn(coach);
const without = await refused(exchange(adviser, first.access_token));
const own = await signedIn(adviser);
const exchanged = await exchange(adviser, first.access_token);
const DPoP = oidc.getDPoPHandle(adviser, await oidc.randomDPoPKeyPair("ES256"));
const bound = await exchange(adviser, first.access_token, {}, { DPoP });
const introspected = await oidc.tokenIntrospection(adviser, exchanged.access_token);
const told = await oidc.fetchUserInfo(adviser, exchanged.access_token, own.claims().sub);
const before = await read(adviser, exchanged.access_token);
const boundRead = await read(adviser, bound.access_token, { DPoP });
const wider = await refused(exchange(adviser, first.access_token, { scope: "openid skills email" }));
const elsewhere = await refused(exchange(adviser, first.access_token, { audience: given.coach }));
await oidc.tokenRevocation(coach, first.access_token);
const after = await fetch(`${given.issuer}/v1/me/skills`, {
  headers: { authorization: `Bearer ${exchanged.access_token}` },
});
console.log(
  JSON.stringify({
    without,
    type: exchanged.issued_token_type,
    types: [exchanged.token_type, bound.token_type],
    scope: exchanged.scope,
    act: introspected.act,
    active: introspected.active,
    same: told.sub === own.claims().sub && told.sub !== first.claims().sub,
    reads: [before, boundRead, after.status],
    wider,
    elsewhere,
  }),
);
