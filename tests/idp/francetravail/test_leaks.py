"""Leniency does not leak: at every endpoint a token of the other side is worth a made-up one, and every
leniency of the face is a refusal, or nothing, for an ordinary app."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from foundation.web.lean import Table
from idp.endpoints import lean_table
from idp.francetravail import room
from tests.idp.francetravail.app import FranceTravailApp, refused
from tests.idp.support import REDIRECT, VERIFIER, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, sent_back

SIGN_IN = "api_peconnect-individuv1 openid profile email api_peconnect-competencesv2 pfccompetences"
SKILLS = {"competences": [{"codeRome": "121985"}], "origine": "ORGACP"}
OUR_SKILLS = {"skills": [{"kind": "free", "label": "Reliure"}]}


async def answers(http: httpx.AsyncClient, table: Table, token: str, body: object) -> dict[str, object]:
    """What each endpoint of a table answers to a token: the status and the code of the error."""
    said: dict[str, object] = {}
    for path, methods in table.items():
        for method in methods:
            where = path + "x" if path.endswith("/") else path
            answer = await http.request(
                method,
                where,
                headers={"Authorization": f"Bearer {token}"},
                json=body if method == "POST" else None,
            )
            kind = answer.headers.get("content-type", "")
            error = answer.json().get("error") if kind == "application/json" else None
            said[f"{method} {path}"] = (answer.status_code, error)
    return said


async def test_at_every_endpoint_of_accord_a_token_of_the_face_is_worth_a_made_up_one(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    its = (await partner.tokens(visitor, SIGN_IN))["access_token"]
    table = lean_table(house.server)
    with_it = await answers(house.http, table, its, OUR_SKILLS)
    assert with_it == await answers(house.http, table, "pc_" + "0" * 32 + "." + "x" * 43, OUR_SKILLS)
    assert {
        path: said for path, said in with_it.items() if "/v1/me" in path or path.endswith("/userinfo")
    } == {
        f"{method} {path}": (401, "invalid_token")
        for path, methods in table.items()
        if path.startswith("/v1/me") or path == "/userinfo"
        for method in methods
    }
    assert await house.events("data.written") == []


async def test_at_every_endpoint_of_the_face_a_token_of_accord_is_worth_a_made_up_one(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    accords = (await house.redeem((await visitor.consented())["code"])).json()["access_token"]
    table = room.lean_endpoints(room.with_face(house.server))
    with_it = await answers(partner.http, table, accords, SKILLS)
    assert with_it == await answers(partner.http, table, "x.y.z", SKILLS)
    data = {path: said for path, said in with_it.items() if "/partenaire/" in path}
    assert len(data) == 18
    assert set(data.values()) == {(401, "invalid_token")}
    assert await house.events("data.written") == []


async def test_its_credentials_open_no_endpoint_of_accord_that_asks_or_tells_of_a_person(
    partner: FranceTravailApp, house: World
) -> None:
    as_itself = {"client_id": "les-emplois", "client_secret": "les-emplois-secret"}
    for path in ("/token", "/introspect", "/par"):
        form = as_itself | {"grant_type": "client_credentials", "token": "x"}
        answer = await partner.http.post(path, data=form)
        assert answer.status_code in {400, 401}
        assert answer.json()["error"] in {"invalid_client", "wrong_profile"}, path


# --- each leniency, asked by an ordinary app ---------------------------------------------------------------

Strict = Callable[[Visitor, World], Awaitable[None]]


async def _no_pkce(visitor: Visitor, _house: World) -> None:
    back = sent_back(await visitor.ask(code_challenge=None, code_challenge_method=None, realm="/individu"))
    assert back["error"] == "invalid_request"


async def _words_of_apis(visitor: Visitor, _house: World) -> None:
    for word in ("application_app", "qos_gold_peconnect-statutv1", "api_peconnect-statutv1", "statut"):
        assert sent_back(await visitor.ask(scope=f"openid {word}"))["error"] == "invalid_scope"


async def _words_of_nothing_beside_an_api(visitor: Visitor, _house: World) -> None:
    scope = "openid api_peconnect-envoidocumentv1 document"
    assert sent_back(await visitor.ask(scope=scope))["error"] == "invalid_scope"


async def _refreshing_without_asking(visitor: Visitor, house: World) -> None:
    back = sent_back(await visitor.decide(await visitor.start(scope="openid profile skills")))
    assert "refresh_token" not in (await house.redeem(back["code"])).json()


async def _its_words_where_she_refuses(visitor: Visitor, _house: World) -> None:
    back = sent_back(await visitor.decide(await visitor.start(), "refuse"))
    assert back["error_description"] == "The person did not agree to share."


async def _a_basic_header_beside_the_body(visitor: Visitor, house: World) -> None:
    code = (await visitor.consented())["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    form |= {"code_verifier": VERIFIER, "client_id": "app", "client_secret": "app-secret"}
    answer = await house.http.post("/token", data=form, auth=("app", "app-secret"))
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"invalid_request", "invalid_client"}


async def _an_address_of_its_own(visitor: Visitor, house: World) -> None:
    code = (await visitor.consented())["code"]
    said = await house.redeem(code, redirect_uri="https://coach.example/other")
    refused(said, "invalid_grant")
    assert {"error_uri", "trace_id"} <= said.json().keys()


async def _a_400_for_credentials(_visitor: Visitor, house: World) -> None:
    answer = await house.post("/token", {"grant_type": "authorization_code", "code": "x"}, ("app", "wrong"))
    refused(answer, "invalid_client", 401)
    assert "www-authenticate" in answer.headers


async def _the_nonce_and_the_names(visitor: Visitor, house: World) -> None:
    body = (await house.redeem((await visitor.consented())["code"])).json()
    assert "nonce" not in body
    told = claims_of(body["id_token"])
    assert told.keys().isdisjoint({"realm", "azp", "idIdentiteExterne", "given_name", "family_name"})


async def _the_way_back_of_a_logout(visitor: Visitor, house: World) -> None:
    hint = (await house.redeem((await visitor.consented())["code"])).json()["id_token"]
    for path in ("/logout", "/compte/deconnexion"):
        query = {"id_token_hint": hint, "redirect_uri": REDIRECT, "post_logout_redirect_uri": REDIRECT}
        answer = await visitor.http.get(path, params=query)
        assert not answer.headers.get("location", "").startswith(REDIRECT)
    assert (await visitor.get("/account")).status_code == 200  # nor is she signed out without a word


STRICT: dict[str, Strict] = {
    "PKCE left out": _no_pkce,
    "words of APIs and quotas": _words_of_apis,
    "unknown words beside an unknown API": _words_of_nothing_beside_an_api,
    "refresh tokens without asking": _refreshing_without_asking,
    "the words of a refusal": _its_words_where_she_refuses,
    "a Basic header beside the body": _a_basic_header_beside_the_body,
    "an error of its own for another address": _an_address_of_its_own,
    "400 for wrong credentials": _a_400_for_credentials,
    "the nonce on top, claims in the ID token": _the_nonce_and_the_names,
    "a logout that returns to any address of the app": _the_way_back_of_a_logout,
}


@pytest.mark.parametrize("leniency", STRICT)
async def test_an_ordinary_app_has_none_of_it(
    partner: FranceTravailApp, visitor: Visitor, house: World, leniency: str
) -> None:
    await STRICT[leniency](visitor, house)
