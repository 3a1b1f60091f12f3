"""Every kind of token at every place that takes one: each opens what it is for, and nothing else.

HOSTILE: wrong typ, wrong aud, a token of one kind taken for another (CVE-2026-27840, GHSA-wxg7-w2v3-w38g,
RFC 8725 section 3.11). What we sign ourselves is made as bad as it can be: by the key of our access tokens,
with the `jti`, the issuer, the audience and the subject of one that lives.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from idp.authorize.hint import hinted_subject
from idp.ciba.registering import GRANT_TYPE as CIBA
from idp.ciba.routes import BACKCHANNEL_PATH
from idp.device.endpoint import DEVICE_AUTHORIZATION_PATH
from idp.exchange.asked import ACCESS_TOKEN, JWT
from idp.polling.kinds import DEVICE
from idp.registration.registering import REGISTRATION_PATH
from tests.idp.authorize.test_pushed import PUSHED_PATH
from tests.idp.dpop.holder import Holder
from tests.idp.exchange.pair import EXCHANGE, KINDS
from tests.idp.registration.newcomer import LEAST, bearer, initial_token
from tests.idp.support import REDIRECT, SCOPES, VERIFIER, World, add_app
from tests.idp.tokens import app_key, asserting, assertion_claims, claims_of, public_jwks, signed
from tests.idp.visitor import GOOD

Tokens = dict[str, str]
# What we sign with typ and purpose of its own, beside access and ID tokens.
SIGNED = (
    *("JWT", "logout+jwt", "secevent+jwt", "oauth-authz-resp+jwt", "token-introspection+jwt", "jwt"),
    *("consent-receipt+jwt", "dpop+jwt", "oauth-authz-req+jwt", "at+jwt", "application/at+jwt", ""),
)
ALL_GRANTS = (*KINDS, DEVICE.grant_type, CIBA)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: texts are told apart before anything is looked up."""
    return sqlite_url


@dataclass
class Kinds:
    """An app, and a live token of each kind that it can have."""

    app: World
    tokens: Tokens


@pytest.fixture
async def kinds(world: World) -> Kinds:
    server = world.server
    client = await add_app(server, "all", "app-secret", grant_types=ALL_GRANTS)
    quiet = await add_app(
        server,
        "quiet",
        "app-secret",
        access_token_format="opaque",  # a format
        grant_types=KINDS,
    )
    app, opaque = world.of(client, "app-secret"), world.of(quiet, "app-secret")
    whole, hidden = await app.tokens(), await opaque.tokens()
    own = (await app.post("/token", {"grant_type": "client_credentials"})).json()
    bound = await (await Holder(app).learn()).tokens()
    said = {"subject_token": whole["access_token"], "subject_token_type": ACCESS_TOKEN}
    exchanged = (await app.post("/token", {"grant_type": EXCHANGE, "scope": "openid skills"} | said)).json()
    screen = (await app.post(DEVICE_AUTHORIZATION_PATH, {"scope": SCOPES})).json()
    called = (await app.post(BACKCHANNEL_PATH, {"scope": "openid", "login_hint": "amina@example.org"})).json()
    pushed = (await app.post(PUSHED_PATH, GOOD | {"client_id": "all"})).json()
    _, initial = await initial_token(server)
    registered = (await app.http.post(REGISTRATION_PATH, json=LEAST, headers=bearer(initial))).json()
    tokens = {
        "access": whole["access_token"],
        "opaque": hidden["access_token"],
        "own": own["access_token"],
        "exchanged": exchanged["access_token"],
        "refresh": whole["refresh_token"],
        "id": whole["id_token"],
        "code": await app.code(),
        "device_code": screen["device_code"],
        "user_code": screen["user_code"],
        "auth_req_id": called["auth_req_id"],
        "request_uri": pushed["request_uri"],
        "initial": initial,
        "registration": registered["registration_access_token"],
        "assertion": signed(assertion_claims("all", world.server.issuer, world.clock), app_key()),
        "statement": signed({"iss": "all", "software_id": "x"}, app_key(), typ="JWT"),
        "bound": bound["access_token"],
        "receipt": server.sign_receipt("consent-receipt+jwt", claims_of(whole["access_token"])),
    }
    signer, claims = server.ring.signer("token", "ES256"), claims_of(whole["access_token"])
    tokens |= {f"signed {typ}": signer.sign(typ, claims) for typ in SIGNED}
    return Kinds(app, tokens)


