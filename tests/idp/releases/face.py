"""The France Travail Connect face as a reader: its own tokens, words and shapes over the same grants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from consent.grants import find_standing
from foundation.clock import FrozenClock
from foundation.web.guard import Guard
from foundation.web.kit import build_web
from foundation.web.lean import LeanRoutes
from idp.authorize.issue import Occasion, issue_code
from idp.authorize.request import AuthorizeRequest
from idp.context import Server
from idp.endpoints import lean_table
from idp.francetravail import PROFILE, payloads, person, room
from idp.francetravail.words import API_OF, MEANINGS, scopes_of
from tests.idp.releases.model import FIELDS, Kind
from tests.idp.releases.readers import OPTIONAL, READERS, Obtained, Reader, Seen, new_world
from tests.idp.support import ISSUER, REDIRECT, World, nothing_behind

_ASKED = [word for word, scope in MEANINGS.items() if scope in {"openid", *FIELDS}]
_WORDS = " ".join(dict.fromkeys(text for word in _ASKED for text in (API_OF[word], word)))
_PATHS = {
    "profile": "peconnect-individu/v1/userinfo",
    "skills": "peconnect-competences/v2/competences",
    "languages": "peconnect-competences/v2/langues",
    "experiences": "peconnect-experiences/v1/experiencesindividu",
    "trainings": "peconnect-formations/v1/formations",
    "birthdate": "peconnect-datenaissance/v1/etat-civil",
    "contact": "peconnect-coordonnees/v1/coordonnees",
    "interests": "peconnect-competences/v2/interets",
    "contracts": "peconnect-experiencesprofessionellesdeclareesparlemployeur/v1/contrats"
    "?dateDebutPeriode=20200101&dateFinPeriode=20211231",
    "licences": "peconnect-formations/v1/permis",
    "job_targets": "peconnect-metiersrecherches/v1/metiersrecherches",
    "status": "peconnect-statut/v1/statut",
    "benefits": "peconnect-indemnisations/v1/indemnisation",
    "advisers": "peconnect-conseillers/v1/contactspe/conseillers",
}
_ALWAYS = {"sub", "idIdentiteExterne", "subname", "updated_at"}  # of userinfo: no data of hers
_NAMES = {"nom", "prenom"}  # in a contact, and shared as her identity
# Of what was let out, in its shape. One call gives the contracts of 2020 and 2021, and two jobs.
_SHAPES: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], Any]] = {
    "skills": payloads.skills,
    "languages": payloads.languages,
    "interests": payloads.interests,
    "experiences": lambda items: payloads.experiences(items, "2026-01-01"),
    "contracts": lambda items: payloads.contracts(
        [one for one in items if one["start"] <= "2021-12-31" and one["end"] >= "2020-01-01"]
    ),
    "trainings": payloads.trainings,
    "licences": payloads.licences,
    "job_targets": lambda items: payloads.job_targets(items[:2]),
    "advisers": lambda items: person.advisers(list(items)),
    "contact": lambda items: person.contact(_only(items), {}, None),
    "birthdate": lambda items: person.birthdate(_only(items)),
    "status": lambda items: person.status(_only(items)),
    "benefits": lambda items: person.benefits(_only(items)),
}


def _only(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return items[0] if items else None


class FranceTravailFace:
    """Its token endpoint and its data APIs."""

    name = "France Travail Connect"
    scopes = tuple(FIELDS)
    _REFUSALS: Mapping[tuple[int, str], Kind] = {
        (401, "invalid_token"): "dead",
        (403, "consent_paused"): "resting",
        (403, "insufficient_scope"): "not shared",
        (429, "read_limit_reached"): "too often",
    }

    async def settle(self, server: Server, http: httpx.AsyncClient, clock: FrozenClock, mark: str) -> World:
        busy = server.settings.model_copy(update={"partner_calls_per_10_seconds": 10**6})
        face = room.with_face(replace(server, settings=busy))
        app = Guard(LeanRoutes({**lean_table(face), **room.lean_endpoints(face)}, nothing_behind), _web())
        own = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=http.base_url)
        fixed = {"profile": PROFILE, "auth_method": "client_secret_post", "id_token_alg": "RS256"}
        seconds = {"require_pkce": False, "access_token_seconds": 1200}
        return await new_world(face, own, clock, mark, **fixed, **seconds)

    async def obtain(self, world: World) -> Obtained | None:
        scope = " ".join(["openid", "profile", *OPTIONAL, "offline_access"])
        request = AuthorizeRequest(
            client_id=world.client.id,
            redirect_uri=REDIRECT,
            scope=scope,
            words=_WORDS,
            profile=PROFILE,
            nonce="n-1",
        )
        async with world.server.db.transaction() as tx:
            standing = await find_standing(tx, world.person_id, world.client.id)
            assert standing is not None
            occasion = Occasion(request, standing, world.session, world.clock.now(), "t" * 32)
            code = await issue_code(world.server, tx, occasion)
        return await self._asked(world, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    async def renew(self, world: World, refresh: str) -> Obtained | None:
        return await self._asked(world, grant_type="refresh_token", refresh_token=refresh)

    async def _asked(self, world: World, **fields: str) -> Obtained | None:
        answer = await world.post("/connexion/oauth2/access_token?realm=%2Findividu", fields)
        body = answer.json()
        if answer.status_code != 200:
            assert body["error"] == "invalid_grant", answer.text
            return None
        refresh = body.get("refresh_token")
        scopes = {*scopes_of(body["scope"].split()), *(["offline_access"] if refresh else [])}
        return Obtained(body["access_token"], refresh, frozenset(scopes), body["expires_in"])

    async def read(self, world: World, access: str, scope: str) -> Seen:
        answer = await world.read(f"/partenaire/{_PATHS[scope]}", access)
        body = answer.json()
        if answer.status_code != 200:
            wait = answer.headers.get("retry-after")
            kind = self._REFUSALS[answer.status_code, body["error"]]
            return Seen(kind, None, None if wait is None else int(wait))
        if isinstance(body, dict):
            unsaid = {"profile": _ALWAYS, "contact": _NAMES}.get(scope, set())
            body = {name: value for name, value in body.items() if name not in unsaid}
        return Seen("let out", body)

    def expect(self, scope: str, items: Sequence[Mapping[str, Any]]) -> Any:
        if scope != "profile":
            return _SHAPES[scope](items)
        said = person.userinfo("", _only(items) or {}, None, 0)
        return {name: value for name, value in said.items() if name not in _ALWAYS}


def _web() -> Any:
    return build_web(ISSUER)


EVERY_READER: tuple[Reader, ...] = (*READERS, FranceTravailFace())
