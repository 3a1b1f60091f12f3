"""Recording an event, inside the transaction of the change it tells of.

What is written is what will be proved: the leaf is final here, the sequencer only gives it a place.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Select

from consent.ledger.canonical import SCALARS, canonical_json
from consent.ledger.events import Event, Spec
from consent.ledger.leaf import VERSION, LeafError, encode_leaf, leaf_hash
from consent.ledger.persons import commitment, commitment_key, pseudonym, seal_payload
from consent.ledger.tables import LedgerEvent, LedgerQueue
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import OrderedIds
from foundation.series import Row, Series
from keys.people import PersonSecrets
from keys.sign import b64url

LAG_LIMIT = 60 * SECOND  # how old the oldest unproved event may be before new ones are refused
_LONGEST_FACT = 2_000


class Recorded(NamedTuple):
    """An event in the log: what its receipt carries at once. leaf_hash: 32 bytes."""

    event_id: str
    leaf_hash: bytes


class Drafted(NamedTuple):
    """An event made ready before the unit that records it. leaf: final. sealed: its payload, if any."""

    event_id: str
    leaf: bytes
    sealed: bytes | None

    def stored(self) -> dict[str, Any]:
        """The values of its ROWS."""
        return {"event_id": self.event_id, "leaf": self.leaf.decode(), "sealed": self.sealed}


class LedgerLaggingError(AccordError):
    """The sequencer is too far behind: what cannot be proved soon does not happen."""

    def __init__(self, lag: int) -> None:
        super().__init__(
            "ledger_lagging",
            "The audit log is behind, so nothing new can be granted or read. Try again in a moment.",
            status=503,
            detail=f"oldest unproved event is {lag // SECOND} s old",
            headers={"Retry-After": "5"},
        )


# What stands in the database for one event: `event_id`, `leaf` and `sealed` of a Drafted.
ROWS = (Row(LedgerEvent, {"id": "event_id"}), Row(LedgerQueue))
_EVENT = Series(None, *ROWS)


def only_where(found: Select[Any], hasty: Select[Any]) -> Series:
    """What records an event, given to `Ledger.keep`, where `found` finds its one row and not otherwise.

    hasty: the same query, which passes over what is locked.
    """
    return Series(found, *ROWS, hasty=hasty)


class Ledger:
    """Where events are appended.

    lag: age in microseconds of the oldest unproved event at a given time (the sequencer's); left out, the
    ledger never refuses for lag. inspect: a further guard on each event, such as `refuse_personal` in tests.
    """

    def __init__(
        self,
        *,
        lag: Callable[[int], int] | None = None,
        inspect: Callable[[Event], None] | None = None,
    ) -> None:
        self._lag = lag
        self._inspect = inspect
        self._ids = OrderedIds()

    async def append(
        self,
        tx: Transaction,
        event: Event,
        *,
        person: PersonSecrets | None,
        now: int,
        request_id: str | None,
    ) -> Recorded:
        """Record `event` in the caller's unit; it is in the log exactly when that unit commits.

        person: the opened keys of the person it is about; None when it is about nobody.
        now: microseconds; becomes the leaf's time. request_id: trace id of the HTTP request.
        Raises LedgerLaggingError when the log is too far behind (never for events declared `stays_open`), and
        LeafError when a field is not what a leaf may hold: a defect of the caller, not of her request.
        """
        drafted = self.draft(event, person=person, now=now, request_id=request_id)
        await tx.run(_EVENT, **drafted.stored())
        return Recorded(drafted.event_id, leaf_hash(drafted.leaf))

    async def keep(self, tx: Transaction, drafted: Drafted, series: Series, **values: Any) -> Recorded | None:  # noqa: ANN401  # column values
        """Record what `draft` made, in the caller's unit; None, and nothing, where the guard does not hold.

        series: what is written with it, ROWS among them; values: the other values that it takes.
        """
        if not await tx.run(series, **drafted.stored(), **values):
            return None
        return Recorded(drafted.event_id, leaf_hash(drafted.leaf))

    def draft(
        self, event: Event, *, person: PersonSecrets | None, now: int, request_id: str | None
    ) -> Drafted:
        """Make `event` ready, for `keep`. Arguments and errors: those of `append`."""
        spec = event.SPEC
        if self._lag is not None and not spec.stays_open and (lag := self._lag(now)) > LAG_LIMIT:
            raise LedgerLaggingError(lag)
        if self._inspect is not None:
            self._inspect(event)
        event_id, salt = self._ids.new(now), os.urandom(16)
        promise, sealed = _payload(spec, event, event_id, salt, person)
        fields = _fields(spec, event)
        fields["id"], fields["time"], fields["request"] = event_id, now, request_id
        fields["salt"], fields["commitment"] = b64url(salt), promise
        if person is not None:
            fields["person"] = pseudonym(person, fields["client"], now)
        return Drafted(event_id, encode_leaf(fields), sealed)


def _payload(
    spec: Spec, event: Event, event_id: str, salt: bytes, person: PersonSecrets | None
) -> tuple[str | None, bytes | None]:
    """The commitment to an event's payload and the sealed payload; nothing for a class without one."""
    if not spec.payload:
        return None, None
    if person is None:
        raise LeafError(f"{spec.name} has a payload and nobody's key to seal it with")
    payload = canonical_json({name: getattr(event, name) for name in spec.payload})
    promise = commitment(commitment_key(person, event_id), salt, payload)
    return promise, seal_payload(person, event_id, payload)


def _fields(spec: Spec, event: Event) -> dict[str, Any]:
    """The leaf's fields that come from the event itself; the others still null."""
    fields: dict[str, Any] = {
        "v": VERSION, "event": spec.name, "log": spec.log, "outcome": spec.outcome,
        "client": None, "person": None, "grant": None, "revision": None, "scopes": None,
    }  # fmt: skip
    for name in spec.envelope:
        value = fields[name] = getattr(event, name)
        if type(value) not in SCALARS:
            raise LeafError(f"{spec.name}: {name} is {type(value).__name__}")
    facts: dict[str, Any] = {}
    for name in _present(spec, event) if spec.absent else spec.facts:
        value = facts[name] = getattr(event, name)
        if type(value) is str:
            if not value.isprintable() or not value.isascii() or "@" in value or len(value) > _LONGEST_FACT:
                raise LeafError(f"{spec.name}: {name} is a code, a count or a hash; not text about people")
        elif type(value) not in SCALARS:
            raise LeafError(f"{spec.name}: {name} is {type(value).__name__}")
    fields["facts"] = facts
    return fields


def _present(spec: Spec, event: Event) -> tuple[str, ...]:
    """The facts that a leaf of this event has."""
    return spec.facts + tuple(name for name in spec.absent if getattr(event, name) is not None)
