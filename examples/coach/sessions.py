"""Who is here, in memory: bounded, expiring, gone at restart. Browsers hold no token and no personal datum.

A visitor's cookie is a random value. Storage is used only for trips to Accord that have begun and for people
who came back signed in, so that a flood of anonymous visits cannot push anybody out.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from examples.coach.authorization import Pending
from examples.coach.outbound import Token
from examples.coach.portfolio import Portfolio

PENDING_SECONDS = 30 * 60
SESSION_SECONDS = 8 * 3600
IDLE_SECONDS = 3600
_MOST_PENDING = 2000
_MOST_SESSIONS = 2000
_MOST_SEEN = 10_000

Held = TypeVar("Held")


@dataclass(slots=True)
class Session:
    """A signed-in person. Times are seconds since 1970.

    granted: scopes of the current token. portfolio: the copy we hold. checked_at: when Accord last said yes.
    over: why it is, "withdrawn" or "ended", once Accord told us so; she is told at her next page.
    busy_until: Accord asked us to wait. paused: by her, at Accord. lock: one conversation with Accord at a
    time, so that a refresh token is never used twice by two tabs.
    """

    subject: str
    name: str
    email: str
    started_at: float
    checked_at: float
    token: Token = field(repr=False)
    granted: frozenset[str] = frozenset()
    portfolio: Portfolio = field(default_factory=Portfolio, repr=False)
    unread: frozenset[str] = frozenset()
    over: str = ""
    busy_until: float = 0.0
    paused: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def once(self) -> bool:
        """Shared "une seule fois": no refresh token came, the access ends with its token."""
        return not self.token.get("refresh_token")

    def forget(self) -> None:
        """Deletes what was received, for every request that still holds this object too."""
        self.token, self.granted, self.portfolio = {}, frozenset(), Portfolio()
        self.name = self.email = ""


class Shelf(Generic[Held]):
    """A bounded place: what is too old is gone, and the oldest makes room. Keys are kept as hashes.

    most: entries. longest, idle: seconds an entry lives, and lives without being used. clock: seconds.
    """

    def __init__(self, *, most: int, longest: float, idle: float, clock: Callable[[], float]) -> None:
        self._most, self._longest, self._idle, self._clock = most, longest, idle, clock
        self._entries: OrderedDict[str, tuple[float, float, Held]] = OrderedDict()

    def put(self, key: str, held: Held) -> None:
        now = self._clock()
        self._sweep(now)
        while len(self._entries) >= self._most:
            self._entries.popitem(last=False)
        self._entries[_hashed(key)] = (now, now, held)

    def get(self, key: str) -> Held | None:
        now = self._clock()
        self._sweep(now)
        entry = self._entries.get(_hashed(key))
        if entry is None:
            return None
        self._entries[_hashed(key)] = (entry[0], now, entry[2])
        self._entries.move_to_end(_hashed(key))
        return entry[2]

    def take(self, key: str) -> Held | None:
        """Get and forget in one step: what is taken cannot be taken twice."""
        self._sweep(self._clock())
        entry = self._entries.pop(_hashed(key), None)
        return entry[2] if entry else None

    def held(self) -> list[Held]:
        """All that is here; looking does not count as using."""
        self._sweep(self._clock())
        return [held for _, _, held in self._entries.values()]

    def __len__(self) -> int:
        return len(self._entries)

    def _sweep(self, now: float) -> None:
        old = [
            key
            for key, (started, used, _) in self._entries.items()
            if now - started > self._longest or now - used > self._idle
        ]
        for key in old:
            del self._entries[key]


class Known:
    """The events we acted on already, by `jti`: each may arrive twice. Bounded; the oldest makes room."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    def add(self, jti: str) -> bool:
        """Remember it; False when we had it."""
        if jti in self._seen:
            return False
        self._seen[jti] = None
        while len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return True


def pending_shelf(clock: Callable[[], float]) -> Shelf[Pending]:
    """Trips that have begun, by `state`."""
    return Shelf(most=_MOST_PENDING, longest=PENDING_SECONDS, idle=PENDING_SECONDS, clock=clock)


def session_shelf(clock: Callable[[], float]) -> Shelf[Session]:
    """Signed-in people, by the value of their cookie."""
    return Shelf(most=_MOST_SESSIONS, longest=SESSION_SECONDS, idle=IDLE_SECONDS, clock=clock)


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
