"""Whose keys open an event's payload: found through its grant, for the verifier."""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.leaf import Leaf
from consent.tables import Grant
from foundation.statements import Statement
from idp.context import Server
from keys.people import PersonSecrets

_MOST_KEPT = 10_000


class _Person(NamedTuple):
    person_id: str | None


_PERSON_OF = Statement(select(col(Grant.person_id)).where(col(Grant.id) == bindparam("grant_id")), _Person)


class PayloadKeys:
    """Opens keys by grant, remembering the last ones: a log has long runs of few grants."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, PersonSecrets | None] = {}

    async def of(self, leaf: Leaf, *, anew: bool = False) -> PersonSecrets | None:
        """The keys of the person a leaf is about; None when no grant leads to her, or she was erased.

        anew: whatever is remembered.
        """
        if leaf.grant is None:
            return None
        if anew or leaf.grant not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[leaf.grant] = await self._find(leaf.grant)
        return self._known[leaf.grant]

    async def _find(self, grant_id: str) -> PersonSecrets | None:
        async with self._server.db.reading() as tx:
            row = await tx.first(_PERSON_OF, grant_id=grant_id)
            if row is None or row.person_id is None:
                return None
            return await self._server.people.find(tx, row.person_id)
