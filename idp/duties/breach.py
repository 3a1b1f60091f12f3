"""Who a breach affects (GDPR art. 33-34): people x fields x app x interval, the question and its answer.

How it is answered: breach_walk.py. Every read is in the ledger with the fields that left, so the answer is
what was read, not what could have been. Someone erased is counted and has no name: nobody can write to her.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from consent.events import LISTING
from consent.ledger.moments import moment_of
from foundation.clock import to_datetime
from foundation.errors import AccordError
from idp.duties.breach_rows import ReadRow

_EARLIEST, _LATEST = 1971, 2200
_ERASED = "-"  # of a place: nobody's authorization
DONE = "g"  # past every id
_PLACE = re.compile(r"(-|[0-9a-f]{32})\.([0-9a-f]{32})\.(g|[0-9a-f]{32})\.([01])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """An app, a dataset ("" for any), a field ("" for any), and when: [since, until), microseconds."""

    client_id: str
    since: int
    until: int
    dataset: str = ""
    field: str = ""

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise AccordError("bad_interval", "The interval ends before it starts.", status=422)

    def names(self, row: ReadRow) -> list[str]:
        """The fields asked about that these reads let out; none when they do not count."""
        if row.dataset == LISTING or self.dataset not in {"", row.dataset}:
            return []
        return [name for name in row.fields.split() if self.field in {"", name}]


class Place(NamedTuple):
    """Where a walk is: past this event of this authorization.

    person: whose it is; None once erased. counted: whether some of her reads before it counted.
    """

    person: str | None
    grant: str
    event: str = DONE
    counted: bool = False

    @property
    def whose(self) -> str:
        """As `Affected.whose`."""
        return self.person or self.grant

    def __str__(self) -> str:
        return f"{self.person or _ERASED}.{self.grant}.{self.event}.{int(self.counted)}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Of a hostile text; None for the beginning. Raises AccordError bad_place."""
        found = _PLACE.fullmatch(text)
        if found is None:
            if text:
                raise AccordError("bad_place", "No such place in an answer.", status=400)
            return None
        return cls(None if found[1] == _ERASED else found[1], found[2], found[3], found[4] == "1")


BEGINNING = Place(None, "")


class Part(NamedTuple):
    """Of an answer: from where on, and past how many reads it stops at the next piece; None: to its end."""

    after: Place | None = None
    most: int | None = None


WHOLE = Part()


@dataclass(slots=True)
class Affected:
    """One person: what left of her, how often, first and last (microseconds).

    person_id: None once erased: then one a grant, for nothing says whose they were. whose: the person or that
    grant. fields: "dataset.field".
    """

    person_id: str | None
    whose: str
    grant_ids: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    reads: int = 0
    first_at: int = 0
    last_at: int = 0

    def add(self, row: ReadRow, names: Iterable[str]) -> None:
        """Reads that count. names: of the fields asked about that left."""
        first, last = moment_of(row.first_id), moment_of(row.last_id)
        self.first_at = min(self.first_at or first, first)
        self.last_at = max(self.last_at, last)
        self.grant_ids.add(row.grant_id)
        self.fields |= {f"{row.dataset}.{name}" for name in names}
        self.reads += row.reads


@dataclass(slots=True)
class Tally:
    """How many, and what, without a name. rest: where the counting stopped; None when it is all of it."""

    people: int = 0
    erased: int = 0
    reads: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    rest: Place | None = None

    def add(self, one: Affected, *, again: bool = False) -> None:
        """again: her first reads were counted before a place at which the walk was left."""
        if not again:
            self.people += one.person_id is not None
            self.erased += one.person_id is None
        self.reads += one.reads
        for name in one.fields:
            self.fields[name] = self.fields.get(name, 0) + 1

    def by_field(self) -> dict[str, int]:
        """How many people each field is about, the most first."""
        return dict(sorted(self.fields.items(), key=lambda pair: (-pair[1], pair[0])))


def moment_in(text: str, zone: tzinfo) -> int | None:
    """Microseconds of a hostile ISO 8601 text, in `zone` where it names none; None for no such moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _EARLIEST <= moment.year <= _LATEST:  # also what arithmetic on dates can take
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return (aware - to_datetime(0)) // timedelta(microseconds=1)
