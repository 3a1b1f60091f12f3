"""A partner's application: Authlib's client, what discovery says, and a callback of its own."""

import asyncio
import secrets
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.actors.house import House

_ARRIVED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
_PAGE = b"<!doctype html><html lang=en><title>Back</title><link rel=icon href=data:,><h1>Back</h1></html>"


class Attempt(NamedTuple):
    """One sign-in under way: what the app keeps until the answer comes."""

    url: str
    state: str
    nonce: str
    verifier: str


class RelyingParty:
    """An app. `token` is the last token answer, as the server gave it."""

    def __init__(self, house: House, name: str) -> None:
        self.name = name
        self.origin = ""
        self.token: dict[str, Any] = {}
        self._house = house
        self._server: asyncio.Server | None = None
        self._arrivals: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def open(self, scope: str, owner: str | None = None) -> None:
        """Listen, register, and read the discovery document.

        scope: everything it may ask. owner: address of a partner.
        """
        self._server = await asyncio.start_server(self._arrive, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.redirect_uri, self.leaving_uri = f"{self.origin}/callback", f"{self.origin}/out"
        client = await self._house.register(self.name, self.redirect_uri, scope, owner)
        self.client_id: str = client["client_id"]
        self.http = AsyncOAuth2Client(
            self.client_id,
            client["client_secret"],
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )
        self.meta = (await self._get(f"{self._house.issuer}/.well-known/openid-configuration")).json()

    async def close(self) -> None:
        await self.http.aclose()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def attempt(self, scope: str, **parameters: str) -> Attempt:
        """A sign-in to send a browser to."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = self.http.create_authorization_url(
            self.meta["authorization_endpoint"],
            scope=scope,
            code_verifier=verifier,
            nonce=nonce,
            **parameters,
        )
        return Attempt(url, state, nonce, verifier)

    async def answer(self) -> dict[str, str]:
        """The query of the next browser that comes back."""
        async with asyncio.timeout(10):
            return await self._arrivals.get()

    async def redeem(self, attempt: Attempt) -> dict[str, Any]:
        """Take the answer: state, issuer, code, then the ID token's claims, checked."""
        answer = await self.answer()
        assert (answer["state"], answer["iss"]) == (attempt.state, self.meta["issuer"])
        assert "error" not in answer, answer
        self.token = await self.http.fetch_token(
            self.meta["token_endpoint"],
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=attempt.verifier,
        )
        return await self._claims(attempt.nonce)

    async def read(self, dataset: str) -> httpx2.Response:
        """GET /v1/me/<dataset> with the current access token; "" for what the token may read."""
        path = f"/v1/me/{dataset}" if dataset else "/v1/me"
        bearer = {"Authorization": f"Bearer {self.token['access_token']}"}
        return await self._get(self._house.issuer + path, headers=bearer)

    async def refresh(self) -> httpx2.Response:
        """The raw answer to a refresh; `token` follows when it is good."""
        answer: httpx2.Response = await self.http.request(
            "POST",
            self.meta["token_endpoint"],
            data={"grant_type": "refresh_token", "refresh_token": self.token["refresh_token"]},
            auth=(self.client_id, self.http.client_secret),
        )
        if answer.status_code == 200:
            self.token = answer.json()
        return answer

    async def _get(self, url: str, **options: Any) -> httpx2.Response:
        answer: httpx2.Response = await self.http.request("GET", url, withhold_token=True, **options)
        return answer

    async def _claims(self, nonce: str) -> dict[str, Any]:
        """OpenID Connect Core section 3.1.3.7."""
        keys = KeySet.import_key_set((await self._get(self.meta["jwks_uri"])).json())
        token = jwt.decode(self.token["id_token"], keys, algorithms=["ES256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.meta["issuer"]},
            aud={"essential": True, "value": self.client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(token.claims)
        return dict(token.claims)

    async def _arrive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # a browser opens connections ahead, and closes them unused
            writer.close()
            return
        target = urlsplit(head.split(b" ", 2)[1].decode())
        said = target.query
        if head.startswith(b"POST "):  # response_mode=form_post
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            said = (await reader.readexactly(int(length))).decode()
        if target.path == "/callback":
            self._arrivals.put_nowait({name: values[0] for name, values in parse_qs(said).items()})
        writer.write(_ARRIVED + _PAGE)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
