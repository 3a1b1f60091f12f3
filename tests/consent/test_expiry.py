"""A term is recorded once, by whoever comes first, with the moment it took place."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, update
from sqlmodel import col

from consent import expiry, sweeping
from consent.acts import Decided
from consent.coverage import Ask
from consent.expiry import Expiry
from consent.grants import find_grant, list_revisions
from consent.ledger.append import LedgerLaggingError
from consent.pages.cards import make_card
from consent.pages.routers import ROOM
from consent.records.receipts import verify_receipt
from consent.requests import Asker
from foundation.clock import DAY, HOUR, MINUTE, FrozenClock, to_datetime
from foundation.database import Database
from foundation.sqlite_driver import connect
from foundation.statements import Write
from foundation.web.kit import build_web
from keys.people import PeopleKeys
from keys.tables import PersonKey
from tests.consent.sharing import COACH, ISSUER, JWKS, NOTICE, Home, answered, asking, home, leaves, request

PEOPLE = PeopleKeys(b"w" * 32)
_KEEP = Write(insert(PersonKey))
_DAMAGE = Write(
    update(PersonKey).where(col(PersonKey.person_id) == bindparam("person")).values(wrapped=b"broken")
)


async def moved_in(db: Database, clock: FrozenClock) -> Home:
    """Somebody whose keys are in the database, as every real person's are."""
    someone = home(db, clock)
    async with db.transaction() as tx:
        secrets = await PEOPLE.create(tx, someone.person.id)
    return replace(someone, person=replace(someone.person, secrets=secrets))


@pytest.fixture
async def amina(db: Database, clock: FrozenClock) -> Home:
    return await moved_in(db, clock)


def sweeper(one: Home) -> Expiry:
    return Expiry(one.db, one.decisions, PEOPLE)


async def sweep(one: Home) -> int:
    return await sweeper(one).sweep(one.clock.now())


async def told(one: Home, event: str = "consent.expired") -> list[dict[str, Any]]:
    return [leaf for leaf in await leaves(one.db) if leaf["event"] == event]


async def shared(one: Home, asker: Asker = COACH, duration: str = "30d") -> Decided:
    ask = asking(await one.ask(request(asker=asker)))
    decided = await one.accept(ask, answered(ask, "skills", duration=[duration]))
    assert isinstance(decided, Decided)
    return decided


async def test_a_term_is_recorded_with_when_it_was_and_when_that_was_noticed(amina: Home) -> None:
    grant = (await shared(amina)).standing
    amina.clock.advance(30 * DAY - HOUR)
    assert await sweep(amina) == 0
    amina.clock.advance(3 * DAY)  # the server was stopped meanwhile
    assert await sweep(amina) == 1
    [leaf] = await told(amina)
    assert leaf["facts"]["expires_at"] == grant.expires_at
    assert leaf["time"] == amina.clock.now()
    assert (leaf["grant"], leaf["revision"], leaf["request"]) == (grant.grant_id, 2, None)
    async with amina.db.reading() as tx:
        row = await find_grant(tx, amina.person.id, grant.grant_id)
        newest = (await list_revisions(tx, amina.person.id, grant.grant_id))[0]
    assert row is not None
    assert (row.end_reason, row.revoked_at) == ("expired", amina.clock.now())
    assert (newest.kind, newest.decided_at) == ("expired", grant.expires_at)
    record = verify_receipt(newest.receipt, JWKS)["record"]
    moment = to_datetime(grant.expires_at).isoformat(timespec="seconds").replace("+00:00", "Z")
    assert record["events"][0] == {
        "event_state": "expired",
        "event_type": "expressed",
        "event_time": moment,
        "validity_duration": "P0D",
        "entity_id": "pairwise-sub",
        "actor": "none",
        "method": "term",
        "auth_level": "none",
    }
    assert not record["notice"]["shown"]
    assert record["notice"]["notice_sha256"] == NOTICE.sha256  # what she had agreed to
    assert await sweep(amina) == 0


async def test_what_lives_or_ended_otherwise_is_left_alone(amina: Home) -> None:
    await shared(amina, duration="180d")
    withdrawn = await shared(amina, replace(COACH, client_id="other"))
    await amina.revoke(withdrawn.standing.grant_id)
    amina.clock.advance(31 * DAY)
    assert await sweep(amina) == 0
    assert await told(amina) == []


async def test_a_moment_of_grace_for_clocks_that_differ(amina: Home) -> None:
    await shared(amina)
    amina.clock.advance(30 * DAY + MINUTE - 2000)
    assert await sweep(amina) == 0
    amina.clock.advance(4000)
    assert await sweep(amina) == 1


