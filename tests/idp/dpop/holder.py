"""An app that holds a key: it proves it with each call, as a well-behaved one does, or in any other way."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from foundation.clock import to_seconds
from foundation.ids import new_id
from idp.dpop.proof import ath_of
from tests.idp.support import ISSUER, REDIRECT, VERIFIER, World
from tests.idp.tokens import b64


@cache
def key(alg: str = "ES256", number: int = 1) -> Key:
    """A key pair; the same one for the same arguments."""
    if alg == "ES256":
        return ECKey.generate_key("P-256")
    if alg in {"EdDSA", "Ed25519"}:
        return OKPKey.generate_key("Ed25519")
    return RSAKey.generate_key(2048)


def claims_at(now: int, method: str, url: str, token: str | None = None, **changed: Any) -> dict[str, Any]:
    """The claims of a good proof at `now` (microseconds), with changes; None leaves one out."""
    claims = {"jti": new_id(now), "htm": method, "htu": url, "iat": to_seconds(now)}
    claims |= {} if token is None else {"ath": ath_of(token)}
    return {name: value for name, value in (claims | changed).items() if value is not None}


def proof(claims: dict[str, Any] | bytes, of: Key, by: str = "ES256", **header: Any) -> str:
    """A proof over these claims, with changes to its header; None leaves a member out."""
    fields = {"typ": "dpop+jwt", "alg": by, "jwk": public_of(of)} | header
    return sealed(fields, claims, of, by)


def public_of(of: Key) -> dict[str, Any]:
    members = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "e", "n")}
    whole = of.as_dict(private=False)
    return {name: whole[name] for name in members[str(whole["kty"])]}


def sealed(header: dict[str, Any], claims: dict[str, Any] | bytes, of: Key, alg: str) -> str:
    """A compact JWS by this key and algorithm, whatever its header says."""
    said = {name: value for name, value in header.items() if value is not None}
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{b64(json.dumps(said).encode())}.{b64(payload)}"
    return f"{signed}.{b64(jws.JWSRegistry.algorithms[alg].sign(signed.encode(), of))}"


@dataclass
class Holder:
    """One app of a world, with a key; it keeps the nonce that it was last given."""

    world: World
    of: Key = field(default_factory=key)
    alg: str = "ES256"
    nonce: str | None = None

    @property
    def jkt(self) -> str:
        return self.of.thumbprint()

    def proof(self, method: str, path: str, token: str | None = None, **changed: Any) -> str:
        given = {"nonce": self.nonce} | changed
        claims = claims_at(self.world.clock.now(), method, ISSUER + path, token, **given)
        return proof(claims, self.of, self.alg)

    async def learn(self) -> "Holder":
        """Get a nonce, as an app does: by being refused for want of one."""
        answer = await self.post("/token", {"grant_type": "client_credentials"})
        assert answer.json()["error"] == "use_dpop_nonce", answer.text
        return self

    async def post(self, path: str, form: dict[str, str], shown: str | None = None) -> httpx.Response:
        """A call of the app to a protocol endpoint. shown: the proof to send, a good one when not given."""
        world, method = self.world, self.world.client.metadata.auth_method
        headers = {"DPoP": self.proof("POST", path) if shown is None else shown}
        own = {"client_id": world.client.id} if method == "none" else {}
        auth = None if method != "client_secret_basic" else (world.client.id, world.secret)
        answer = await world.http.post(path, data=own | form, headers=headers, auth=auth)
        self.nonce = answer.headers.get("dpop-nonce", self.nonce)
        return answer

    async def redeem(self, code: str, shown: str | None = None, **fields: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return await self.post("/token", form | fields, shown)

    async def tokens(self) -> dict[str, Any]:
        """Grant, code and redemption, with this key."""
        await self.world.grant(self.world.client)
        answer = await self.redeem(await self.world.code(self.world.client))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def refresh(self, token: str) -> httpx.Response:
        return await self.post("/token", {"grant_type": "refresh_token", "refresh_token": token})

    async def read(
        self, path: str, token: str, shown: str | None = None, scheme: str = "DPoP", method: str = "GET"
    ) -> httpx.Response:
        shown = self.proof(method, path, token) if shown is None else shown
        headers = {"Authorization": f"{scheme} {token}", "DPoP": shown}
        answer = await self.world.http.request(method, path, headers=headers)
        self.nonce = answer.headers.get("dpop-nonce", self.nonce)
        return answer