Call = Callable[[World, str], Awaitable[httpx.Response]]


def bears(path: str, method: str = "GET") -> Call:
    async def call(app: World, text: str) -> httpx.Response:
        return await app.http.request(method, path, headers={"Authorization": f"Bearer {text}"})

    return call


def asks(grant_type: str, name: str, **more: str) -> Call:
    async def call(app: World, text: str) -> httpx.Response:
        return await app.post("/token", {"grant_type": grant_type, name: text} | more)

    return call


async def acts(app: World, text: str) -> httpx.Response:
    """As the actor's token, beside a good one."""
    subject = (await app.tokens())["access_token"]
    form = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    return await app.post("/token", form | {"actor_token": text, "actor_token_type": ACCESS_TOKEN})


async def introspects(app: World, text: str) -> httpx.Response:
    answer = await app.post("/introspect", {"token": text})
    assert answer.status_code == 200
    return httpx.Response(200 if answer.json()["active"] else 400, json=answer.json(), request=answer.request)


async def posts(app: World, text: str) -> httpx.Response:
    """To userinfo, in the form (RFC 6750 section 2.2)."""
    return await app.http.post("/userinfo", data={"access_token": text})


def as_answer(taken: object) -> httpx.Response:
    return httpx.Response(200 if taken else 400)


async def hints(app: World, text: str) -> httpx.Response:
    """At /authorize and /end-session: who is meant."""
    return as_answer(hinted_subject(app.server, text, app.client.id))


async def hints_elsewhere(app: World, text: str) -> httpx.Response:
    """At the request to a phone: whose."""
    return await app.post(BACKCHANNEL_PATH, {"scope": "openid", "id_token_hint": text})


async def states(app: World, text: str) -> httpx.Response:
    """As a software statement."""
    _, initial = await initial_token(app.server)
    said = LEAST | {"software_statement": text}
    return await app.http.post(REGISTRATION_PATH, json=said, headers=bearer(initial))


async def proves(app: World, text: str) -> httpx.Response:
    """As the proof of a key."""
    form = {"grant_type": "client_credentials"}
    auth = (app.client.id, app.secret)
    return await app.http.post("/token", data=form, auth=auth, headers={"DPoP": text})


async def registers(app: World, text: str) -> httpx.Response:
    return await app.http.post(REGISTRATION_PATH, json=LEAST, headers=bearer(text))


async def manages(app: World, text: str) -> httpx.Response:
    _, initial = await initial_token(app.server)
    body = (await app.http.post(REGISTRATION_PATH, json=LEAST, headers=bearer(initial))).json()
    return await app.http.get(f"{REGISTRATION_PATH}/{body['client_id']}", headers=bearer(text))


async def authenticates(app: World, text: str) -> httpx.Response:
    return await app.http.post("/token", data=asserting(text, grant_type="client_credentials"))


async def pushes(app: World, text: str) -> httpx.Response:
    return await app.post(PUSHED_PATH, {"client_id": app.client.id, "request": text})


