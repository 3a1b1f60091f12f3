"""What an event class is, and the closed catalogue of those that exist.

A room declares one frozen class per event type:

    @event("data.read", log="consent")
    class DataRead(Event):
        client: str
        grant: str
        dataset: str
        items: tuple[str, ...] = sealed()

The fields `client`, `grant`, `revision` and `scopes` fill the leaf's own keys; the others are public facts,
except those marked `sealed()`, which travel in the payload under the person's key. A class cannot name the
person: the ledger is given her keys and writes a pseudonym.

Facts are codes, counts and hashes. They are ASCII and never an address: a leaf is public to auditors and
cannot be unwritten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from consent.ledger.leaf import EVENT_NAME, FACT_KEY, KEYS

Log = Literal["consent", "security"]
Outcome = Literal["success", "refused", "failed"]

_ENVELOPE: dict[str, type] = {"client": str, "grant": str, "revision": int, "scopes": str}
_FACT_TYPES = frozenset((str, int, bool, type(None)))


class Spec(NamedTuple):
    """What a class declared, in the order that the append needs it."""

    name: str
    log: Log
    outcome: Outcome
    stays_open: bool  # recorded even when the ledger lags: revocation, erasure
    envelope: tuple[str, ...]
    facts: tuple[str, ...]
    payload: tuple[str, ...]
    absent: tuple[str, ...] = ()  # facts that a leaf has only where they say something


class Event:
    """Base of every event class; `event` makes one."""

    __slots__ = ()
    SPEC: ClassVar[Spec]


class Line(NamedTuple):
    """One line of the catalogue, as the golden test and the documentation show it."""

    name: str
    log: str
    outcome: str
    stays_open: bool
    leaf: tuple[str, ...]  # which of client, grant, revision, scopes it fills
    facts: dict[str, str]  # public field -> type
    payload: dict[str, str]  # sealed field -> type


EventT = TypeVar("EventT", bound=type[Event])
_CATALOGUE: dict[str, type[Event]] = {}


def sealed() -> Any:  # noqa: ANN401  # stands for a value of the field's own type, like dataclasses.field
    """Marks a field whose value goes into the sealed payload and never into the leaf."""
    return field(metadata={"sealed": True})


def absent(*, default: None) -> Any:  # noqa: ANN401  # stands for a value of the field's own type
    """Marks a fact that stands in the leaf only where it has a value: rarely, and costs nothing elsewhere."""
    return field(default=default, metadata={"absent": True})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(sealed, absent))
def event(
    name: str, *, log: Log, outcome: Outcome = "success", stays_open: bool = False
) -> Callable[[EventT], EventT]:
    """Declare an event class and enter it in the catalogue.

    name: stable type name, "subject.verb". log: which clock of retention. outcome: what its leaves say.
    stays_open: appended even when the sequencer lags beyond the limit.
    Raises TypeError at import for a name already taken, or a name or field that cannot be in a leaf.
    """

    def declare(cls: EventT) -> EventT:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        if not EVENT_NAME.fullmatch(name):
            raise TypeError(f"{name!r} cannot name an event")  # a verifier would call its leaves a lie
        if name in _CATALOGUE:
            raise TypeError(f"event {name!r} is declared twice")
        declared = fields(made)  # type: ignore[arg-type]  # the line above made it a dataclass
        secret = tuple(sorted(one.name for one in declared if one.metadata.get("sealed")))
        hints = {one.name: get_type_hints(made)[one.name] for one in declared}
        rare = tuple(sorted(one.name for one in declared if one.metadata.get("absent")))
        public = sorted(hints.keys() - _ENVELOPE.keys() - set(secret))
        _check_fields(name, hints, public)
        envelope = tuple(sorted(hints.keys() & _ENVELOPE.keys()))
        facts = tuple(key for key in public if key not in rare)
        made.SPEC = Spec(name, log, outcome, stays_open, envelope, facts, secret, rare)
        _CATALOGUE[name] = made
        return made  # type: ignore[return-value]  # dataclass(slots=True) makes a class of the same interface

    return declare


def _check_fields(name: str, hints: dict[str, Any], public: list[str]) -> None:
    for key, hint in hints.items():
        if key in _ENVELOPE and not _types_of(hint) <= {_ENVELOPE[key], type(None)}:
            raise TypeError(f"{name}: {key} is {_ENVELOPE[key].__name__} in a leaf")
    for key in public:
        if key in KEYS or not FACT_KEY.fullmatch(key):
            raise TypeError(f"{name}: {key!r} cannot name a fact")
        if not _types_of(hints[key]) <= _FACT_TYPES:
            raise TypeError(f"{name}: {key} must be str, int, bool or None to stand in a leaf")


def _types_of(hint: Any) -> set[type]:  # noqa: ANN401  # any annotation
    """The runtime types a field may hold: through unions and literals; anything else counts as object."""
    origin = get_origin(hint)
    if origin is Literal:
        return {type(value) for value in get_args(hint)}
    if origin in {Union, UnionType}:
        return set().union(*(_types_of(part) for part in get_args(hint)))
    return {hint} if origin is None and isinstance(hint, type) else {object}


def catalogue() -> list[Line]:
    """Every event that exists (among the rooms imported so far), by name: the input of the golden test."""
    lines = []
    for name in sorted(_CATALOGUE):
        spec, hints = _CATALOGUE[name].SPEC, get_type_hints(_CATALOGUE[name])
        lines.append(
            Line(
                name,
                spec.log,
                spec.outcome,
                spec.stays_open,
                spec.envelope,
                {key: _spelled(hints[key]) for key in spec.facts}
                | {key: f"{_spelled(hints[key])} or absent" for key in spec.absent},
                {key: _spelled(hints[key]) for key in spec.payload},
            )
        )
    return lines


def _spelled(hint: Any) -> str:  # noqa: ANN401  # any annotation
    return hint.__name__ if get_origin(hint) is None else str(hint).replace("typing.", "")
