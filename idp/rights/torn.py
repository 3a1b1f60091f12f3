"""A COMMIT that a crash cut between SQLite's two files: an account without keys, or keys without an account.

No COMMIT covers both files. A process that is killed between their two writes leaves the database's alone;
a power cut may leave that of the keys alone, which is synced first. Whoever was being registered then was
told of nothing: the next start ends what there is of her, and she registers again. A unit that destroys keys
follows the one that deleted the rows, on the disk by then: nothing torn is of somebody who can sign in.

Keys and database of two moments (one was put back alone) look alike, but for how much is missing, and since
when: then nobody is ended, and `accord doctor` says so.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import SQLModel, col

from consent.ledger.sequencing.apart import HeadFile
from consent.ledger.sequencing.origins import standing
from consent.ledger.tables import LedgerEvent
from consent.rights.tables import Erasure
from foundation.clock import MINUTE
from foundation.database import Database
from foundation.ids import made_at, oldest_id_at
from foundation.statements import Statement
from idp.people.tables import Account, AccountAddress
from keys.tables import PersonKey

# Between the first look at a registration and its COMMIT, events of others included: far less.
WITHIN = MINUTE


class _Newest(NamedTuple):
    id: str | None


class _Half(NamedTuple):
    person_id: str


class _Halves:
    """Ids in one table that `whole` lacks: those made since a bound, and one of before it."""

    def __init__(self, table: type[SQLModel], key: str, *whole: tuple[type[SQLModel], str]) -> None:
        mine = col(getattr(table, key))
        lacks = [~select(1).where(col(getattr(other, name)) == mine).exists() for other, name in whole]
        found = select(mine).where(*lacks)
        self.late = Statement(found.where(mine >= bindparam("since")), _Half)
        self.early = Statement(found.where(mine < bindparam("since")).limit(1), _Half)


_ACCOUNT, _ERASED = (Account, "id"), (Erasure, "person_id")
_NEWEST = Statement(select(func.max(col(LedgerEvent.id))), _Newest)
_HALVES = (
    _Halves(Account, "id", (PersonKey, "person_id")),
    _Halves(PersonKey, "person_id", _ACCOUNT, _ERASED),
    _Halves(AccountAddress, "account_id", _ACCOUNT, _ERASED),
)


async def find_torn(db: Database, apart: HeadFile, first: str) -> set[str]:
    """Whose account a crash left by half; asked before this process writes any event.

    first: the log's first name.
    """
    if db.dialect != "sqlite" or (await standing(db, apart, first)).missing is not None:
        return set()
    torn: set[str] = set()
    async with db.transaction() as tx:  # the writer's turn: a neighbour's COMMIT is in both files, or in none
        newest = (await tx.one(_NEWEST)).id
        since = oldest_id_at(made_at(newest) - WITHIN if newest else 0)
        for halves in _HALVES if newest else ():
            late = await tx.all(halves.late, since=since)
            if late and await tx.first(halves.early, since=since) is None:
                torn.update(half.person_id for half in late)
    return torn
