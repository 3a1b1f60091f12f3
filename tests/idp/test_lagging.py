"""The log falls behind: nothing new opens, and everything that closes stays open, as people meet it."""

import inspect
import os
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import func, select

from consent.ledger.append import Ledger, LedgerLaggingError
from consent.ledger.events import _CATALOGUE, Event
from consent.ledger.tables import LedgerEvent
from foundation.clock import SECOND
from foundation.statements import Statement
from keys.people import PersonSecrets
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import Visitor, read, sent_back
from tests.law.conftest import coach
from tests.law.papers import COACH, erase_herself, revoke, shared

__all__ = ["coach"]


class _Count(NamedTuple):
    events: int


_RECORDED = Statement(select(func.count()).select_from(LedgerEvent), _Count)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is refused does not depend on the engine."""
    return sqlite_url


def sample(hint: Any) -> Any:
    """A value that a field of this type takes."""
    if type(None) in get_args(hint):
        return None
    if get_origin(hint) is not None:
        return get_args(hint)[0] if str(hint).startswith("typing.Literal") else get_origin(hint)()
    return hint() if inspect.isclass(hint) else hint


def made(kind: type[Event]) -> Event:
    return kind(**{name: sample(hint) for name, hint in get_type_hints(kind).items() if name != "SPEC"})


@pytest.mark.usefixtures("world")  # which imports every room
def test_what_is_recorded_while_the_log_lags_is_what_the_catalogue_says() -> None:
    lagging = Ledger(lag=lambda _now: 61 * SECOND)
    person = PersonSecrets(os.urandom(32), os.urandom(32))
    opens, closes = set(), set()
    for name, kind in _CATALOGUE.items():
        if not kind.__module__.startswith(("consent.", "idp.")):
            continue  # of another test
        try:
            lagging.draft(made(kind), person=person, now=1_800_000_000 * SECOND, request_id=None)
        except LedgerLaggingError:
            opens.add(name)
        else:
            closes.add(name)
    assert {name for name in opens | closes if _CATALOGUE[name].SPEC.stays_open} == closes
    assert {"consent.given", "consent.amended", "token.issued", "token.refreshed", "data.read"} <= opens
    assert {"consent.revoked", "consent.paused", "person.erased", "session.ended", "token.revoked"} <= closes
    assert "login.succeeded" in closes  # who cannot sign in cannot withdraw either


async def test_whoever_comes_while_the_log_lags(coach: World, visitor: Visitor) -> None:
    body = await shared(coach, visitor)
    page = await visitor.ask(**COACH, prompt="consent")
    coach.server.ledger._lag = lambda _now: 61 * SECOND
    refused(await coach.read("/v1/me/skills", body["access_token"]), "ledger_lagging", 503)
    refused(await coach.refresh(body["refresh_token"]), "ledger_lagging", 503)
    alone = await coach.post("/token", {"grant_type": "client_credentials", "scope": ""})
    assert alone.status_code in {400, 503}
    answer = await visitor.decide(await visitor.follow(page), scope=["skills"])
    assert answer.status_code == 503
    assert "journal de preuve a pris du retard" in answer.text
    await revoke(visitor)
    assert len(await coach.events("consent.revoked")) == 1
    # She signs out, in again, and erases everything.
    form = read(await visitor.get("/account"))
    left = await visitor.follow(await visitor.post("/logout", {"form_token": form.hidden["form_token"]}))
    assert left.status_code == 200
    assert (await visitor.get("/account")).status_code == 303
    back = await visitor.sign_in(await visitor.get("/login"))
    assert (await visitor.follow(back)).status_code == 200
    await erase_herself(visitor)
    assert len(await coach.events("person.erased")) == 1


async def recorded(world: World) -> int:
    async with world.server.db.reading() as tx:
        return (await tx.one(_RECORDED)).events


async def test_nobody_fills_the_log_by_knocking(coach: World, visitor: Visitor) -> None:
    """What a stranger is refused is recorded by nobody, or as a sum; what was spent once is told once."""
    page = await visitor.start(**COACH)
    code = sent_back(await visitor.decide(page, scope=["skills"]))["code"]
    old = (await coach.redeem(code)).json()["refresh_token"]
    new = (await coach.refresh(old)).json()["refresh_token"]
    coach.server.clock.advance(60 * SECOND)  # past the grace in which an old one may come again
    for _ in range(3):
        await coach.redeem(code)
        await coach.refresh(old)
        await coach.refresh(new)
    before = await recorded(coach)
    for _ in range(8):
        await coach.redeem(code)
        await coach.refresh(old)
        await coach.post(
            "/token", {"grant_type": "client_credentials", "scope": "x"}, auth=("coach", "wrong")
        )
        await coach.post("/par", {"client_id": "coach"}, auth=("coach", "wrong"))
        await coach.read("/v1/me/skills", "nonsense")
        await coach.read("/userinfo", "nonsense")
        await coach.post("/introspect", {"token": "nonsense"}, auth=("coach", "wrong"))
        await coach.http.get("/authorize", params={"client_id": "coach", "scope": "x"})
    assert await recorded(coach) == before
