"""An app of this profile, as its operator registers it and as it calls: nothing but plain HTTP."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from starlette.types import ASGIApp

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.context import Server
from idp.francetravail.registration import completed, read_scopes
from tests.idp.support import ISSUER
from tests.idp.visitor import Visitor, read

CALLBACK = "https://emplois.example/callback"
HOME = "https://emplois.example/"
FACE = f"{ISSUER}/connexion/oauth2/individu"
EVERYTHING = (
    "application_les-emplois api_peconnect-individuv1 openid profile email"
    " api_peconnect-coordonneesv1 coordonnees api_peconnect-datenaissancev1 datenaissance"
    " api_peconnect-statutv1 statut api_peconnect-competencesv2 pfccompetences pfclangues pfccentresinteret"
    " api_peconnect-experiencesv1 pfcexperiences"
    " api_peconnect-experiencesprofessionellesdeclareesparlemployeurv1 passeprofessionnel"
    " api_peconnect-formationsv1 pfcformations pfcpermis api_peconnect-metiersrecherchesv1 cpmetiers"
    " api_peconnect-indemnisationsv1 indemnisation api_peconnect-conseillersv1 individu"
    " api_peconnect-gestion-profilcompetencesv1 portefeuillecompetencesW"
)


def offered(page: httpx.Response) -> list[str]:
    """Every scope that a consent screen leaves to her."""
    return [value for name, value in read(page).boxes if name == "scope"]


async def register(server: Server, client_id: str, scope: str = EVERYTHING, **fields: Any) -> None:
    """Register an app of this profile; its secret is `<client_id>-secret`."""
    asked = read_scopes(scope)
    required = tuple(one for one in ("openid", "profile") if one in asked.scopes)
    given: dict[str, Any] = {
        "name": "Les emplois",
        "redirect_uris": (CALLBACK, HOME),
        "auth_method": "client_secret_post",
        "required_scopes": required,
        "optional_scopes": tuple(one for one in asked.scopes if one not in required),
    } | fields
    metadata = ClientMetadata(**completed(given, asked.quotas))
    await register_client(server, client_id, metadata, f"{client_id}-secret")


@dataclass
class FranceTravailApp:
    """What one app knows and does."""

    http: httpx.AsyncClient
    client_id: str = "les-emplois"
    redirect_uri: str = CALLBACK
    nonce: str = "nonce-of-the-app"

    @classmethod
    def at(cls, app: ASGIApp, **fields: str) -> "FranceTravailApp":
        transport = httpx.ASGITransport(app=app)
        return cls(httpx.AsyncClient(transport=transport, base_url=ISSUER), **fields)

    def authorize_url(self, words: str = EVERYTHING, **changed: str | None) -> str:
        """Where it sends the browser; None leaves a parameter out."""
        fields: dict[str, str | None] = {
            "realm": "/individu",
            "response_type": "code",
            "client_id": self.client_id,
            "scope": words,
            "redirect_uri": self.redirect_uri,
            "state": "state/é=&",
            "nonce": self.nonce,
        } | changed
        sent = {name: value for name, value in fields.items() if value is not None}
        return f"/connexion/oauth2/authorize?{urlencode(sent)}"

    async def code(self, visitor: Visitor, words: str = EVERYTHING, **ticked: Any) -> dict[str, str]:
        """The whole way of a person who signs in and agrees; what comes back."""
        page = await visitor.follow(await visitor.get(self.authorize_url(words)))
        if page.status_code == 200 and read(page).action == "/login":
            page = await visitor.sign_in(page)
        if page.status_code == 200:
            page = await visitor.decide(page, **{"scope": offered(page)} | ticked)
        return returned(page, self.redirect_uri)

    async def redeem(self, spent: str, /, **changed: str) -> httpx.Response:
        fields = {
            "client_id": self.client_id,
            "client_secret": f"{self.client_id}-secret",
            "code": spent,
            "grant_type": "authorization_code",
            "redirect_uri": self.redirect_uri,
        } | changed
        return await self.http.post("/connexion/oauth2/access_token?realm=%2Findividu", data=fields)

    async def refresh(self, token: str, **changed: str) -> httpx.Response:
        fields = {
            "client_id": self.client_id,
            "client_secret": f"{self.client_id}-secret",
            "grant_type": "refresh_token",
            "refresh_token": token,
        } | changed
        return await self.http.post("/connexion/oauth2/access_token?realm=/individu", data=fields)

    async def tokens(self, visitor: Visitor, words: str = EVERYTHING, **ticked: Any) -> dict[str, Any]:
        answer = await self.redeem((await self.code(visitor, words, **ticked))["code"])
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def get(self, path: str, token: str, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http.get(f"/partenaire/{path}", params=query, headers=headers)

    async def data(self, path: str, token: str, **query: str) -> Any:
        """What a data API answers, asserted to be a JSON success."""
        answer = await self.get(path, token, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()


def returned(answer: httpx.Response, redirect_uri: str = CALLBACK) -> dict[str, str]:
    """What the browser brings back to the app."""
    assert answer.status_code == 303, (answer.status_code, answer.text[:300])
    location = answer.headers["location"]
    assert location.startswith(redirect_uri), location
    fields = dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))
    assert fields["iss"] == FACE
    return fields


def refused(answer: httpx.Response, error: str, status: int = 400) -> str:
    """Assert an error of the token endpoint or of a data API; its description."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["content-type"] == "application/json"
    return str(answer.json()["error_description"])
