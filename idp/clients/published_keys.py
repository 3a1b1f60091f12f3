"""The keys that apps publish at an address of theirs (`jwks_uri`), as this process last saw them.

A cache and nothing more: every node has its own, and one that was lost costs a fetch. Nobody can make us
fetch often: an address is asked once a minute, however many calls name keys that we do not know, and those
that wait for it wait for one fetch. An app that has just turned its keys need not wait for that minute
(OpenID Connect Core section 10.1.1): up to three fetches may come in a row, and are paid for by those that
then do not. Never called inside a unit of the database.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from joserfc.jwk import KeySet

from foundation.clock import HOUR, MINUTE, SECOND
from foundation.outbound.fetching import Answer, Outbound
from foundation.outbound.problems import OutboundError
from idp.clients.assertion import UnverifiedAssertion
from idp.clients.jwks import MAX_LENGTH, read_published_jwks
from idp.clients.registry import Client

log = structlog.get_logger("published_keys")

ASKED_EVERY = MINUTE  # on the whole, whatever happens
IN_A_ROW = 3  # fetches at most for keys that a set which we hold does not know
SHORTEST, LONGEST = 5 * MINUTE, 15 * MINUTE  # how long a set is taken as it is; its Cache-Control may say
KEPT = HOUR  # how long the last good set outlives an address that fails
_MOST_SETS = 1000
_ACCEPT = "application/jwk-set+json, application/json"
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?([0-9]{1,9})\b", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class _Held:
    """One address; microseconds of a clock that only goes forward.

    paid_until: a minute for each time that it was asked. answers: how many fetches have ended.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    keys: KeySet | None = None
    fresh_until: int = 0
    kept_until: int = 0
    paid_until: int = 0
    answers: int = 0

    def serves(self, kid: str | None, now: int) -> bool:
        """Whether what is held can judge a signature by the key `kid` (None: not named)."""
        if self.keys is None or now >= self.kept_until:
            return False
        return kid is None or any(key.kid == kid for key in self.keys)

    def is_to_ask(self, kid: str | None, now: int) -> bool:
        """Whether the address is to be asked before a signature by the key `kid` is judged."""
        serves = self.serves(kid, now)
        is_turned = not serves and self.keys is not None and now < self.kept_until
        if now + (IN_A_ROW - 1) * ASKED_EVERY * is_turned < self.paid_until:
            return False
        return now >= self.fresh_until or not serves


def _since_start() -> int:
    return time.monotonic_ns() // 1000


class PublishedKeys:
    """The sets of one process, by address. elapsed: microseconds, from anywhere, never back."""

    def __init__(self, outbound: Outbound, elapsed: Callable[[], int] = _since_start) -> None:
        self._outbound = outbound
        self._elapsed = elapsed
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def of(self, client: Client) -> KeySet | None:
        """The keys that an app publishes; None while it has none to show, or none at an address at all."""
        held = self._held.get(client.metadata.jwks_uri or "")
        return None if held is None or self._elapsed() >= held.kept_until else held.keys

    def is_due(self, client: Client) -> bool:
        """Whether the app's address is to be asked before its keys are used, and it may be."""
        uri = client.metadata.jwks_uri
        return uri is not None and self._held_of(uri).is_to_ask(None, self._elapsed())

    async def renewed(self, assertion: UnverifiedAssertion, client: Client | None) -> bool:
        """Whether the app's address had to be asked before this assertion of its is judged.

        That takes as long as a fetch may (3 s): what was loaded before is then to be loaded again.
        """
        if client is None or client.suspended or client.metadata.auth_method != "private_key_jwt":
            return False
        return await self.renewed_for(client, assertion.kid)

    async def renewed_for(self, client: Client, kid: str | None) -> bool:
        """The same for whatever an app signed with the key `kid` (None: not named)."""
        uri = client.metadata.jwks_uri
        if uri is None:
            return False
        held, now = self._held_of(uri), self._elapsed()
        being_asked = held.turn.locked() and not held.serves(kid, now)
        if not being_asked and not held.is_to_ask(kid, now):
            return False
        answers = held.answers
        async with held.turn:
            if held.answers == answers and held.is_to_ask(kid, self._elapsed()):  # nobody did, meanwhile
                await self._ask(uri, held, client.id)
        return True

    def _held_of(self, uri: str) -> _Held:
        held = self._held.setdefault(uri, _Held())
        self._held.move_to_end(uri)
        if len(self._held) > _MOST_SETS:
            self._held.popitem(last=False)
        return held

    async def _ask(self, uri: str, held: _Held, client_id: str) -> None:
        held.paid_until = max(self._elapsed(), held.paid_until) + ASKED_EVERY
        try:
            answer = await self._outbound.fetch(uri, accept=_ACCEPT, most=MAX_LENGTH)
            keys = _read(answer)
        except OutboundError as error:
            log.warning("jwks_not_fetched", app=client_id, reason=error.code, detail=error.detail)
        except ValueError as error:
            log.warning("jwks_refused", app=client_id, detail=str(error))
        else:
            now = self._elapsed()
            held.keys, held.kept_until = keys, now + KEPT
            held.fresh_until = now + _freshness(answer.headers)
        finally:
            held.answers += 1


def _read(answer: Answer) -> KeySet:
    if answer.media_type != "application/json" and not answer.media_type.endswith("+json"):
        raise ValueError("the address answers with something else than JSON")
    return read_published_jwks(answer.body.decode("utf-8"))


def _freshness(headers: Mapping[str, str]) -> int:
    """How long an answer may be taken for the present one (RFC 9111 section 5.2.2), within our bounds."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    return SHORTEST if found is None else min(max(int(found[1]) * SECOND, SHORTEST), LONGEST)
