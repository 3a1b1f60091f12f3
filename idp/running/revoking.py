"""Ending a signing key in an emergency, and every access token that it signed.

A token that somebody forged with a stolen key never had a row here and opens nothing; the key set protects
those who verify by themselves. The tokens that were really issued end with the key all the same: to whoever
verifies by the key set they are worth nothing any more, and one answer is better than two. Apps refresh.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlmodel import col

from foundation.clock import MINUTE, SECOND
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.context import Server
from idp.duties.asking import every_client
from idp.running.keyring import RING_SECONDS, revoke_key
from idp.token.tables import AccessToken
from keys.lifecycle import CLOCKS_DIFFER
from keys.making import Slot
from keys.ring import ALL_KEYS, KeyRow
from keys.rotation import KeyChange

ACCESS_TOKENS = Slot("token", "ES256")
# By then every process signs with the successor: it has looked, and what was under way has been answered.
FOLLOWED_SECONDS = 2 * RING_SECONDS + 1
_PIECE = 500


class Revoked(NamedTuple):
    """What a revocation did; tokens: the interval in which it signed access tokens, None where it did not."""

    row: KeyRow
    changes: Sequence[KeyChange]
    tokens: tuple[int, int | None] | None


class _Count(NamedTuple):
    tokens: int


class _Id(NamedTuple):
    id: str


_LIVING = (
    col(AccessToken.id) >= bindparam("first"),
    col(AccessToken.id) < bindparam("last"),
    col(AccessToken.revoked_at).is_(None),
    col(AccessToken.expires_at) > bindparam("now"),
)
_COUNT = Statement(select(func.count()).select_from(AccessToken).where(*_LIVING), _Count)
_PIECE_END = Statement(
    select(col(AccessToken.id)).where(*_LIVING).order_by(col(AccessToken.id)).offset(_PIECE).limit(1), _Id
)
_END = Write(update(AccessToken).where(*_LIVING).values(revoked_at=bindparam("now")))


async def find_key(server: Server, kid: str) -> KeyRow | None:
    """The key of that name, as the database has it."""
    async with server.db.reading() as tx:
        return next((row for row in await tx.all(ALL_KEYS) if row.kid == kid), None)


async def revoke(server: Server, row: KeyRow, reason: str) -> Revoked:
    """Revoke a key of a purpose that rotates; again is no harm: what a cut command left is then done."""
    changes = await revoke_key(server, row.kid, reason)
    return Revoked(row, changes, _signed_tokens(row))


def _signed_tokens(row: KeyRow) -> tuple[int, int | None] | None:
    if Slot(row.purpose, row.alg) != ACCESS_TOKENS or row.activated_at is None:
        return None
    until = None if row.retired_at is None else row.retired_at + int(FOLLOWED_SECONDS * SECOND)
    return row.activated_at - CLOCKS_DIFFER, None if until is None else until + CLOCKS_DIFFER


async def end_tokens(
    server: Server,
    interval: tuple[int, int | None],
    begin: Callable[[int], Callable[[int], None]] = lambda _total: lambda _done: None,
) -> int:
    """End what is alive of the access tokens of an interval, a piece at a time; how many.

    begin: is told how many there are, and gives what is told how many are done.
    """
    now = server.clock.now()
    since, until = interval
    first, last = oldest_id_at(since), oldest_id_at(now + MINUTE if until is None else until)
    async with server.db.reading() as tx:
        total = (await tx.one(_COUNT, first=first, last=last, now=now)).tokens
    watch, ended = begin(total), 0
    while True:
        async with server.db.transaction() as tx:
            end = await tx.first(_PIECE_END, first=first, last=last, now=now)
            piece_last = last if end is None else end.id
            ended += await tx.run(_END, first=first, last=piece_last, now=now)
        watch(ended)
        if end is None:
            return ended
        first = end.id


async def who_verifies(server: Server, alg: str) -> list[dict[str, Any]]:
    """The apps that read what a token key of `alg` signs for them: they are to fetch the key set again."""
    return [
        {"client_id": client.id, "name": client.metadata.name}
        for client in await every_client(server)
        if alg in {client.metadata.id_token_alg, client.metadata.authorization_signed_response_alg}
    ]
