"""The subset that ships with Accord: enough for the demonstration's people and the search box.

Codes and labels are those of ROME 4.0, edition 460 (Licence Ouverte 2.0); nothing in it is invented.
"""

import hashlib
from importlib.resources import files
from typing import Any

import orjson

from consent.rome.loading import NewEdition, begin, go_live, purge_others, put
from consent.rome.search import live_edition
from consent.rome.tables import RomeExpected, RomeSheet, RomeSkill, RomeTitle, RomeWord
from consent.rome.words import words_of
from foundation.clock import Clock
from foundation.database import ConflictError, Database, Transaction
from foundation.folding import fold
from foundation.ids import new_id

SHIPPED = "shipped"


def _content() -> bytes:
    return (files("consent.rome") / "data" / "rome.json").read_bytes()


async def ensure_some(db: Database, clock: Clock) -> None:
    """See to it that there is a referential to search: the subset, where an operator loaded no edition."""
    content, now = _content(), clock.now()
    edition = hashlib.sha256(content).hexdigest()[:32]
    async with db.reading() as tx:
        live = await live_edition(tx)
    if live is not None and (live.source != SHIPPED or live.id == edition):
        return
    try:
        async with db.transaction() as tx:
            await load_subset(tx, now, edition)
    except ConflictError:
        return  # another node that starts has just done it
    if live is not None:
        await purge_others(db, edition)


async def load_subset(tx: Transaction, now: int, edition: str | None = None) -> None:
    """Store the subset and make it live."""
    content = _content()
    data = orjson.loads(content)
    edition = edition or new_id(now)
    await begin(tx, NewEdition(edition, data["edition"], SHIPPED, hashlib.sha256(content).digest()), now)
    await put(tx, edition, [_rows(data)])
    await go_live(tx, edition, now)


def _rows(data: dict[str, Any]) -> list[Any]:
    rows: list[Any] = []
    for code, skill in data["skills"].items():
        label = skill["label"]
        rows.append((RomeSkill, {"code": code, "kind": skill["kind"], "label": label, "folded": fold(label)}))
        rows += [
            (RomeWord, {"of": "skill", "word": word, "code": code}) for word in words_of(f"{label} {code}")
        ]
    for sheet in data["sheets"]:
        rows += _sheet(sheet)
    return rows


def _sheet(sheet: dict[str, Any]) -> list[Any]:
    code, label = sheet["code"], sheet["label"]
    rows: list[Any] = [(RomeSheet, {"code": code, "label": label})]
    for title in sheet["titles"]:
        named = {
            "code": title["code"],
            "label": title["label"],
            "folded": fold(title["label"]),
            "sheet": code,
        }
        rows.append((RomeTitle, named))
        text = f"{title['label']} {label} {code}"
        rows += [(RomeWord, {"of": "title", "word": word, "code": title["code"]}) for word in words_of(text)]
    rows += [
        # The subset lists the skills that matter most for a job, in that order.
        (RomeExpected, {"sheet": code, "skill": skill, "core": 1, "place": place})
        for place, skill in enumerate(sheet["skills"])
    ]
    return rows
