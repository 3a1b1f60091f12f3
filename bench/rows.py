"""Rows of grants and of recorded reads, written straight into fresh storage: a long life in a minute.

As the server writes them, but for pseudonyms and salts, which are all the same.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert

from consent.choices import Choice as Chosen
from consent.choices import share
from consent.grants import terms_json
from consent.ledger.canonical import encode_guarded
from consent.ledger.leaf import leaf_hash
from consent.ledger.shelves import WIDEN, shelf_of, spans_of
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.requests import Asker, Motives, ask_to_share
from consent.tables import Grant
from foundation.clock import DAY
from foundation.database import Database
from foundation.ids import new_id
from foundation.statements import Write

SCOPES = ("openid", "profile", "skills", "experiences", "trainings", "languages")
PIECE = 5_000
GRANT = Write(insert(Grant))
EVENT = Write(insert(LedgerEvent))
ENTRY = Write(insert(LedgerEntry))
_SALT = _NOBODY = "AAAAAAAAAAAAAAAAAAAAAA"


class Read(NamedTuple):
    """One read of a dataset. fields: space-separated. moment: microseconds. person: her pseudonym's end."""

    grant_id: str
    dataset: str
    fields: str
    moment: int
    client: str = "app"
    person: str = _NOBODY


def grant_row(person: str | None, grant_id: str, client: str, given_at: int) -> dict[str, Any]:
    """A grant for half a year, with everything of SCOPES."""
    asker = Asker(client, f"Application {client}", "Bench", "https://app.example", "https://app.example/p")
    request = ask_to_share(asker, SCOPES, ("openid", "profile"), Motives())
    choice = Chosen(
        {name: share(name, {}, future=True) for name in SCOPES}, frozenset(), "180d", offline=True
    )
    row: dict[str, Any] = dict.fromkeys(Grant.model_fields)
    return row | {
        "id": grant_id, "person_id": person, "client_id": client, "subject": f"s {grant_id}",
        "revision": 1, "fetch_type": "periodic", "choice_json": choice.to_json(),
        "terms_json": terms_json(request.elements, request.required), "answered_json": "{}",
        "granted_at": given_at, "expires_at": given_at + 180 * DAY,
    }  # fmt: skip


def event_row(read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event of a read, and its entry but for its position."""
    facts = {"dataset": read.dataset, "fields": read.fields, "count": 4}
    fields: dict[str, Any] = {
        "v": 1, "id": new_id(read.moment), "time": read.moment, "event": "data.read", "log": "consent",
        "outcome": "success", "client": read.client, "person": f"p-{read.person}",
        "grant": read.grant_id, "revision": 1, "scopes": read.dataset,
        "facts": facts, "request": "0" * 32, "salt": _SALT, "commitment": None,
    }  # fmt: skip
    leaf = encode_guarded(fields)
    copied = {
        name: fields[name] for name in ("time", "event", "log", "outcome", "client", "person", "request")
    }
    own = {"event_id": fields["id"], "leaf_hash": leaf_hash(leaf), "grant_id": read.grant_id}
    return {"id": fields["id"], "leaf": leaf.decode(), "sealed": None}, {**copied, **own}


def filed(entries: Sequence[dict[str, Any]]) -> tuple[tuple[Write, Sequence[dict[str, Any]]], ...]:
    """What writes entries that have their positions, one after the other, on their shelves."""
    shelved = [entry | {"shelf": shelf_of(entry["position"])} for entry in entries]
    spans = spans_of(entries[0]["position"], [entry["event_id"] for entry in entries])
    return (ENTRY, shelved), (WIDEN, [span._asdict() for span in spans])


class ReadWriter:
    """Writes reads in pieces, each at the next position."""

    def __init__(self, db: Database, position: int) -> None:
        self._db = db
        self._position = position
        self._events: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []

    async def add(self, read: Read) -> None:
        """Write it with the next piece."""
        event, entry = event_row(read)
        self._events.append(event)
        self._entries.append(entry | {"position": self._position})
        self._position += 1
        if len(self._events) == PIECE:
            await self.finish()

    async def finish(self) -> None:
        """Write what is left."""
        await write(self._db, (EVENT, self._events), *filed(self._entries))
        self._events, self._entries = [], []


async def write(db: Database, *rows: tuple[Write, Sequence[dict[str, Any]]]) -> None:
    """In one unit."""
    async with db.transaction() as tx:
        for statement, values in rows:
            if values:
                await tx.run_many(statement, values)
