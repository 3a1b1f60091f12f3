"""Back-Channel Logout: whatever ends a session, each app that signed her in within it is told."""

from collections.abc import Awaitable, Callable

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from foundation.clock import HOUR, SECOND
from idp.clients.subjects import subject_for
from idp.people.ending import end_aged
from idp.people.locking import lock
from idp.rights.erasure import Eraser, Order
from tests.idp.logout.app import OUT, agree, end_session, id_token, is_asked, is_signed_in, leaving_app
from tests.idp.logout.told import arrived, logouts_of
from tests.idp.signals.receivers import Receiver, courier_of, deliver
from tests.idp.support import ISSUER, World
from tests.idp.tokens import claims_of, header_of
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, read

pytestmark = pytest.mark.network

LISTENS = "https://coach.example/signed-out"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def leaver(house: World) -> World:
    """An app that is told of sign-outs, where nobody answers."""
    return await leaving_app(house, backchannel_logout_uri=LISTENS)


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_an_app_is_told_over_http_who_left_which_session(
    house: World, visitor: Visitor, receiver: Receiver, alg: str
) -> None:
    leaver = await leaving_app(house, id_token_alg=alg, backchannel_logout_uri=receiver.url)
    hint = await id_token(leaver, visitor)
    await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=OUT))
    async with courier_of(house.server) as courier:
        await deliver(courier)
        await deliver(courier)
    (heard,) = receiver.heard
    assert heard.head.startswith("POST /signals HTTP/1.1\r\n")
    assert heard.header("Content-Type") == "application/x-www-form-urlencoded"
    assert heard.header("Authorization") is None
    token, claims = arrived(heard)
    assert (header_of(token)["typ"], header_of(token)["alg"]) == ("logout+jwt", alg)
    [row] = await logouts_of(house)
    now = house.clock.now() // SECOND
    assert claims == {
        "iss": ISSUER,
        "aud": "leaver",
        "iat": now,
        "exp": now + 120,
        "jti": f"{row.id}-1",
        "sub": subject_for(leaver.client, house.person),
        "sid": claims_of(hint)["sid"],
        "events": {EVENT: {}},
    }
    keys = KeySet.import_key_set((await house.http.get("/jwks")).json())
    assert jwt.decode(token, keys, algorithms=[alg]).claims == claims
    assert (row.state, row.sealed_subject) == ("acknowledged", None)
    [ended] = await house.events("session.ended")
    assert ended["client"] == "leaver"
    assert ended["facts"] == {"reach": "this", "how": "app", "sessions_ended": 1, "told": 1}
    [delivered] = await house.events("logout.delivered")
    assert delivered["client"] == "leaver"
    assert delivered["person"] is not None
    assert delivered["facts"] == {"signal": row.id, "attempts": 1}


# --- whatever ends it ------------------------------------------------------------------------------------


async def _button(_house: World, her: Visitor, _other: Visitor) -> None:
    await her.post("/logout", read(await her.get("/logout")).hidden)


async def _everywhere(_house: World, _her: Visitor, other: Visitor) -> None:
    hidden = read(await other.get("/account/security")).hidden
    await other.post("/account/security/sign-out-everywhere", hidden)


async def _from_another_device(_house: World, _her: Visitor, other: Visitor) -> None:
    page = await other.get("/account/security")
    [session] = [part.split('"')[0] for part in page.text.split('name="session" value="')[1:]]
    await other.post("/account/security/session", read(page).hidden | {"session": session})


async def _new_password(_house: World, _her: Visitor, other: Visitor) -> None:
    hidden = read(await other.get("/account/security")).hidden
    fields = {"current_password": PASSWORD, "new_password": "quatre chevaux sous la pluie"}
    await other.post("/account/security/password", hidden | fields)


async def _somebody_else(_house: World, her: Visitor, _other: Visitor) -> None:
    await id_token(await leaving_app(_house, "second"), her)
    page = await her.ask(client_id="second", scope="openid profile", prompt="login")
    await her.sign_in(page, "bruno@example.org")


async def _locked(house: World, _her: Visitor, _other: Visitor) -> None:
    async with house.server.db.transaction() as tx:
        assert await lock(house.server, tx, house.person_id, house.clock.now()) is not None


async def _erased(house: World, _her: Visitor, _other: Visitor) -> None:
    async with house.server.db.transaction() as tx:
        order = Order(house.person_id, "self", house.clock.now())
        assert await Eraser(house.server, house.decisions()).erase(tx, order) is not None


async def _aged(house: World, _her: Visitor, _other: Visitor) -> None:
    house.clock.advance(house.server.settings.session_seconds * SECOND + SECOND)
    assert await end_aged(house.server, house.clock.now()) == 2


