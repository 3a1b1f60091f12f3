"""The mirror: what an app may read of a person against what it really read. Pure.

Reads are told by dataset and field; a scope is used when one of its fields left. A scope that only says who
she is, or lets the app write, is no matter of the mirror.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from consent.catalogue import CATALOGUE
from consent.choices import Choice, fields_of
from consent.mirror.entries import Total, TotalKey
from foundation.clock import DAY

IDLE = 60 * DAY
IDENTITY = "identity"

State = Literal["used", "unused", "idle"]


@dataclass(frozen=True, slots=True)
class ReflectedField:
    """A field that the app may read. reads: how often it did; last_at: microseconds, None for never."""

    name: str
    reads: int
    last_at: int | None


@dataclass(frozen=True, slots=True)
class Reflected:
    """A scope in the mirror.

    state: "used", "unused" (never, or not for long, but not yet for IDLE) or "idle". quiet_since: since when
    nobody used it: its last read, or the day it was granted.
    """

    scope: str
    dataset: str
    required: bool
    state: State
    reads: int
    last_at: int | None
    quiet_since: int
    fields: tuple[ReflectedField, ...]

    @property
    def removable(self) -> bool:
        """Whether the mirror suggests to take it back, and the app can do without."""
        return self.state == "idle" and not self.required


def reflect(
    choice: Choice, required: Collection[str], totals: Mapping[TotalKey, Total], since: int, now: int
) -> tuple[Reflected, ...]:
    """Every scope of a choice, in the screen's order.

    totals: of this grant alone. since: when it was given, widened or resumed last (microseconds).
    """
    found = []
    for name in CATALOGUE:
        if name not in choice.scopes or not (fields := _fields(name, choice)):
            continue
        scope = CATALOGUE[name]
        dataset = IDENTITY if scope.dataset is None else scope.dataset.name
        reflected = tuple(_field(dataset, field, totals) for field in fields)
        last_at = max((field.last_at for field in reflected if field.last_at is not None), default=None)
        quiet_since = max(since, last_at or 0)
        found.append(
            Reflected(
                scope=name,
                dataset=dataset,
                required=name in required,
                state=_state(last_at, quiet_since, now),
                reads=max(field.reads for field in reflected),
                last_at=last_at,
                quiet_since=quiet_since,
                fields=reflected,
            )
        )
    return tuple(found)


def last_use(reflected: Collection[Reflected]) -> int | None:
    """When anything was last read, microseconds."""
    return max((one.last_at for one in reflected if one.last_at is not None), default=None)


def _fields(name: str, choice: Choice) -> tuple[str, ...]:
    if CATALOGUE[name].writes:
        return ()
    if name == "email":
        return ("email",)
    shared = choice.scopes[name]
    return tuple(field.name for field in fields_of(name, shared.edition, shared.fields))


def _field(dataset: str, name: str, totals: Mapping[TotalKey, Total]) -> ReflectedField:
    told = [total for key, total in totals.items() if key.dataset == dataset and name in key.fields.split()]
    last_at = max((total.last_at for total in told), default=None)
    return ReflectedField(name, sum(total.reads for total in told), last_at)


def _state(last_at: int | None, quiet_since: int, now: int) -> State:
    if now - quiet_since >= IDLE:
        return "idle"
    return "unused" if last_at is None else "used"