CODE = {"redirect_uri": REDIRECT, "code_verifier": VERIFIER}
PERSONS = {"access", "opaque", "exchanged"}  # a token of the app's own opens nothing of a person
# Where, how, and the kinds that are taken there.
PLACES: dict[str, tuple[Call, set[str]]] = {
    "the data API": (bears("/v1/me"), PERSONS),
    "a dataset": (bears("/v1/me/skills"), PERSONS),
    "writing": (bears("/v1/me/skills", "POST"), set()),
    "userinfo": (bears("/userinfo"), PERSONS),
    "userinfo by form": (posts, PERSONS),
    "a hint": (hints, {"id"}),
    "a hint of whom to call": (hints_elsewhere, {"id"}),
    "a statement": (states, set()),
    "a proof": (proves, set()),
    "grants": (bears(f"/grants/{'0' * 32}"), set()),
    "a code": (asks("authorization_code", "code", **CODE), {"code"}),
    "a refresh": (asks("refresh_token", "refresh_token"), {"refresh"}),
    "a device code": (asks(DEVICE.grant_type, "device_code"), set()),
    "a request to a phone": (asks(CIBA, "auth_req_id"), set()),
    "an exchange": (
        asks(EXCHANGE, "subject_token", subject_token_type=ACCESS_TOKEN),
        {"access", "opaque", "exchanged"},
    ),
    "an exchange of a JWT": (
        asks(EXCHANGE, "subject_token", subject_token_type=JWT),
        {"access", "exchanged"},
    ),
    "an exchange of an ID token": (
        asks(EXCHANGE, "subject_token", subject_token_type="urn:ietf:params:oauth:token-type:id_token"),
        set(),
    ),
    "an actor": (acts, {"own"}),
    "introspection": (introspects, {"access", "own", "exchanged", "bound", "refresh"}),
    "registration": (registers, {"initial"}),
    "a registration": (manages, set()),
    "an assertion": (authenticates, set()),
    "a request object": (pushes, set()),
}


@pytest.mark.parametrize("place", PLACES)
async def test_each_kind_opens_what_it_is_for(kinds: Kinds, place: str) -> None:
    call, taken = PLACES[place]
    refused = {name: text for name, text in kinds.tokens.items() if name not in taken}
    for name, text in refused.items():
        answer = await call(kinds.app, text)
        assert 400 <= answer.status_code < 500, (place, name, answer.status_code, answer.text)
    for name in sorted(taken):
        answer = await call(kinds.app, kinds.tokens[name])
        assert answer.status_code in {200, 201}, (place, name, answer.text)


async def test_giving_back_what_is_no_token_ends_nothing(kinds: Kinds) -> None:
    ends = {"access", "own", "exchanged", "bound", "refresh"}
    for name, text in kinds.tokens.items():
        if name not in ends:
            assert (await kinds.app.post("/revoke", {"token": text})).status_code == 200
    assert await kinds.app.events("token.revoked") == []
    for name in ("access", "opaque", "exchanged"):
        assert (await kinds.app.read("/v1/me", kinds.tokens[name])).status_code == 200, name


async def test_what_the_places_that_poll_answer_is_theirs_alone(kinds: Kinds) -> None:
    """A request that waits is told so to its own kind, and is unknown to the other."""
    polls: dict[str, Any] = {"device_code": DEVICE.grant_type, "auth_req_id": CIBA}
    for name, grant_type in polls.items():
        for kind in polls:
            answer = await asks(grant_type, name)(kinds.app, kinds.tokens[kind])
            waits = answer.json()["error"] in {"authorization_pending", "slow_down"}
            assert waits is (kind == name), answer.text


async def test_an_assertion_is_the_apps_own_word(kinds: Kinds) -> None:
    """The one JWT that authenticates is signed by the app's own key; ours by our keys do not."""
    keyed = {"auth_method": "private_key_jwt", "jwks": public_jwks(app_key())}
    client = await add_app(kinds.app.server, "keyed", None, **keyed)
    app = kinds.app.of(client, "")
    for name, text in kinds.tokens.items():
        answer = await authenticates(app, text)
        assert answer.status_code in {400, 401}, (name, answer.text)
    good = signed(assertion_claims("keyed", app.server.issuer, app.clock), app_key())
    assert (await authenticates(app, good)).status_code == 200
