"""Asking witnesses to cosign our newest head, off every hot path (C2SP tlog-witness).

Each witness is asked by itself: one that is slow, silent or lies holds up nobody, and is asked again later
and later. Nothing depends on an answer but what is said of the log: witnessed, by whom, or not.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from consent.ledger.merkle import ProofError
from consent.ledger.notes.adding import Submission
from consent.ledger.notes.cosignature import cosigned_at
from consent.ledger.notes.note import NoteError, known_signatures, parse_note
from consent.ledger.notes.policy import Policy, Witness
from consent.ledger.proofs import prove_consistency
from consent.ledger.store import Head, read_head
from consent.ledger.tiles import TileError
from consent.ledger.witnessing.witnessed import Cosigned, keep_cosignature, last_cosigned, name_of
from foundation.clock import MINUTE, SECOND, Clock
from foundation.database import Database

log = structlog.get_logger("ledger")

_FIRST_PAUSE = 5 * SECOND
_LONGEST_PAUSE = 10 * MINUTE
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n", re.ASCII)


class Reply(NamedTuple):
    """What a witness answered."""

    status: int
    body: bytes


# A submission prefix and a body; raises UnansweredError.
Post = Callable[[str, bytes], Awaitable[Reply]]


class UnansweredError(Exception):
    """A witness gave no cosignature; the message says why."""


class Standing(NamedTuple):
    """How it stands with a witness. size: of the head that it saw last; pause: until it is asked again."""

    size: int = 0
    failures: int = 0
    not_before: int = 0
    reason: str = ""


class Asking:
    """One for the process that signs. policy: its witnesses with an address are asked."""

    def __init__(self, db: Database, origin: str, policy: Policy, post: Post, clock: Clock) -> None:
        self._db = db
        self._origin = origin
        self._policy = policy
        self._post = post
        self._clock = clock
        self._witnesses = [one for one in policy.witnesses if one.url]
        self.needed = bool(self._witnesses)
        self._keeping = asyncio.Lock()
        self._standing: dict[str, Standing] | None = None  # None until what is stored was read

    def standing(self) -> dict[str, Standing]:
        """How it stands with each witness that is asked, by the name that the policy gives it."""
        known = self._standing or {}
        return {one.name: known.get(one.name, Standing()) for one in self._witnesses}

    async def look(self) -> None:
        """Take what is stored: at the start, and where another process asks."""
        async with self._db.reading() as tx:
            self._standing = _stored(self._witnesses, await last_cosigned(tx, self._origin))

    async def ask(self) -> int:
        """Ask each witness whose turn it is; how many cosigned."""
        if self._standing is None:
            await self.look()
        async with self._db.reading() as tx:
            head = await read_head(tx, self._origin)
        if head is None:
            return 0
        turns = [one for one in self._witnesses if self._has_turn(self.standing()[one.name], head)]
        return sum(await asyncio.gather(*(self._ask(one, head) for one in turns)))

    def _has_turn(self, standing: Standing, head: Head) -> bool:
        return standing.size < head.size and standing.not_before <= self._clock.now()

    async def _ask(self, witness: Witness, head: Head) -> bool:
        before = self.standing()[witness.name]
        try:
            given = await self._cosigned(witness, head, before.size)
        except UnansweredError as error:
            self._failed(witness, before, str(error))
            return False
        # One after the other: each sees those before it, and the one that makes a quorum says so.
        async with self._keeping, self._db.transaction() as tx:
            await keep_cosignature(tx, self._origin, head, self._policy, given)
        self._set(witness, Standing(head.size))
        return True

    async def _cosigned(self, witness: Witness, head: Head, seen: int) -> Cosigned:
        """The cosignature, asked once more where the witness has seen another size than we thought."""
        reply = await self._submit(witness, head, seen)
        if reply.status == 409:
            size = _SIZE.fullmatch(reply.body)
            if size is None or int(size[1]) > head.size:
                raise UnansweredError(f"it says that it has seen {reply.body[:20]!r}; we have {head.size}")
            reply = await self._submit(witness, head, int(size[1]))
        if reply.status != 200:
            raise UnansweredError(f"{reply.status}")
        return _checked(witness, head, reply.body)

    async def _submit(self, witness: Witness, head: Head, seen: int) -> Reply:
        try:
            async with self._db.reading() as tx:
                proof = await prove_consistency(tx, seen, head.size) if seen else ()
        except (ProofError, TileError) as error:
            raise UnansweredError(f"no proof from {seen}: {error}") from None
        return await self._post(witness.url, Submission(seen, proof, head.note).body())

    def _failed(self, witness: Witness, before: Standing, reason: str) -> None:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE << min(before.failures, 10))
        again = self._clock.now() + pause
        self._set(witness, Standing(before.size, before.failures + 1, again, reason))
        log.warning("witness_gave_no_cosignature", witness=ascii(witness.name), reason=reason)

    def _set(self, witness: Witness, standing: Standing) -> None:
        assert self._standing is not None  # noqa: S101  # read before anybody is asked
        self._standing[witness.name] = standing


def _stored(witnesses: list[Witness], kept: list[Cosigned]) -> dict[str, Standing]:
    sizes = {one.witness: one.size for one in kept}
    return {one.name: Standing(sizes.get(name_of(one.cosigner), 0)) for one in witnesses}


def _checked(witness: Witness, head: Head, body: bytes) -> Cosigned:
    """The cosignature of this very witness in an answer; what else it says is ignored."""
    try:
        note = parse_note(head.note + body.decode())
        signature = known_signatures(note, [witness.cosigner]).get(witness.cosigner)
        if signature is None:
            raise UnansweredError("200, and no cosignature of its key")
        at = cosigned_at(signature.data) * SECOND
    except (NoteError, UnicodeDecodeError) as error:
        raise UnansweredError(f"200, and a false cosignature: {error}") from None
    return Cosigned(name_of(witness.cosigner), head.size, signature.line, at)
