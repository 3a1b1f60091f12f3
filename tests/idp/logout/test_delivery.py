"""Back-Channel Logout: how a logout token reaches its app, what its answer means, who sees it."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col

from foundation.clock import DAY, HOUR, SECOND
from foundation.outbound.fetching import Outbound
from foundation.settings import Settings
from foundation.statements import Write
from idp.clients.registry import find_client
from idp.clients.tables import Client
from idp.clients.versions import PUT_METADATA
from idp.logout.telling import END_CODES, NEXT_APP
from idp.logout.token import signed_logouts
from idp.people.locking import lock
from idp.running.opening import open_server
from idp.signals.courier import Courier
from idp.signals.progress import give_up_old
from idp.signals.tables import LOGOUT
from tests.idp.logout.app import end_session, id_token, is_asked, is_signed_in, leaving_app
from tests.idp.logout.told import arrived, logouts_of
from tests.idp.signals.receivers import Receiver, answer, courier_of, deliver, receiving, waiting_for
from tests.idp.signals.test_pages import person_of_role
from tests.idp.support import World
from tests.idp.tokens import claims_of
from tests.idp.visitor import NewVisitor, Visitor, read

pytestmark = pytest.mark.network

LISTENS = "https://coach.example/signed-out"


@pytest.fixture
async def leaver(house: World) -> World:
    """An app that is told of sign-outs, where nobody answers."""
    return await leaving_app(house, backchannel_logout_uri=LISTENS)


@pytest.mark.parametrize(
    ("said", "came"),
    [
        (answer(b"200 OK"), ("acknowledged", None)),
        (answer(b"204 No Content"), ("acknowledged", None)),
        (answer(b"400 Bad Request", {"error": "invalid_request"}), ("refused", "invalid_request")),
        (answer(b"400 Bad Request", b"".decode()), ("refused", "other")),
        (answer(b"500 Oops"), ("queued", "status_500")),
        (answer(b"302 Found", None, b"Location: http://127.0.0.1:1/"), ("queued", "outbound_redirect")),
    ],
)
async def test_what_an_answer_means(
    house: World, visitor: Visitor, receiver: Receiver, said: bytes, came: tuple[str, str | None]
) -> None:
    receiver.always = said
    hint = await id_token(await leaving_app(house, backchannel_logout_uri=receiver.url), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    async with courier_of(house.server) as courier:
        await deliver(courier)
    [row] = await logouts_of(house)
    assert (row.state, row.error) == came
    failed = await house.events("logout.failed")
    assert [one["facts"]["error"] for one in failed] == ([row.error] if row.state == "refused" else [])


async def test_each_attempt_is_a_token_of_its_own_and_after_a_day_it_is_given_up(
    house: World, visitor: Visitor, receiver: Receiver
) -> None:
    receiver.always = answer(b"503 Later")
    hint = await id_token(await leaving_app(house, backchannel_logout_uri=receiver.url), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    async with courier_of(house.server) as courier:
        for _ in range(3):
            await deliver(courier)
            house.clock.advance(HOUR)
    tokens = [arrived(heard).claims for heard in receiver.heard]
    assert len({claims["jti"] for claims in tokens}) == 3
    assert all(claims["exp"] - claims["iat"] == 120 for claims in tokens)
    assert await give_up_old(house.server, house.clock.now()) == 0
    house.clock.advance(DAY)
    assert await give_up_old(house.server, house.clock.now()) == 1
    [row] = await logouts_of(house)
    assert (row.state, row.sealed_subject) == ("given_up", None)
    [failed] = await house.events("logout.failed")
    assert failed["facts"] == {"signal": row.id, "attempts": 3, "error": "status_503"}


async def test_a_dead_app_does_not_hold_up_another(
    house: World, visitor: Visitor, receiver: Receiver
) -> None:
    async with receiving() as gone:
        dead = gone.url
    for client_id, uri in (("a-dead", dead), ("b-alive", receiver.url)):
        hint = await id_token(await leaving_app(house, client_id, backchannel_logout_uri=uri), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    async with courier_of(house.server) as courier:
        await deliver(courier)
    assert [arrived(heard).claims["aud"] for heard in receiver.heard] == ["b-alive"]
    [row] = await logouts_of(house, "a-dead")
    assert (row.state, row.error) == ("queued", "outbound_unreachable")


async def test_what_was_committed_is_told_after_a_restart(
    house: World, visitor: Visitor, receiver: Receiver, settings: Settings
) -> None:
    hint = await id_token(await leaving_app(house, backchannel_logout_uri=receiver.url), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    async with open_server(settings, house.clock) as restarted, courier_of(restarted) as courier:
        await deliver(courier)
    assert arrived(receiver.heard[0]).claims["sid"] == claims_of(hint)["sid"]


async def test_a_sign_out_that_did_not_commit_tells_nobody(
    house: World, leaver: World, visitor: Visitor
) -> None:
    await id_token(leaver, visitor)
    with pytest.raises(RuntimeError):
        async with house.server.db.transaction() as tx:
            await lock(house.server, tx, house.person_id, house.clock.now())
            raise RuntimeError
    assert await logouts_of(house) == []
    assert await is_signed_in(visitor)


async def test_an_address_that_was_taken_back_is_sent_nothing(
    house: World, visitor: Visitor, receiver: Receiver
) -> None:
    hint = await id_token(await leaving_app(house, backchannel_logout_uri=receiver.url), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    await _registered_without(house)
    async with courier_of(house.server) as courier:
        await deliver(courier)
    assert receiver.heard == []
    [row] = await logouts_of(house)
    assert (row.state, row.error) == ("refused", "not_wanted")


async def _registered_without(house: World) -> None:
    async with house.server.db.transaction() as tx:
        client = await find_client(tx, "leaver")
        assert client is not None
        changed = client.metadata.model_copy(update={"backchannel_logout_uri": None})
        await tx.run(PUT_METADATA, client_id="leaver", text=changed.model_dump_json())


async def test_logouts_are_pushed_alone_and_never_polled(
    house: World, leaver: World, visitor: Visitor
) -> None:
    await visitor.get(end_session(id_token_hint=await id_token(leaver, visitor)))
    assert await waiting_for(house, "leaver") == []
    body: dict[str, Any] = (await leaver.http.post(
        "/signals/poll", json={"returnImmediately": True}, auth=("leaver", "s")
    )).json()  # fmt: skip
    assert body["sets"] == {}
    [row] = await logouts_of(house)
    assert (row.channel, row.attempts) == (LOGOUT, 0)


# --- hostile ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri", ["https://10.0.0.1/out", "https://169.254.169.254/latest", "https://[::1]/out"]
)
async def test_ssrf_by_backchannel_logout_uri_reaches_nothing_inside(
    house: World, visitor: Visitor, uri: str
) -> None:
    hint = await id_token(await leaving_app(house, backchannel_logout_uri=uri), visitor)
    await visitor.get(end_session(id_token_hint=hint))
    courier = Courier(house.server, Outbound())
    await deliver(courier)
    await courier.close()
    [row] = await logouts_of(house)
    assert (row.state, row.error) == ("queued", "outbound_forbidden")


async def test_a_logout_token_passes_for_no_other_token_of_ours(
    house: World, leaver: World, visitor: Visitor
) -> None:
    hint = await id_token(leaver, visitor)
    await visitor.get(end_session(id_token_hint=hint))
    [row] = await logouts_of(house)
    token = (await signed_logouts(house.server, leaver.client, [row]))[row.id]
    assert "nonce" not in claims_of(token)
    assert (await leaver.read("/userinfo", token)).status_code == 401
    assert (await leaver.post("/introspect", {"token": token})).json() == {"active": False}
    answer = await leaver.refresh(token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    await visitor.sign_in(await visitor.get("/login"))
    page = await visitor.get(end_session(id_token_hint=token))
    assert await is_asked(visitor, page)


async def test_a_jti_of_a_logout_attests_no_erasure(house: World, leaver: World, visitor: Visitor) -> None:
    await visitor.get(end_session(id_token_hint=await id_token(leaver, visitor)))
    [row] = await logouts_of(house)
    body = {"jti": row.id, "erased_at": house.clock.now() // SECOND}
    answer = await leaver.http.post("/signals/attestations", json=body, auth=("leaver", "s"))
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_signal")


# --- who sees it, and what it costs ----------------------------------------------------------------------


async def test_the_partner_sees_what_came_of_it(
    house: World, new_visitor: NewVisitor, receiver: Receiver
) -> None:
    her, partner = new_visitor(), new_visitor()
    owner = await person_of_role(house, "partner")
    leaver = await leaving_app(house, backchannel_logout_uri=receiver.url)
    own = Write(update(Client).where(col(Client.id) == "leaver").values(owner_id=bindparam("owner_id")))
    async with house.server.db.transaction() as tx:
        await tx.run(own, owner_id=owner)
    receiver.answers = [answer(b"400 Bad Request", {"error": "invalid_request", "error_description": "<b>"})]
    async with courier_of(house.server) as courier:
        for _ in range(2):
            await her.get(end_session(id_token_hint=await id_token(leaver, her)))
            await deliver(courier)
            house.clock.advance(HOUR)
    await partner.sign_in(await partner.get("/login"), "partner@example.org")
    page = await partner.get("/partner/apps/leaver/signals")
    assert page.text.count("<strong>Déconnexion</strong>") == 2
    assert "&lt;b&gt;" in page.text
    assert receiver.url in page.text
    refused, taken = await logouts_of(house)
    assert (refused.state, taken.state) == ("refused", "acknowledged")
    assert f'value="{refused.id}"' in page.text  # it can be sent again, while we know whom it is about
    assert f'value="{taken.id}"' not in page.text
    hidden = read(page).hidden["form_token"]
    await partner.post("/partner/apps/leaver/signals/replay", {"form_token": hidden, "jti": refused.id})
    async with courier_of(house.server) as courier:
        await deliver(courier)
    assert (await logouts_of(house))[0].state == "acknowledged"


def test_a_session_of_thousands_of_lines_is_walked_by_its_apps(sqlite_url: str) -> None:
    raw = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    for statement in (NEXT_APP, END_CODES):
        sql = statement.compiled_for("sqlite").sql
        steps = raw.execute(f"EXPLAIN QUERY PLAN {sql}", ["x"] * sql.count("?")).fetchall()
        [plan] = [step[-1] for step in steps]
        assert plan.startswith("SEARCH line USING INDEX line_of_session (session_id=? AND client_id"), plan
    raw.close()
