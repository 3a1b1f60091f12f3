"""How far a search looks at once: never through the whole log, whatever is asked.

What no index tells is looked for among the events that one does tell, no more than LOOKED of them: then the
page says how far it came, and the next goes on from there. The index is the one by which those events are the
fewest, or go back the farthest; finding out costs a count in each, no further than that.
"""

from contextlib import aclosing
from functools import cache
from typing import NamedTuple

from sqlalchemy import Executable, Integer, bindparam, func, select
from sqlmodel import col

from consent.ledger.searching.find import SHELVED, Fields, Found, find, in_index, telling
from consent.ledger.searching.kinds import told_by_name
from consent.ledger.shelves import Window, on_shelves, slices, window_of
from consent.ledger.tables import LedgerEntry
from foundation.database import Transaction
from foundation.statements import Statement

LOOKED = 3_000
_FEW = 100  # an index that leads to so few is taken without asking the others


class Reach(NamedTuple):
    """How many events an index has in a window, counted up to a limit, and the oldest of those."""

    events: int
    oldest: str | None


class Reached(NamedTuple):
    """What was found, newest first. edge: nothing before this id was looked at; None: there is no more."""

    found: list[Found]
    edge: str | None


async def look(tx: Transaction, fields: Fields, window: Window, limit: int) -> Reached:
    """At most `limit` events with these fields (as in `find`), newest first, among LOOKED events at most."""
    if "first" in fields or "last" in fields:
        window = await window_of(tx, window, int(fields.get("first", 0)), int(fields.get("last", 2**53)))
    if told_by_name(fields):
        return Reached(await find(tx, fields, window, limit), None)
    indexes = telling(fields)
    if len(fields) <= len(indexes) <= 1:
        return Reached(await find(tx, fields, window, limit), None)
    by, reach = await _choose(tx, fields, indexes, window)
    edge = reach.oldest if reach.events == LOOKED else None
    if edge is not None:
        window = Window(edge, window.high)
    return Reached(await find(tx, fields, window, limit, by=by), edge)


async def _choose(
    tx: Transaction, fields: Fields, indexes: list[str], window: Window
) -> tuple[str | None, Reach]:
    """The index to take, None for that of all events, and how far it leads."""
    best: tuple[str | None, Reach] | None = None
    for name in (*indexes,) or (None,):
        reach = await _reach(tx, name, fields, window)
        if best is None or _rank(reach) < _rank(best[1]):
            best = name, reach
        if reach.events <= _FEW:
            break
    if best is None:
        raise RuntimeError("no index, not even that of all")
    return best


def _rank(reach: Reach) -> tuple[int, str]:
    """Fewer first; of those with too many, who goes back the farthest."""
    return reach.events, reach.oldest or ""


async def _reach(tx: Transaction, name: str | None, fields: Fields, window: Window) -> Reach:
    values = {} if name is None else {"value": fields[name]}
    statement = _counted(name)
    if name not in SHELVED:
        return await tx.one(statement, **window._asdict(), **values, limit=LOOKED)
    reach = Reach(0, None)
    async with aclosing(slices(tx, window, ascending=False)) as pieces:
        async for piece in pieces:
            left = LOOKED - reach.events
            more = await tx.one(statement, **piece._asdict(), **values, limit=left)
            reach = Reach(reach.events + more.events, more.oldest or reach.oldest)
            if more.events == left:
                break
    return reach


@cache
def _counted(name: str | None) -> Statement[Reach]:
    event_id = col(LedgerEntry.event_id)

    def build(dialect: str) -> Executable:
        some = select(event_id).where(event_id >= bindparam("low"), event_id < bindparam("high"))
        if name is not None:
            some = some.where(in_index(name, bindparam("value")))
        if name in SHELVED:
            some = some.where(on_shelves(dialect))
        some = some.order_by(event_id.desc()).limit(bindparam("limit", type_=Integer))
        piece = some.subquery("piece")
        return select(func.count(), func.min(piece.c.event_id)).select_from(piece)

    return Statement(build, Reach, by_values=True)
