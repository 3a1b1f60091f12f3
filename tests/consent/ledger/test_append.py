"""Appending: what a leaf says and hides, one unit with the change, and what is refused."""

import base64
import os

import orjson
import pytest

from consent.events import ConsentRevoked, DataRead
from consent.ledger.append import LAG_LIMIT, Ledger, LedgerLaggingError
from consent.ledger.events import Event
from consent.ledger.leaf import LeafError, leaf_hash, parse_leaf
from consent.ledger.persons import PayloadError, open_payload, pseudonym
from foundation.clock import DAY
from keys.people import PersonSecrets
from tests.consent.ledger.support import fresh_secrets, read

REVOKED = ConsentRevoked(
    client="coach", grant="a" * 32, revision=2, scopes="skills", by="person", record="0" * 64
)


async def stored(log, event_id: str) -> tuple[str, bytes | None]:
    return (await log.rows("SELECT leaf, sealed FROM ledger_event WHERE id = ?", event_id))[0]


async def test_a_leaf_says_what_its_class_declares(log):
    written = await log.write(read(2))
    text, payload = await stored(log, written.event_id)
    leaf = parse_leaf(text)
    assert leaf.id == written.event_id
    assert leaf_hash(text.encode()) == written.leaf_hash
    assert leaf._replace(salt="", commitment="", person="", id="") == (
        1, "", log.clock.now(), "data.read", "consent", "success", "coach", "", "a" * 32, 1, "skills",
        {"dataset": "skills", "fields": "label level", "count": 2}, "4bf92f3577b34da6", "", "",
    )  # fmt: skip
    assert len(text) < 2_000
    assert open_payload(log.person, leaf, payload) == {"items": ["item0", "item1"]}
    assert b"item0" not in payload
    assert await log.rows("SELECT event_id FROM ledger_queue") == [(written.event_id,)]


async def test_an_event_without_payload_or_person(log):
    text, payload = await stored(log, (await log.write(REVOKED)).event_id)
    assert (parse_leaf(text).commitment, payload) == (None, None)
    async with log.db.transaction() as tx:
        about_nobody = await log.ledger.append(tx, REVOKED, person=None, now=log.clock.now(), request_id=None)
    leaf = parse_leaf((await stored(log, about_nobody.event_id))[0])
    assert (leaf.person, leaf.request) == (None, None)


async def test_the_event_lives_and_dies_with_its_unit(log):
    async def refused_change() -> None:
        async with log.db.transaction() as tx:
            await log.append(tx, read())
            raise LookupError("the change does not happen")

    with pytest.raises(LookupError):
        await refused_change()
    assert await log.value("SELECT count(*) FROM ledger_event") == 0
    assert await log.value("SELECT count(*) FROM ledger_queue") == 0


def test_a_pseudonym_links_neither_apps_nor_years(clock):
    person, now = fresh_secrets(), clock.now()
    name = pseudonym(person, "coach", now)
    assert name == pseudonym(person, "coach", now + DAY)
    others = {
        pseudonym(person, "kiosk", now),
        pseudonym(person, None, now),
        pseudonym(person, "coach", now + 366 * DAY),
        pseudonym(fresh_secrets(), "coach", now),
        pseudonym(PersonSecrets(person.secret, person.data_key), "coach", now),
    }
    assert name not in others
    assert len(others) == 5


async def test_a_payload_is_bound_to_its_leaf_and_person(log):
    one, other = await log.write(read(1)), await log.write(read(2))
    text, payload = await stored(log, one.event_id)
    leaf, other_payload = parse_leaf(text), (await stored(log, other.event_id))[1]
    for secrets, sealed_bytes in (
        (fresh_secrets(), payload),
        (log.person, other_payload),
        (log.person, payload[:-1]),
        (log.person, b""),
    ):
        with pytest.raises(PayloadError):
            open_payload(secrets, leaf, sealed_bytes)
    for changed in (
        leaf._replace(commitment=None),
        leaf._replace(salt=base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()),
        leaf._replace(commitment=parse_leaf((await stored(log, other.event_id))[0]).commitment),
    ):
        with pytest.raises(PayloadError, match="committed"):
            open_payload(log.person, changed, payload)


async def test_two_equal_events_have_nothing_in_common(log):
    first, second = await log.write(), await log.write()
    one, two = [orjson.loads((await stored(log, each.event_id))[0]) for each in (first, second)]
    assert {name for name in one if one[name] != two[name]} == {"id", "time", "salt", "commitment"}


# --- what is refused --------------------------------------------------------------------------------------


class Nowhere:
    """A transaction that a refused event must not reach."""

    async def run(self, *_statement, **_values):
        raise AssertionError("nothing is written")


async def refuse(event_given: Event, person: PersonSecrets | None, ledger: Ledger | None = None) -> None:
    ledger = ledger or Ledger()
    await ledger.append(Nowhere(), event_given, person=person, now=1_800_000_000_000_000, request_id=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "amina@example.org"},
        {"dataset": "compétences"},
        {"dataset": "x" * 2_001},
        {"dataset": "a\x00b"},
        {"dataset": "a\nb"},
        {"client": "a\x00b"},
        {"client": "\ud800"},
        {"count": 1.5},
        {"count": 2**53},
        {"count": ["skills"]},
        {"client": b"coach"},
        {"revision": 1.0},
        {"scopes": ("skills",)},
        {"items": (1.5,)},
    ],
    ids=repr,
)
async def test_a_leaf_holds_codes_counts_and_hashes(changes):
    fields = {name: getattr(read(), name) for name in DataRead.__slots__}
    with pytest.raises(ValueError, match=r".+"):
        await refuse(DataRead(**{**fields, **changes}), fresh_secrets())


async def test_a_payload_needs_a_person_to_seal_it_for():
    with pytest.raises(LeafError, match="nobody"):
        await refuse(read(), None)


async def test_the_ledger_fails_closed_when_it_lags_and_revocation_stays_open(log):
    lag = LAG_LIMIT
    lagging = Ledger(lag=lambda _now: lag)
    await record(log, lagging, read())
    lag += 1
    with pytest.raises(LedgerLaggingError) as refusal:
        await refuse(read(), fresh_secrets(), lagging)
    assert (refusal.value.status, refusal.value.code) == (503, "ledger_lagging")
    await record(log, lagging, REVOKED)


async def record(log, ledger, event_given):
    async with log.db.transaction() as tx:
        await ledger.append(tx, event_given, person=log.person, now=log.clock.now(), request_id=None)
