// oidc-provider, set up for the bench: one process, everything in memory, ES256 throughout.
//
// Environment: BENCH_PORT, BENCH_CLIENT_ID, BENCH_CLIENT_SECRET, BENCH_REDIRECT_URI, BENCH_CHALLENGE.
// POST /bench/codes?count=N&format=jwt|opaque answers N authorization codes, one a line, as if N people
// had just agreed: its codes are minted through the provider's own models.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const { BENCH_PORT, BENCH_CLIENT_ID, BENCH_CLIENT_SECRET, BENCH_REDIRECT_URI, BENCH_CHALLENGE } = process.env;
const ISSUER = `http://127.0.0.1:${BENCH_PORT}`;
const RESOURCE = "https://api.bench.example";
const SCOPE = "openid profile offline_access";
const HOUR = 3600;
const PEOPLE = 1000;

// The stock memory adapter forgets all but the last 1,000 entries, codes not yet redeemed included.
// A Map forgets nothing; expiry is checked by the models themselves.
class MapAdapter {
  entries = new Map();

  async upsert(id, payload) {
    this.entries.set(id, payload);
  }

  async find(id) {
    return this.entries.get(id);
  }

  async consume(id) {
    this.entries.get(id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.entries.delete(id);
  }

  async revokeByGrantId(grantId) {
    for (const [id, payload] of this.entries) {
      if (payload.grantId === grantId) this.entries.delete(id);
    }
  }
}

const signingKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(ISSUER, {
  adapter: MapAdapter,
  jwks: { keys: [{ ...signingKey, kid: "bench", alg: "ES256", use: "sig" }] },
  clients: [
    {
      client_id: BENCH_CLIENT_ID,
      client_secret: BENCH_CLIENT_SECRET,
      redirect_uris: [BENCH_REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
      scope: `${SCOPE} read`,
    },
  ],
  scopes: ["openid", "profile", "offline_access", "read"],
  claims: { profile: ["name"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Person ${id}` }) }),
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: { AuthorizationCode: HOUR, AccessToken: HOUR, ClientCredentials: HOUR, IdToken: HOUR, RefreshToken: 24 * HOUR, Grant: 24 * HOUR },
  cookies: { keys: ["bench"] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // Only client_credentials asks for a default; a code carries its own resource, or none.
      defaultResource: (ctx) => (ctx.oidc.params.grant_type === "client_credentials" ? RESOURCE : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: `${SCOPE} read`,
        audience: RESOURCE,
        accessTokenTTL: HOUR,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});

const grants = [];
for (let person = 0; person < PEOPLE; person += 1) {
  const grant = new provider.Grant({ clientId: BENCH_CLIENT_ID, accountId: `person-${person}` });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(RESOURCE, SCOPE);
  grants.push(await grant.save());
}

async function mint(count, format) {
  const client = await provider.Client.find(BENCH_CLIENT_ID);
  const codes = [];
  for (let n = 0; n < count; n += 1) {
    const code = new provider.AuthorizationCode({
      accountId: `person-${n % PEOPLE}`,
      authTime: Math.floor(Date.now() / 1000),
      client,
      codeChallenge: BENCH_CHALLENGE,
      codeChallengeMethod: "S256",
      grantId: grants[n % PEOPLE],
      redirectUri: BENCH_REDIRECT_URI,
      resource: format === "jwt" ? RESOURCE : undefined,
      scope: SCOPE,
    });
    codes.push(await code.save());
  }
  return codes.join("\n");
}

const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith("/bench/codes?")) return answer(request, response);
  const query = new URL(request.url, ISSUER).searchParams;
  return mint(Number(query.get("count")), query.get("format")).then((codes) => response.end(codes));
}).listen(Number(BENCH_PORT), "127.0.0.1");
