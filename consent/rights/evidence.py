"""The evidence of past consent (GDPR art. 17(3)(e)): kept sealed, apart, a piece a grant, for a time.

A piece holds what shows that she consented, to what, and when: who she was, each state of the grant with its
signed receipt, and the sealed part of the ledger's events with the key of each one's commitment, so that
the log's leaves can be held to it without her other keys. No profile value is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from consent.ledger.leaf import parse_leaf
from consent.ledger.persons import commitment_key, open_payload
from consent.ledger.tables import LedgerEvent
from consent.records.packing import unpack
from consent.records.tables import ConsentRecord
from consent.rights.periods import after_years
from consent.rights.tables import Evidence
from consent.tables import Grant, GrantRevision
from foundation.database import Transaction
from foundation.statements import Statement, Write
from keys.evidence import Vault, destroy_key, keys_due
from keys.people import PersonSecrets
from keys.seal import seal, unseal
from keys.sign import b64url

VERSION = 1
_BATCH = 200


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """Whose consent it was: without her address nobody could tell that a claim is hers."""

    person_id: str
    email: str
    secrets: PersonSecrets


@dataclass(frozen=True, slots=True)
class Term:
    """For how long: until so many years after the grant ended. now: of the erasure, microseconds."""

    years: int
    now: int


class Kept(NamedTuple):
    """How many pieces were put away, and until when the last is kept (microseconds, None for none)."""

    pieces: int
    until: int | None


class GrantFacts(NamedTuple):
    """What a piece says of the grant as a whole; see consent/tables.py for the units."""

    id: str
    client_id: str
    subject: str
    fetch_type: str
    granted_at: int
    expires_at: int
    redeemed_at: int | None
    revoked_at: int | None
    end_reason: str | None

    @property
    def ended_at(self) -> int:
        """When nothing could be read under it any more."""
        return self.expires_at if self.revoked_at is None else min(self.expires_at, self.revoked_at)


class StateFacts(NamedTuple):
    """One state the grant had."""

    revision: int
    kind: str
    decided_at: int
    choice_json: str
    terms_json: str
    event_id: str
    leaf_hash: bytes
    packed: bytes  # its receipt (consent/records/packing.py)


class EventFacts(NamedTuple):
    """An event as the ledger keeps it."""

    id: str
    leaf: str
    sealed: bytes | None


class _Sealed(NamedTuple):
    sealed: bytes


_GRANTS = Statement(
    select(*(col(getattr(Grant, name)) for name in GrantFacts._fields))
    .where(col(Grant.person_id) == bindparam("person_id"))
    .order_by(col(Grant.id)),
    GrantFacts,
)
_STATES = Statement(
    select(
        *(col(getattr(GrantRevision, name)) for name in StateFacts._fields if name != "packed"),
        col(ConsentRecord.packed),
    )
    .join(ConsentRecord, col(ConsentRecord.event_id) == col(GrantRevision.event_id))
    .where(col(GrantRevision.grant_id) == bindparam("grant_id"))
    .order_by(col(GrantRevision.revision)),
    StateFacts,
)
_EVENT = Statement(
    select(col(LedgerEvent.id), col(LedgerEvent.leaf), col(LedgerEvent.sealed)).where(
        col(LedgerEvent.id) == bindparam("event_id")
    ),
    EventFacts,
)
_INSERT = Write(insert(Evidence))
_FIND = Statement(
    select(col(Evidence.sealed)).where(col(Evidence.grant_id) == bindparam("grant_id")), _Sealed
)
_DELETE = Write(delete(Evidence).where(col(Evidence.grant_id) == bindparam("grant_id")))


async def grants_of(tx: Transaction, person_id: str) -> Sequence[GrantFacts]:
    """Every grant she ever gave, the oldest first."""
    return await tx.all(_GRANTS, person_id=person_id)


async def put_away(tx: Transaction, vault: Vault, subject: Subject, term: Term) -> Kept:
    """Seal what proves her consents, one piece a grant whose limitation period still runs."""
    pieces, until = 0, 0
    for grant in await grants_of(tx, subject.person_id):
        destroy_at = after_years(grant.ended_at, term.years)
        if destroy_at <= term.now:
            continue
        piece = orjson.dumps(await _piece(tx, subject, grant, term.now))
        key = await vault.new_key(tx, grant.id, destroy_at)
        await tx.run(_INSERT, grant_id=grant.id, sealed=seal(key, piece, _place(grant.id)))
        pieces, until = pieces + 1, max(until, destroy_at)
    return Kept(pieces, until or None)


async def _piece(tx: Transaction, subject: Subject, grant: GrantFacts, now: int) -> dict[str, Any]:
    states = await tx.all(_STATES, grant_id=grant.id)
    events = [await tx.first(_EVENT, event_id=state.event_id) for state in states]
    return {
        "v": VERSION,
        "person": {"id": subject.person_id, "email": subject.email},
        "erased_at": now,
        "grant": grant._asdict(),
        "states": [_state(state) for state in states],
        "events": [_event(event, subject.secrets) for event in events if event is not None],
    }


def _state(state: StateFacts) -> dict[str, Any]:
    plain = state._asdict() | {"leaf_hash": state.leaf_hash.hex(), "receipt": unpack(state.packed)}
    del plain["choice_json"], plain["terms_json"], plain["packed"]
    return plain | {"choice": orjson.loads(state.choice_json), "terms": orjson.loads(state.terms_json)}


def _event(event: EventFacts, secrets: PersonSecrets) -> dict[str, Any]:
    """payload: what was sealed, None for nothing. commitment_key: opens this event's commitment, no other."""
    payload = None if event.sealed is None else open_payload(secrets, parse_leaf(event.leaf), event.sealed)
    key = None if payload is None else b64url(commitment_key(secrets, event.id))
    return {"id": event.id, "leaf": event.leaf, "payload": payload, "commitment_key": key}


async def read_piece(tx: Transaction, grant_id: str, key: bytes) -> dict[str, Any] | None:
    """One piece, opened with its key; None when there is none. Raises SealError for another's key."""
    row = await tx.first(_FIND, grant_id=grant_id)
    if row is None:
        return None
    piece: dict[str, Any] = orjson.loads(unseal(key, row.sealed, _place(grant_id)))
    return piece


async def destroy_due(tx: Transaction, now: int) -> int:
    """End the pieces whose time is over, a bounded number at a time; how many."""
    due = await keys_due(tx, now, _BATCH)
    for row in due:
        await destroy_key(tx, row.id)
        await tx.run(_DELETE, grant_id=row.id)
    return len(due)


def _place(grant_id: str) -> bytes:
    return b"accord evidence v1\0" + grant_id.encode()
