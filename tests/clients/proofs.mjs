// openid-client with DPoP: a FAPI 2.0 app and a public one, by each kind of key: `node proofs.mjs <config.json>`.
// Prints one JSON object: by app and algorithm, what it found out.

import { fresh, given, key, oidc } from "./app.mjs";
import { Browser } from "./browser.mjs";

const apps = {
  fapi: { id: given.fapi, proof: oidc.PrivateKeyJwt(key), build: oidc.buildAuthorizationUrlWithPAR },
  public: { id: given.public, proof: oidc.None(), build: oidc.buildAuthorizationUrl },
};

async function walk({ id, proof, build }, alg) {
  const execute = [oidc.allowInsecureRequests];
  const metadata = { id_token_signed_response_alg: "ES256" };
  const config = await oidc.discovery(new URL(given.issuer), id, metadata, proof, { execute });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(alg));
  const { checks, parameters } = await fresh("openid profile skills offline_access", {
    dpop_jkt: await DPoP.calculateThumbprint(),
  });
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
