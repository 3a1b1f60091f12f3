"""Correcting a profile: one item added, changed or removed; or a whole dataset imported.

Every way in validates. An item keeps its id through edits and imports, because what a person held back is
remembered by it.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from consent.profile.fields import DATASETS
from consent.profile.problems import Problem, ProfileError, problems_of
from consent.profile.schemas import MODELS, MOST_ITEMS, MOST_ITEMS_ELSEWHERE, Item
from consent.profile.store import (
    Kept,
    Owner,
    ProfileChangedError,
    StoredItem,
    load_for_edit,
    save,
)
from foundation.database import Transaction
from foundation.errors import AccordError

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What is edited. basis: the revision that the person was shown, None for whatever is there.

    With a basis, an edit that came between is not overwritten: ProfileChangedError says so.
    """

    dataset: str
    basis: int | None = None


def new_item_id() -> str:
    """A fresh id: random, so that it says nothing of the item."""
    return secrets.token_hex(8)


def check_item(dataset: str, given: Given, *, under: tuple[int | str, ...] = ()) -> Item:
    """A validated item. under: its place in the whole, for messages. Raises ProfileError."""
    try:
        return MODELS[dataset].model_validate(dict(given))
    except ValidationError as error:
        raise ProfileError(problems_of(error, under=under)) from None


def check_items(dataset: str, given: Iterable[Given]) -> list[Item]:
    """Validated items of a dataset. Raises ProfileError telling everything that is wrong at once."""
    problems: list[Problem] = []
    items: list[Item] = []
    for place, one in enumerate(given):
        try:
            items.append(check_item(dataset, one, under=(dataset, place)))
        except ProfileError as error:
            problems.extend(error.problems)
    problems.extend(_problems_together(dataset, items))
    if problems:
        raise ProfileError(problems)
    return items


def _problems_together(dataset: str, items: Sequence[Item]) -> Iterable[Problem]:
    yield from too_many(dataset, len(items))
    ids = [item.id for item in items if item.id is not None]
    if len(ids) != len(set(ids)):
        yield Problem(dataset, "duplicate_id", "two items have the same id")


def too_many(dataset: str, count: int) -> Iterable[Problem]:
    """What is wrong with `count` items of a dataset: nothing, or that they are too many."""
    most = 1 if DATASETS[dataset].single else MOST_ITEMS.get(dataset, MOST_ITEMS_ELSEWHERE)
    if count > most:
        yield Problem(dataset, "too_long", f"at most {most} items")


def stored(item: Item, item_id: str) -> StoredItem:
    """The item as it is kept: plain JSON values, every field, its id first."""
    return {"id": item_id} | item.model_dump(mode="json", exclude={"id"})


def merged(kept: Kept, items: Sequence[Item]) -> list[StoredItem]:
    """`items` in place of those kept, each with its id: its own, else that of the kept one like it."""
    model = MODELS[kept.dataset]
    known = {model.model_validate(old).likeness(): old["id"] for old in kept.items}
    taken = {item.id for item in items}
    result = []
    for item in items:
        like = known.pop(item.likeness(), None)
        item_id = item.id or (like if like is not None and like not in taken else new_item_id())
        taken.add(item_id)
        result.append(stored(item, item_id))
    return result


async def put_item(tx: Transaction, owner: Owner, part: Part, given: Given, now: int) -> StoredItem:
    """Add an item, or change the one whose `id` is given (the item of a dataset of one has no need to say).

    Raises ProfileError, ProfileChangedError, or AccordError `unknown_item`.
    """
    item = check_item(part.dataset, given)
    kept = await _to_edit(tx, owner, part)
    places = {old["id"]: place for place, old in enumerate(kept.items)}
    item_id = item.id or (next(iter(places), None) if DATASETS[part.dataset].single else None)
    if item_id is not None and item_id not in places:
        raise _unknown_item()
    new = stored(item, item_id or new_item_id())
    items = list(kept.items)
    if item_id is None:
        items.append(new)
    else:
        items[places[item_id]] = new
    problems = list(too_many(part.dataset, len(items)))
    if problems:
        raise ProfileError(problems)
    await save(tx, owner, kept, items, now)
    return new


async def remove_item(tx: Transaction, owner: Owner, part: Part, item_id: str, now: int) -> None:
    """Remove one item. Raises ProfileChangedError, or AccordError `unknown_item`."""
    kept = await _to_edit(tx, owner, part)
    items = [old for old in kept.items if old["id"] != item_id]
    if len(items) == len(kept.items):
        raise _unknown_item()
    await save(tx, owner, kept, items, now)


async def import_dataset(
    tx: Transaction, owner: Owner, dataset: str, items: Sequence[Item], now: int
) -> Kept:
    """Replace a dataset by validated items; those like a kept one keep its id."""
    kept = await load_for_edit(tx, owner, dataset)
    return await save(tx, owner, kept, merged(kept, items), now)


async def _to_edit(tx: Transaction, owner: Owner, part: Part) -> Kept:
    kept = await load_for_edit(tx, owner, part.dataset)
    if part.basis is not None and part.basis != kept.revision:
        raise ProfileChangedError
    return kept


def _unknown_item() -> AccordError:
    return AccordError("unknown_item", "There is no such item in this part of the profile.", status=404)