ENDS = (_button, _everywhere, _from_another_device, _new_password, _somebody_else, _locked, _erased, _aged)


@pytest.mark.parametrize("ends", ENDS)
async def test_whatever_ends_a_session_tells_its_apps(
    house: World, leaver: World, new_visitor: NewVisitor, ends: Callable[..., Awaitable[None]]
) -> None:
    her, other = new_visitor(), new_visitor()
    await id_token(leaver, her)
    await other.sign_in(await other.get("/login"))
    assert await logouts_of(house) == []
    await ends(house, her, other)
    [row] = await logouts_of(house)
    assert (row.state, row.event) == ("queued", "logout")


async def test_being_idle_ends_nothing_at_the_apps_before_the_session_is_of_age(
    house: World, leaver: World, visitor: Visitor
) -> None:
    await id_token(leaver, visitor)
    house.clock.advance(2 * HOUR)
    assert not await is_signed_in(visitor)
    assert await end_aged(house.server, house.clock.now()) == 0
    assert await logouts_of(house) == []


async def test_an_app_that_registered_no_address_is_told_nothing(house: World, visitor: Visitor) -> None:
    hint = await id_token(await leaving_app(house), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    assert await logouts_of(house) == []
    [ended] = await house.events("session.ended")
    assert ended["facts"]["told"] == 0


# --- sid -------------------------------------------------------------------------------------------------


async def test_each_app_knows_a_session_by_a_name_of_its_own(
    house: World, leaver: World, new_visitor: NewVisitor
) -> None:
    her, elsewhere = new_visitor(), new_visitor()
    second = await leaving_app(house, "second")
    first, again = [claims_of(await id_token(leaver, her))["sid"] for _ in range(2)]
    assert first == again
    assert len({first, *[claims_of(await id_token(app, who))["sid"] for app, who in (
        (second, her), (leaver, elsewhere), (second, elsewhere)
    )]}) == 4  # fmt: skip


async def test_proving_again_who_she_is_goes_on_in_the_same_session_for_apps(
    house: World, leaver: World, visitor: Visitor
) -> None:
    first = await id_token(leaver, visitor)
    before = dict(visitor.http.cookies)
    page = await visitor.ask(client_id="leaver", scope="openid profile", prompt="login")
    back = await visitor.sign_in(page)
    code = back.headers["location"].split("code=")[1].split("&")[0]
    renewed = (await leaver.redeem(code)).json()["id_token"]
    assert dict(visitor.http.cookies) != before  # against fixation, the session has a new id and secret
    assert claims_of(renewed)["sid"] == claims_of(first)["sid"]
    assert await logouts_of(house) == []
    await visitor.get(end_session(id_token_hint=first))
    assert not await is_signed_in(visitor)
    assert len(await logouts_of(house)) == 1


async def test_an_id_token_of_an_earlier_session_of_hers_asks(
    house: World, leaver: World, visitor: Visitor
) -> None:
    """RP-Initiated Logout section 2: a session that is not this one is suspect."""
    old = await id_token(leaver, visitor)
    await _button(house, visitor, visitor)
    await visitor.sign_in(await visitor.get("/login"))
    page = await visitor.get(end_session(id_token_hint=old, post_logout_redirect_uri=OUT))
    assert await is_asked(visitor, page)
    assert "parle d’une connexion d’avant" in page.text
    assert (await agree(visitor, page)).headers["location"] == OUT
    assert not await is_signed_in(visitor)


# --- what else ends, and what does not -------------------------------------------------------------------


async def test_a_code_that_nobody_redeemed_ends_with_the_session(
    house: World, leaver: World, visitor: Visitor
) -> None:
    hint = await id_token(leaver, visitor)
    waiting = await visitor.ask(client_id="leaver", scope="openid profile")
    code = waiting.headers["location"].split("code=")[1].split("&")[0]
    await visitor.get(end_session(id_token_hint=hint))
    answer = await leaver.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert len(await logouts_of(house)) == 1


async def test_a_refresh_token_outlives_the_session_as_she_agreed(
    house: World, leaver: World, visitor: Visitor
) -> None:
    """Section 2.7: those of offline_access normally should not be revoked; there are no others here."""
    page = await visitor.start(client_id="leaver", scope="openid profile offline_access")
    back = await visitor.decide(page)
    code = back.headers["location"].split("code=")[1].split("&")[0]
    tokens = (await leaver.redeem(code)).json()
    await visitor.get(end_session(id_token_hint=tokens["id_token"]))
    assert not await is_signed_in(visitor)
    assert len(await logouts_of(house)) == 1
    refreshed = await leaver.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert claims_of(refreshed.json()["id_token"])["sid"] == claims_of(tokens["id_token"])["sid"]
