"""node's jose reads each kind of token that we issue, and none that is changed or of another kind."""

import json
from typing import Any, NamedTuple

import pytest

from foundation.clock import to_seconds
from idp.authorize.hint import hinted_claims
from idp.authorize.modes import ANSWER_TYP
from idp.clients.members.encrypting import KEY_ALGORITHMS, Encryption
from idp.discovery import RESOURCE_PATH, RESOURCE_TYP
from idp.encryption.choosing import CURVES
from idp.encryption.enclosing import Envelope
from idp.logout.token import LOGOUT_TYPE, Left
from idp.logout.token import claims_of as logout_claims
from idp.resource.telling import USERINFO_TYP
from idp.signals.rows import SignalRow
from idp.signals.sets import SET_TYPE
from idp.token.introspection import MEDIA, TYP
from idp.token.mint import ACCESS_TOKEN_TYP
from keys.signing import Draft
from tests.clients.mutations import broken
from tests.clients.opinion import Ask, has_one_spelling, jose
from tests.idp.conftest import http, quick_keys, server, settings, world
from tests.idp.encryption.apps import enclosing_app, granted, opening_key
from tests.idp.receipts.papers import paper
from tests.idp.signals.receivers import revoked
from tests.idp.support import ISSUER, World

__all__ = ["http", "jose", "quick_keys", "server", "settings", "world"]
pytestmark = pytest.mark.network
BREAKINGS = ("alter", "cut", "pad", "dot", "space", "swap", "strip", "twice", "standard", "grow")


class Issued(NamedTuple):
    """A token, and what who receives it expects. keys: where they are published."""

    text: str
    typ: str
    audience: str | None = "app"
    keys: str = "/jwks"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is signed does not depend on it."""
    return sqlite_url


@pytest.fixture
async def issued(world: World) -> dict[str, Issued]:
    """One of each kind."""
    app = await enclosing_app(world, "signed", userinfo_signed_response_alg="ES256")
    body = await granted(app)
    token, auth = body["access_token"], ("signed", "s")
    told = (await app.read("/userinfo", token)).text
    shown = await app.http.post("/introspect", data={"token": token}, auth=auth, headers={"accept": MEDIA})
    await revoked(world)
    given = {"returnImmediately": True}
    [event] = (
        (await world.http.post("/signals/poll", json=given, auth=("app", world.secret)))
        .json()["sets"]
        .values()
    )
    stated = (await world.http.get(RESOURCE_PATH)).json()["signed_metadata"]
    left, answer = await _signed_for_browsers(world)
    return {
        "id_token": Issued(body["id_token"], "JWT", "signed"),
        "access_token": Issued(token, ACCESS_TOKEN_TYP, f"{ISSUER}/v1"),
        "userinfo": Issued(told, USERINFO_TYP, "signed"),
        "introspection": Issued(shown.text, TYP, "signed"),
        "metadata": Issued(stated, RESOURCE_TYP, None),
        "receipt": Issued((await paper(world))["receipt"], "consent-receipt+jwt", None, "/receipts/jwks"),
        "event": Issued(event, SET_TYPE),
        "logout": Issued(left, LOGOUT_TYPE),
        "answer": Issued(answer, ANSWER_TYP),
    }


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("alg", [alg for alg in KEY_ALGORITHMS if alg.startswith("ECDH")])
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_jose_opens_what_is_agreed_on_over_each_curve(jose: Ask, curve: str, alg: str, enc: str) -> None:
    key = opening_key("EC" if curve == "P-256" else curve)
    envelope = Envelope(key, Encryption(alg, enc)).around("told to the app alone")
    secret = {"alg": alg, "key": key.as_dict(private=True)}
    assert jose("envelope", envelope, inner="told to the app alone", **secret)
    head, wrapped, *rest = envelope.split(".")
    assert not jose("envelope", envelope, inner="told to everybody", **secret)
    assert not jose(
        "envelope", ".".join([head, wrapped, "AAAA" + rest[0][4:], *rest[1:]]), inner="", **secret
    )


async def _signed_for_browsers(world: World) -> list[str]:
    """A logout token and a signed answer, as their rooms make them."""
    now = world.clock.now()
    row = SignalRow(**dict.fromkeys(SignalRow._fields) | {"id": "1" * 32, "client_id": "app", "attempts": 0})  # type: ignore[arg-type]  # what is not read
    answer = {"iss": ISSUER, "aud": "app", "exp": to_seconds(now) + 300, "code": "c", "state": "s"}
    signer = world.server.ring.signer("token", "ES256")
    logout = logout_claims(ISSUER, row, Left("sid", "sub"), now)
    return await world.server.signing.sign(
        [Draft(signer, LOGOUT_TYPE, logout), Draft(signer, ANSWER_TYP, answer)]
    )


async def asked(world: World, one: Issued) -> dict[str, Any]:
    keys = json.loads((await world.http.get(one.keys)).text)
    now = to_seconds(world.clock.now())
    return {"keys": keys, "now": now, "issuer": ISSUER, "audience": one.audience, "typ": one.typ}


async def test_each_kind_is_read_and_for_no_other(world: World, issued: dict[str, Issued], jose: Ask) -> None:
    for name, one in issued.items():
        expected = await asked(world, one)
        assert jose("issued", one.text, **expected), name
        for other in issued.values():
            if other is not one:
                assert not jose("issued", other.text, **expected), (name, other.typ)
        assert jose("hint", one.text, keys=expected["keys"]) is (name == "id_token"), name
        assert bool(hinted_claims(world.server, one.text)) is (name == "id_token"), name


async def test_changed_none_is_read(world: World, issued: dict[str, Issued], jose: Ask) -> None:
    """Here and there; jose alone reads other spellings of the very same bytes, which none of ours takes."""
    for name, one in issued.items():
        expected = await asked(world, one)
        for how in BREAKINGS:
            for where in range(0, len(one.text), 61):
                text = broken(one.text, how, where)
                if text == one.text:
                    continue
                theirs = jose("issued", text, **expected)
                assert not theirs or not has_one_spelling(text), (name, how, where)
                assert not hinted_claims(world.server, text), (name, how, where)


async def test_changed_none_opens_anything(world: World, issued: dict[str, Issued]) -> None:
    text = issued["access_token"].text
    for how in BREAKINGS:
        for where in range(0, len(text), 61):
            changed = broken(text, how, where)
            # Blanks around a header's value are HTTP's own.
            if changed.strip() != text and "\n" not in changed:
                assert (await world.read("/v1/me", changed)).status_code == 401, (how, where)
    assert (await world.read("/v1/me", text)).status_code == 200
