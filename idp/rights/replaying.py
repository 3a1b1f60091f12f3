"""Erasures hold whatever is restored: before a database serves, who is on the list apart is erased again.

Database and keys are restored apart, each of its own moment: what is left of either goes. An erasure that a
crash kept from its end comes to it here. In a database that was never restored nobody on the list is there
any more, and nothing happens. One that cannot be brought to that state does not open.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
import structlog
from sqlalchemy import Executable, select, union
from sqlmodel import col

from consent.mirror.lists import given
from consent.rights.tables import Erasure
from foundation.statements import Statement
from idp.context import Server
from idp.people.tables import Account, AccountAddress
from idp.rights.apart import ErasureList, Gone
from idp.rights.erasure import Erased, Eraser, Order, finish
from keys.tables import PersonKey

log = structlog.get_logger("rights")

_AT_ONCE = 1_000


class _Here(NamedTuple):
    person_id: str


def _here(dialect: str) -> Executable:
    places = (col(Account.id), col(AccountAddress.account_id), col(PersonKey.person_id))
    return union(*(select(one).where(one.in_(given(dialect, "people"))) for one in places))


_HERE = Statement(_here, _Here)
_UNFINISHED = Statement(
    select(col(PersonKey.person_id)).join(Erasure, col(Erasure.person_id) == col(PersonKey.person_id)), _Here
)


def list_of(server: Server) -> ErasureList:
    """The list apart of a server."""
    return ErasureList(server.settings.erasures_path)


async def see_through(server: Server, person_id: str, erased: Erased, at: int) -> bool:
    """What follows an erasure that has committed: her keys, and the list. False: that is tried again."""
    await _end(server, person_id)
    try:
        await list_of(server).add(Gone(at, person_id, erased.event_id))
    except OSError as error:
        log.warning("an erasure could not be written apart", error_code=type(error).__name__)
        return False
    return True


async def erase_again(server: Server, torn: Iterable[str] = ()) -> int:
    """Erase whoever a restored backup brought back; how many. Raises SettingsError for a damaged list.

    torn: of whom a crash left a half only (torn.py).
    """
    async with server.db.reading() as tx:
        cut_off = await tx.all(_UNFINISHED)
    for row in cut_off:
        await _end(server, row.person_id)
    gone, erased = await list_of(server).read(), 0
    for first in range(0, len(gone), _AT_ONCE):
        for person_id in await _back(server, gone[first : first + _AT_ONCE]):
            erased += await _erase(server, person_id)
    if erased:
        log.warning("a restored database had people who were erased since: erased again", count=erased)
    for person_id in torn:
        await _erase(server, person_id)
        log.warning("a crash cut a registration in two: its half is ended")
    return erased


async def _erase(server: Server, person_id: str) -> bool:
    order = Order(person_id, "restore", server.clock.now())
    async with server.db.transaction() as tx:
        rows = await Eraser(server, server.decisions).erase(tx, order) is not None
    return await _end(server, person_id) or rows


async def _end(server: Server, person_id: str) -> bool:
    async with server.db.transaction() as tx:
        return await finish(server, tx, person_id)


async def _back(server: Server, gone: Sequence[Gone]) -> list[str]:
    async with server.db.reading() as tx:
        found = await tx.all(_HERE, people=orjson.dumps([one.person_id for one in gone]).decode())
    return sorted(row.person_id for row in found)
