// oauth4webapi, in the ways that its quickstart leaves out: signed requests and answers, a screen, a phone:
// `node oauth.mjs <config.json>`. Prints one JSON object: by way, what the app got.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Browser } from "./browser.mjs";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(`${given.packages}/`);
const oauth = await import(pathToFileURL(require.resolve("oauth4webapi")).href);

const curve = { name: "ECDSA", namedCurve: "P-256" };
const { kid, ...jwk } = given.jwk;
const key = { key: await crypto.subtle.importKey("jwk", jwk, curve, false, ["sign"]), kid };
const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(given.issuer);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
const client = { client_id: given.client_id, authorization_signed_response_alg: "ES256" };
const proof = oauth.PrivateKeyJwt(key);
const asked = { scope: "openid profile skills" };

async function got(tokens) {
  const read = await fetch(`${given.issuer}/v1/me/skills`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  return { read: read.status, sub: oauth.getValidatedIdTokenClaims(tokens).sub };
}

async function signed() {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    ...asked, state, nonce, redirect_uri: given.redirect_uri, response_type: "code", response_mode: "jwt",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const request = await oauth.issueRequestObject(server, client, parameters, key);
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({ client_id: given.client_id, request });
  const back = await new Browser(given).authorize(address);
  const answer = await oauth.validateJwtAuthResponse(server, client, back, state, http);
  const spent = await oauth.authorizationCodeGrantRequest(server, client, proof, answer, given.redirect_uri, verifier, http);
  const expected = { expectedNonce: nonce, requireIdToken: true };
  return got(await oauth.processAuthorizationCodeResponse(server, client, spent, expected));
}

async function screen() {
  const started = await oauth.deviceAuthorizationRequest(server, client, proof, asked, http);
  const told = await oauth.processDeviceAuthorizationResponse(server, client, started);
  await new Browser(given).answer(told.verification_uri_complete, "go-on");
  const fetched = await oauth.deviceCodeGrantRequest(server, client, proof, told.device_code, http);
  return got(await oauth.processDeviceCodeResponse(server, client, fetched));
}

async function phone() {
  const whom = { ...asked, login_hint: given.email, binding_message: "ABC-346" };
  const started = await oauth.backchannelAuthenticationRequest(server, client, proof, whom, http);
  const told = await oauth.processBackchannelAuthenticationResponse(server, client, started);
  await new Browser(given).reply("ABC-346", "open");
  const fetched = await oauth.backchannelAuthenticationGrantRequest(server, client, proof, told.auth_req_id, http);
  return got(await oauth.processBackchannelAuthenticationGrantResponse(server, client, fetched));
}

const [by_signature, by_screen, by_phone] = await Promise.all([signed(), screen(), phone()]);
console.log(JSON.stringify({ signed: by_signature, screen: by_screen, phone: by_phone }));
