"""An erased person: gone from every table and file, her proofs intact, her past consents provable."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

from sqlmodel import SQLModel

from consent.ledger.append import Ledger
from consent.ledger.canonical import canonical_json
from consent.ledger.leaf import parse_leaf
from consent.ledger.persons import commitment
from consent.ledger.verifying.verify import verify
from consent.records.receipts import verify_receipt
from consent.rights.evidence import read_piece
from foundation.clock import DAY, MINUTE
from idp.people.addresses import digest_of_text
from idp.people.outbox import Outbox
from idp.rights.erasure import Eraser, Order
from idp.rights.holdings import HOLDINGS
from idp.rights.settling import end_evidence, settle
from idp.running.payloads import PayloadKeys
from keys.evidence import take_key
from keys.master import load_master_key
from tests.idp.rights.remains import profile_values, rows, tables_saying
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World

YEAR = 366 * DAY


def test_every_table_has_its_holding() -> None:
    names = {table.name for table in SQLModel.metadata.tables.values()}
    assert names == set(HOLDINGS), "idp/rights/holdings.py says what becomes of each"


async def test_nothing_is_read_signed_in_or_refreshed_after(world: World) -> None:
    tokens = await lived_in(world)
    code = await world.code()
    assert await erase(world) is not None
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        assert (await world.read(path, tokens["access_token"])).status_code == 401
    assert (await world.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await world.redeem(code)).json()["error"] == "invalid_grant"
    told = await world.post("/introspect", {"token": tokens["access_token"]})
    assert told.json() == {"active": False}


async def test_a_second_erasure_does_nothing(world: World) -> None:
    await lived_in(world)
    first = await erase(world)
    assert first is not None
    assert (first.ended, first.kept.pieces) == (1, 2)
    before = await rows(world.server.db)
    assert await erase(world) is None
    assert await rows(world.server.db) == before
    assert len(await world.events("person.erased")) == 1


async def test_no_table_and_no_column_says_her_name(world: World) -> None:
    await lived_in(world)
    db = world.server.db
    subject = world.act(world.client).person.subject
    digest = digest_of_text(world.server.secrets.lookup, "amina@example.org")
    assert await tables_saying(db, digest) == {"account_address"}
    assert "consent_grant" in await tables_saying(db, subject)
    await erase(world)
    world.clock.advance(5 * MINUTE)
    assert await settle(world.server) == 1
    needles = {world.person_id, subject, "amina@example.org", *profile_values("amina")}
    assert len(needles) > 40
    for needle in (*needles, digest, world.person.data_key, world.person.secret):
        assert await tables_saying(db, needle) == set(), needle


async def test_every_proof_stands(world: World) -> None:
    tokens = await lived_in(world)
    sequencer = world.server.sequencer
    await sequencer.start()
    await erase(world)
    assert (await world.read("/v1/me", tokens["access_token"])).status_code == 401
    await sequencer.stop()
    keys = PayloadKeys(world.server)
    verdict = await verify(world.server.db, [sequencer.verifier], secrets_of=keys.of)
    assert verdict.ok, verdict.message()


async def test_what_stays_of_a_grant_is_that_it_was(world: World) -> None:
    tokens = await lived_in(world)
    await erase(world)
    left = (await rows(world.server.db))["consent_grant"]
    assert {row.person_id for row in left} == {None}
    assert {row.subject for row in left} == {""}
    assert sorted(row.end_reason for row in left) == ["erased", "withdrawn"]
    assert all(row.revoked_at is not None for row in left)
    for row in left:
        assert "s02" not in row.choice_json + row.terms_json + row.answered_json
    assert tokens["access_token"]


async def test_the_farewell_is_the_last_mail(world: World) -> None:
    await lived_in(world)
    erased = await erase(world)
    assert erased is not None
    outbox = Outbox(world.server.people, world.server.secrets.people)
    async with world.server.db.transaction() as tx:
        letters = await outbox.recent(tx, 10)
        assert [(letter.template, letter.to) for letter in letters] == [
            ("erased-evidence", "amina@example.org")
        ]
        assert letters[0].data == {
            "link": f"{world.server.issuer}/erased/{erased.event_id}",
            "at": erased.kept.until,
        }
        await outbox.close(tx, letters[0].id, "sent")
    assert await tables_saying(world.server.db, "amina@example.org") == set()


async def test_without_any_consent_nothing_is_kept(world: World) -> None:
    erased = await erase(world, by="operator")
    assert erased is not None
    assert erased.kept == (0, None)
    (leaf,) = await world.events("person.erased")
    assert leaf["facts"] == {"by": "operator", "evidence": 0, "evidence_until": None, "grants": 0}
    assert (await rows(world.server.db))["evidence_key"] == []


async def test_the_evidence_proves_each_past_consent(world: World) -> None:
    await lived_in(world)
    await erase(world)
    server, now = world.server, world.clock.now()
    master = load_master_key(server.settings, database_is_empty=False)
    grants = [row.id for row in (await rows(server.db))["consent_grant"]]
    for grant_id in grants:
        async with server.db.reading() as tx:
            key = await take_key(tx, master, grant_id, now)
            assert key is not None
            piece = await read_piece(tx, grant_id, key)
        assert piece is not None
        assert piece["person"] == {"id": world.person_id, "email": "amina@example.org"}
        assert [state["kind"] for state in piece["states"]] == ["given", "revoked"]
        for state in piece["states"]:
            claims = verify_receipt(state["receipt"], server.ring.jwks("receipt", now))
            assert claims["record"]["grant_id"] == grant_id
        assert not profile_values("amina") & set(_flat(piece))
        _holds_to_its_commitment(piece["events"][0])


def _flat(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _flat(one)]
    if isinstance(value, list):
        return [text for one in value for text in _flat(one)]
    return [value] if isinstance(value, str) else []


def _holds_to_its_commitment(event: dict[str, Any]) -> None:
    """Anybody can hold the opened payload to the public leaf, with that event's key alone."""
    leaf = parse_leaf(event["leaf"])
    key, salt = urlsafe_b64decode(event["commitment_key"] + "=="), urlsafe_b64decode(leaf.salt + "==")
    assert commitment(key, salt, canonical_json(event["payload"])) == leaf.commitment


