"""What these pages are given by the assembler beside what every page has."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent.retention.clocks import Clocks
from consent.taking.exports import Exports
from foundation.database import Transaction

# What the app of a grant was told, a document each; what checks receipts apart from us, as we publish it.
Told = Callable[[Transaction, str], Awaitable[Sequence[Mapping[str, Any]]]]
Keys = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Means:
    """vkey: the log's public key. clocks: how long its months are kept."""

    exports: Exports
    issuer: str
    vkey: str
    told: Told
    keys: Keys
    clocks: Clocks
