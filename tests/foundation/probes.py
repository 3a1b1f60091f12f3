"""Tables of the tests' own, for the storage alone: the rooms' tables carry rules of theirs."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from foundation.database import Database
from foundation.statements import Bulk, Statement

_DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}
METADATA = sa.MetaData()
PROBE = sa.Table(
    "probe",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.String),
    sa.Column("body", sa.LargeBinary),
)
LEAF = sa.Table(
    "probe_leaf",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("probe_id", sa.String, sa.ForeignKey("probe.id"), nullable=False),
)


class Row(NamedTuple):
    id: str
    amount: int
    owner: str | None
    body: bytes | None


class Id(NamedTuple):
    id: str


class Count(NamedTuple):
    count: int


P = PROBE.c
INSERT = Statement(sa.insert(PROBE))
BULK = Bulk(PROBE)
INSERT_RETURNING = Statement(sa.insert(PROBE).returning(P.id), Id)
INSERT_LEAF = Statement(sa.insert(LEAF))
SELECT = Statement(sa.select(P.id, P.amount, P.owner, P.body).where(P.id == sa.bindparam("id")), Row)
SELECT_IDS = Statement(sa.select(P.id).order_by(P.id), Id)
COUNT = Statement(sa.select(sa.func.count()).select_from(PROBE), Count)
ADD = Statement(
    sa.update(PROBE).values(amount=P.amount + sa.bindparam("more")).where(P.id == sa.bindparam("which"))
)
CLAIM = Statement(
    sa.update(PROBE)
    .values(owner=sa.bindparam("new_owner"))
    .where(P.id == sa.bindparam("which"), P.owner.is_(None))
)
DELETE = Statement(sa.delete(PROBE).where(P.id == sa.bindparam("which")))


def row(key: str, amount: int = 0, owner: str | None = None, body: bytes | None = None) -> dict[str, object]:
    return {"id": key, "amount": amount, "owner": owner, "body": body}


async def create_probes(db: Database) -> None:
    async with db.transaction() as tx:
        for table in (PROBE, LEAF):
            await tx.run(Statement(sa.text(str(CreateTable(table).compile(dialect=_DIALECTS[db.dialect])))))


async def ids(db: Database) -> set[str]:
    async with db.reading() as tx:
        return {found.id for found in await tx.all(SELECT_IDS)}


async def write(db: Database, key: str, **values: object) -> None:
    async with db.transaction() as tx:
        await tx.run(INSERT, **(row(key) | values))