async def test_old_consents_leave_no_evidence_and_each_has_its_own_term(world: World) -> None:
    first = await world.grant()
    await world.revoke(first.standing.grant_id)
    world.clock.advance(3 * YEAR)
    await world.grant()
    world.clock.advance(3 * YEAR)
    erased = await erase(world)
    assert erased is not None
    assert erased.kept.pieces == 1
    until = erased.kept.until
    assert until is not None
    world.clock.value = until - 1
    assert await end_evidence(world.server) == 0
    world.clock.value = until
    assert await end_evidence(world.server) == 1
    assert await end_evidence(world.server) == 0
    left = await rows(world.server.db)
    assert left["evidence"] == left["evidence_key"] == []
    assert [leaf["facts"] for leaf in await world.events("evidence.destroyed")] == [{"count": 1}]


async def test_a_ledger_that_lags_does_not_stop_it(world: World) -> None:
    tokens = await lived_in(world)
    late = Ledger(lag=lambda _now: 10**12)
    eraser = Eraser(replace(world.server, ledger=late), replace(world.decisions(), ledger=late))
    async with world.server.db.transaction() as tx:
        assert await eraser.erase(tx, Order(world.person_id, "self", world.clock.now())) is not None
    assert (await world.read("/v1/me", tokens["access_token"])).status_code == 401


async def test_each_app_that_knew_her_is_told_once(world: World) -> None:
    await lived_in(world)
    await erase(world)
    signals = (await rows(world.server.db))["signal"]
    told = [row for row in signals if row.event == "grant-erased"]
    assert [row.client_id for row in told] == [world.client.id]
    assert told[0].erase_by is not None
    (asked,) = await world.events("erasure.requested")
    assert asked["facts"]["why"] == "account_erased"