async def test_batches_go_to_the_end_and_no_further_than_a_round(
    db: Database, clock: FrozenClock, amina: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = [replace(COACH, client_id=f"app-{number}") for number in range(2 * sweeping.BATCH + 3)]
    for app in apps:
        await shared(amina, app)
    monkeypatch.setattr(sweeping, "MOST", sweeping.BATCH)
    clock.advance(31 * DAY)
    assert await sweep(amina) == sweeping.BATCH
    monkeypatch.undo()
    assert await sweep(amina) == sweeping.BATCH + 3
    assert {leaf["client"] for leaf in await told(amina)} == {app.client_id for app in apps}


async def test_nodes_that_sweep_at_once_tell_it_once(amina: Home) -> None:
    for number in range(8):
        await shared(amina, replace(COACH, client_id=f"app-{number}"))
    amina.clock.advance(31 * DAY)
    assert sum(await asyncio.gather(*(sweep(amina) for _ in range(6)))) == 8
    assert len(await told(amina)) == 8


async def test_a_sweep_that_meets_an_acceptance_tells_it_once(amina: Home) -> None:
    await shared(amina)
    amina.clock.advance(31 * DAY)
    ask = asking(await amina.ask(request()))
    choice = answered(ask, "skills", duration=["30d"])
    await asyncio.gather(sweep(amina), amina.accept(ask, choice), sweep(amina), amina.accept(ask, choice))
    assert len(await told(amina)) == 1
    assert len(await told(amina, "consent.given")) <= 2  # none, when the sweep came before both: she is asked


async def test_a_grant_prolonged_since_it_was_found_goes_on(amina: Home) -> None:
    """The row was due when it was read; the UPDATE looks again."""
    grant = (await shared(amina)).standing.grant_id
    async with amina.db.transaction() as tx:
        assert await amina.decisions.lapse(tx, grant, amina.act()) is None
    assert await told(amina) == []


async def test_a_sweep_that_breaks_off_leaves_nothing_half_done(
    amina: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await shared(amina, replace(COACH, client_id=f"app-{number}"))
    amina.clock.advance(31 * DAY)
    append, calls = type(amina.decisions.ledger).append, iter(range(9))

    async def breaks(*words: Any, **more: Any) -> Any:
        if next(calls) == 2:
            raise LedgerLaggingError(HOUR)
        return await append(*words, **more)

    monkeypatch.setattr(type(amina.decisions.ledger), "append", breaks)
    with pytest.raises(LedgerLaggingError):
        await sweep(amina)
    assert await told(amina) == []
    assert await sweep(amina) == 3
    assert len(await told(amina)) == 3


async def test_what_cannot_be_read_keeps_nobody_elses_term_waiting(
    db: Database, clock: FrozenClock, amina: Home
) -> None:
    bruno, chloe = await moved_in(db, clock), await moved_in(db, clock)
    for one in (amina, bruno, chloe):
        await shared(one)
    async with db.transaction() as tx:
        await tx.run(_DAMAGE, person=bruno.person.id)
        assert await PEOPLE.destroy(tx, chloe.person.id)  # erased: there is nobody to tell
    clock.advance(31 * DAY)
    assert await sweep(amina) == 1
    assert await sweep(amina) == 0
    assert len(await told(amina)) == 1


async def test_what_she_held_back_is_remembered_after_the_term_was_recorded(amina: Home) -> None:
    ask = asking(await amina.ask(request()))
    await amina.accept(ask, answered(ask, "skills", hide=["skills:s02"], duration=["30d"]))
    amina.clock.advance(31 * DAY)
    before = asking(await amina.ask(request()))
    assert await sweep(amina) == 1
    after = asking(await amina.ask(request()))
    assert (before.why, after.why) == ("ended", "ended")
    assert before.standing is not None
    assert after.standing is not None
    assert after.standing.over
    assert before.standing.choice == after.standing.choice
    assert after.basis is None
    assert isinstance(await amina.accept(after, answered(after, "skills", duration=["30d"])), Decided)
    assert len(await told(amina)) == 1


async def test_a_recorded_term_covers_nothing_whatever_a_clock_says(amina: Home) -> None:
    await shared(amina)
    amina.clock.advance(31 * DAY)
    await sweep(amina)
    amina.clock.value -= 20 * DAY
    assert isinstance(await amina.ask(request()), Ask)


async def test_an_older_term_is_not_dug_up_from_under_a_withdrawal(amina: Home) -> None:
    await shared(amina)
    amina.clock.advance(31 * DAY)
    await sweep(amina)
    await amina.revoke((await shared(amina)).standing.grant_id)
    assert await amina.standing() is None
    assert asking(await amina.ask(request())).why == "first"


async def test_the_dashboard_says_when_it_ended(amina: Home) -> None:
    grant = (await shared(amina)).standing
    amina.clock.advance(33 * DAY)
    await sweep(amina)
    async with amina.db.reading() as tx:
        row = await find_grant(tx, amina.person.id, grant.grant_id)
    assert row is not None
    t = build_web(ISSUER, [ROOM]).catalogues.translator("fr")
    assert make_card(row, {}, None, amina.clock.now(), t).ended_at == grant.expires_at


async def test_what_is_due_is_a_range_of_an_index(sqlite_url: str) -> None:
    compiled = expiry._DUE.compiled_for("sqlite")
    raw = connect(sqlite_url.removeprefix("sqlite:///"), readonly=True)
    values = compiled.arguments({"until": 1, "seen_at": 0, "seen_id": ""})
    plan = " ".join(step[-1] for step in raw.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", values))
    raw.close()
    assert plan.startswith("SEARCH consent_grant USING INDEX consent_grant_term")
    assert "TEMP B-TREE" not in plan
