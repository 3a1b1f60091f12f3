"""Bringing items in: what would be new, what would change, and saving what she ticked, nothing else.

An item like one that she has keeps that one's id, and what the file does not say of it stays as it was: so
what she held back stays held back. A new item has a new id, which no grant lists: it is shared with nobody
until she says so, except where she shares what comes later.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from consent.profile.editing import check_items, new_item_id, stored
from consent.profile.fields import DATASETS
from consent.profile.problems import Problem
from consent.profile.schemas import MODELS, Item
from consent.profile.store import Kept, Owner, ProfileChangedError, StoredItem, load_for_edit, save
from consent.rights.resume_import import Draft, Offered
from consent.rights.tables import ImportDraft
from foundation.database import Transaction
from foundation.ids import new_id
from foundation.statements import Statement, Write
from keys.seal import seal, unseal

Status = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One item of the file beside her profile. number: its place in the draft. item: as it would be kept."""

    number: int
    dataset: str
    status: Status
    item: StoredItem


class Held(NamedTuple):
    """A file that she is looking at. basis: revision of each dataset when she was shown it."""

    offered: Offered
    basis: Mapping[str, int]


class Taken(NamedTuple):
    """What an import did. items: "dataset:item id"."""

    added: int
    changed: int
    items: tuple[str, ...]


class _Row(NamedTuple):
    sealed: bytes


_INSERT = Write(insert(ImportDraft))
_THIS = (col(ImportDraft.id) == bindparam("draft_id"), col(ImportDraft.person_id) == bindparam("person_id"))
_FIND = Statement(select(col(ImportDraft.sealed)).where(*_THIS), _Row)
_DELETE = Write(delete(ImportDraft).where(*_THIS))


def offers(kept: Mapping[str, Kept], drafts: Sequence[Draft]) -> list[Offer]:
    """What each draft would do, in the order of the file; alike ones within it are told as the first."""
    found: list[Offer] = []
    seen: set[tuple[object, ...]] = set()
    for number, draft in enumerate(drafts):
        likeness = (draft.dataset, *draft.item.likeness())
        if likeness in seen:
            continue
        seen.add(likeness)
        old = _like(kept[draft.dataset].items, draft)
        item = _combined(old, draft.item, old["id"] if old else "")
        status: Status = "new" if old is None else "same" if item == old else "changed"
        found.append(Offer(number, draft.dataset, status, item))
    return found


def _like(items: Iterable[StoredItem], draft: Draft) -> StoredItem | None:
    """The item of hers that a draft is about."""
    model = MODELS[draft.dataset]
    return next((old for old in items if model.model_validate(old).likeness() == draft.item.likeness()), None)


def _combined(old: StoredItem | None, item: Item, item_id: str) -> StoredItem:
    """`item` over the one like it: what the file says wins, what it does not say stays."""
    if old is None:
        return stored(item, item_id)
    said = item.model_dump(mode="json", exclude_unset=True, exclude={"id"})
    return old | {name: value for name, value in said.items() if value not in (None, [], "unrated")}


async def hold(tx: Transaction, owner: Owner, kept: Mapping[str, Kept], offered: Offered, now: int) -> str:
    """Keep what she uploaded until she has chosen; its id."""
    draft_id = new_id(now)
    document = {
        "drafts": [
            [one.dataset, one.path, one.item.model_dump(exclude_unset=True)] for one in offered.drafts
        ],
        "problems": [[one.path, one.kind, one.english] for one in offered.problems],
        "basis": {name: one.revision for name, one in kept.items()},
    }
    sealed = seal(owner.data_key, orjson.dumps(document), _place(draft_id))
    await tx.run(_INSERT, id=draft_id, person_id=owner.person_id, sealed=sealed)
    return draft_id


async def held(tx: Transaction, owner: Owner, draft_id: str) -> Held | None:
    """What she uploaded; None when it was saved, is too old, or is another's."""
    row = await tx.first(_FIND, draft_id=draft_id, person_id=owner.person_id)
    if row is None:
        return None
    document = orjson.loads(unseal(owner.data_key, row.sealed, _place(draft_id)))
    drafts = [
        Draft(dataset, path, MODELS[dataset].model_validate(item))
        for dataset, path, item in document["drafts"]
    ]
    problems = [Problem(*one) for one in document["problems"]]
    return Held(Offered(tuple(drafts), tuple(problems)), document["basis"])


async def take(
    tx: Transaction, owner: Owner, draft_id: str, chosen: Collection[int] | None, now: int
) -> Taken | None:
    """Save the chosen drafts (None: all) and let go of the file. None: there is no such file any more.

    Raises ProfileChangedError when her profile changed since she was shown them, ProfileError when it would
    not hold so many.
    """
    file = await held(tx, owner, draft_id)
    if file is None or not await tx.run(_DELETE, draft_id=draft_id, person_id=owner.person_id):
        return None
    wanted = [draft for number, draft in enumerate(file.offered.drafts) if chosen is None or number in chosen]
    added, changed, items = 0, 0, []
    for dataset in DATASETS:
        drafts = [draft for draft in wanted if draft.dataset == dataset]
        if not drafts:
            continue
        kept = await load_for_edit(tx, owner, dataset)
        if kept.revision != file.basis[dataset]:
            raise ProfileChangedError
        merged, touched = _merged(kept.items, drafts)
        check_items(dataset, merged)
        await save(tx, owner, kept, merged, now)
        old = {item["id"] for item in kept.items}
        added += len(touched - old)
        changed += len(touched & old)
        items += [f"{dataset}:{item_id}" for item_id in sorted(touched)]
    return Taken(added, changed, tuple(items))


def _merged(kept: Sequence[StoredItem], drafts: Sequence[Draft]) -> tuple[list[StoredItem], set[str]]:
    """The items with the drafts among them, and the ids of those that are new or differ."""
    items, touched = list(kept), set()
    for draft in drafts:
        old = _like(items, draft)
        new = _combined(old, draft.item, old["id"] if old else new_item_id())
        if old is None:
            items.append(new)
        else:
            items[items.index(old)] = new
        if new != old:
            touched.add(new["id"])
    return items, touched


def _place(draft_id: str) -> bytes:
    return b"accord import v1\0" + draft_id.encode()
