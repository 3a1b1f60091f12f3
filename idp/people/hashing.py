"""Argon2id, off the event loop and never inside a database unit.

A bounded pool: each hash takes 19 MiB and some 25 ms of a core, so a flood of sign-ins must queue, and a
longer one be refused, before it takes the machine. Unknown accounts are verified against a dummy, at the
same cost.
"""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from foundation.errors import AccordError
from idp.people.passwords import MAX_CHARACTERS, canonical

T = TypeVar("T")

# OWASP's first choice of parameters for argon2id.
MEMORY_KIB = 19 * 1024
PASSES = 2
_THREADS = 2
_QUEUE = 64


def salt_of(stored: str) -> str:
    """The salt in a PHC string: it stays until the password changes. A text that is none is its own."""
    return stored.rpartition("$")[0].rpartition("$")[2] or stored


class Verdict(NamedTuple):
    """What a verification found."""

    matches: bool
    outdated: bool  # the hash was made with other parameters and should be made anew


class Hasher:
    """Hashes and verifies passwords in `threads` threads; at most `queue` callers wait for one."""

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        passes: int = PASSES,
        threads: int = _THREADS,
        queue: int = _QUEUE,
    ) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._queue = threads + queue
        self._pending = 0
        self._dummy = self._pool.submit(self._argon2.hash, b"nobody's password")

    async def hash(self, password: str) -> str:
        """The PHC string of a password. Raises AccordError temporarily_unavailable when too many wait."""
        encoded = canonical(password)
        return await self._run(lambda: self._argon2.hash(encoded))

    async def hash_anew(self, stored: str, password: str) -> str:
        """The same password's hash, with today's parameters and the salt that it has."""
        encoded, salt = canonical(password), b64decode(salt_of(stored) + "==")
        return await self._run(lambda: self._argon2.hash(encoded, salt=salt))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether `password` is the one hashed in `stored`; in the same time when `stored` is None.

        Raises AccordError temporarily_unavailable when too many wait.
        """
        encoded = canonical(password[: MAX_CHARACTERS + 1])  # one more never matches, and costs no more
        return await self._run(lambda: self._verdict(stored, encoded))

    def close(self) -> None:
        """Finish what is under way and end the threads."""
        self._pool.shutdown()

    def _verdict(self, stored: str | None, encoded: bytes) -> Verdict:
        try:
            self._argon2.verify(stored or self._dummy.result(), encoded)
        except (VerificationError, InvalidHashError):
            return Verdict(matches=False, outdated=False)
        if stored is None:
            return Verdict(matches=False, outdated=False)
        return Verdict(matches=True, outdated=self._argon2.check_needs_rehash(stored))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pending >= self._queue:
            raise AccordError(
                "temporarily_unavailable",
                "Too many people are signing in at once. Try again in a moment.",
                status=503,
                detail="the password queue is full",
                headers={"Retry-After": "2"},
            )
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._pending -= 1
