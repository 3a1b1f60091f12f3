"""Searches that an auditor keeps: hers alone, under her own key, and not too many."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from consent.looking.tables import SavedView
from consent.pages.host import Member
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.statements import Statement, Write
from keys.holding import take_person
from keys.seal import seal, unseal

MOST = 20
LONGEST_NAME = 60


class View(NamedTuple):
    """A kept search. values: filter -> text."""

    id: str
    name: str
    values: Mapping[str, str]

    @property
    def href(self) -> str:
        return f"/audit?{urlencode(self.values)}"


class _Row(NamedTuple):
    id: str
    sealed: bytes


_OWN = col(SavedView.owner_id) == bindparam("owner_id")
_ALL = Statement(
    select(col(SavedView.id), col(SavedView.sealed)).where(_OWN).order_by(col(SavedView.id)), _Row
)
_INSERT = Write(insert(SavedView))
_DELETE = Write(delete(SavedView).where(_OWN, col(SavedView.id) == bindparam("view_id")))


async def views_of(tx: Transaction, member: Member) -> list[View]:
    """Hers, the oldest first."""
    rows = await tx.all(_ALL, owner_id=member.id)
    return [
        View(row.id, *orjson.loads(unseal(member.secrets.data_key, row.sealed, _place(row.id))))
        for row in rows
    ]


async def save_view(tx: Transaction, member: Member, name: str, values: Mapping[str, str], now: int) -> str:
    """Keep a search; its id. Raises AccordError too_many_views (409)."""
    await take_person(tx, member.id)  # one at a time: of two that would be the last, one is
    if len(await tx.all(_ALL, owner_id=member.id)) >= MOST:
        raise AccordError("too_many_views", "Delete a saved search first.", status=409)
    view_id = new_id(now)
    sealed = seal(member.secrets.data_key, orjson.dumps([name, dict(values)]), _place(view_id))
    await tx.run(_INSERT, id=view_id, owner_id=member.id, sealed=sealed)
    return view_id


async def delete_view(tx: Transaction, member: Member, view_id: str) -> bool:
    """Keep it no more; False when it is not hers, or not there."""
    return await tx.run(_DELETE, owner_id=member.id, view_id=view_id) > 0


def _place(view_id: str) -> bytes:
    return b"saved_view:" + view_id.encode()
