"""The auditors' and the person's view: pages of events by filter, newest or oldest first.

Every order is that of event ids, which is that of time: one cursor serves events that have a place in the
tree and those that still wait for one. A page costs an index range, however long the log is.
"""

from typing import Literal, NamedTuple

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.moments import moment_of, promised_by
from consent.ledger.searching.find import Found, find
from consent.ledger.searching.reach import look
from consent.ledger.shelves import Window
from consent.ledger.store import read_head
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id

PAGE = 50
MAX_PAGE = 500


class Filters(NamedTuple):
    """What to look for; None does not filter.

    person: a pseudonym. scope, purpose: one of those that an event lists. first, last: positions between
    which it stands, both included. since, until: microseconds, [since, until), to the millisecond.
    """

    event: str | None = None
    log: str | None = None
    outcome: str | None = None
    client: str | None = None
    person: str | None = None
    grant: str | None = None
    request: str | None = None
    scope: str | None = None
    purpose: str | None = None
    first: int | None = None
    last: int | None = None
    since: int | None = None
    until: int | None = None

    def fields(self) -> dict[str, str | int]:
        """What `find` takes: everything but the moments."""
        fields = self._replace(since=None, until=None)._asdict()
        return {name: value for name, value in fields.items() if value is not None}


class Row(NamedTuple):
    """One event of a page.

    leaf: None when the stored text is no leaf (the verifier says why). position: its place in the tree, or
    None while it waits. deadline: when a signed head covers a promised event at the latest, microseconds.
    """

    event_id: str
    leaf: Leaf | None
    position: int | None
    state: Literal["integrated", "promised"]
    deadline: int | None


class Page(NamedTuple):
    """Rows, and the cursor that asks for those that follow (None on the last page).

    looked_to: of a page that is not full but looked at enough: back to when, microseconds.
    """

    rows: list[Row]
    cursor: str | None
    looked_to: int | None = None


async def search(
    tx: Transaction, origin: str, filters: Filters, *, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """Events that match every filter, newest first. Raises AccordError bad_cursor (400)."""
    window = Window.of(filters.since, filters.until)
    if cursor is not None:
        window = window.before(_checked(cursor))
    found, edge = await look(tx, filters.fields(), window, _asked(limit))
    page = await _page(tx, origin, found, limit)
    if page.cursor is not None or edge is None:
        return page
    return page._replace(cursor=edge, looked_to=moment_of(edge))


async def dossier(
    tx: Transaction, origin: str, grant: str, *, cursor: str | None = None, limit: int = MAX_PAGE
) -> Page:
    """All events of a grant, oldest first: its story. Raises AccordError bad_cursor (400)."""
    window = Window.of(None, None)
    if cursor is not None:
        window = window.after(_checked(cursor))
    found = await find(tx, {"grant": grant}, window, _asked(limit), ascending=True)
    return await _page(tx, origin, found, limit)


async def _page(tx: Transaction, origin: str, found: list[Found], limit: int) -> Page:
    """The first `limit` of what was found; one more was asked for, to know whether others follow."""
    head = await read_head(tx, origin)
    signed = 0 if head is None else head.size
    shown = found[: _asked(limit) - 1]
    return Page([_row(one, signed) for one in shown], shown[-1].event_id if len(found) > len(shown) else None)


def _leaf(found: Found) -> Leaf | None:
    try:
        return parse_leaf(found.leaf)
    except LeafError:
        return None


def _row(found: Found, signed: int) -> Row:
    leaf = _leaf(found)
    if found.position is not None and found.position < signed:
        return Row(found.event_id, leaf, found.position, "integrated", None)
    return Row(found.event_id, leaf, found.position, "promised", promised_by(found.event_id))


def _asked(limit: int) -> int:
    return max(1, min(limit, MAX_PAGE)) + 1


def _checked(cursor: str) -> str:
    if not is_id(cursor):
        raise AccordError("bad_cursor", "This page link is damaged. Start the search again.")
    return cursor
