"""The walk against the reads themselves: whatever the pieces, everybody once, and what was left goes on."""

from collections.abc import Iterator
from itertools import count as numbers
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from bench.rows import EVENT, GRANT, Read, event_row, filed, grant_row, write
from consent.ledger import shelves
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue, LedgerShelf
from consent.tables import Grant
from foundation.clock import MINUTE
from foundation.database import Database
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.statements import Write
from idp.duties import breach_rows, breach_walk
from idp.duties.breach import Part, Place, Question, Tally
from idp.duties.breach_walk import count, walk

START = 1_800_000_000_000_000
_QUEUE = Write(insert(LedgerQueue))
_EMPTY = [Write(delete(table)) for table in (LedgerQueue, LedgerEntry, LedgerShelf, LedgerEvent, Grant)]


class Made(NamedTuple):
    """A read of the story. holder: of which person, None once erased; app: who read; placed: has a place."""

    holder: int
    grant: int
    app: str
    dataset: str
    fields: str
    minute: int
    placed: bool


made = st.builds(
    Made,
    holder=st.sampled_from([0, 1, 2, 3]),
    grant=st.integers(0, 1),
    app=st.sampled_from(["app", "app", "app", "other"]),
    dataset=st.sampled_from(["skills", "skills", "contact", "grant"]),
    fields=st.sampled_from(["label level", "label", ""]),
    minute=st.integers(0, 30),
    placed=st.sampled_from([True, True, True, False]),
)
questions = st.builds(
    lambda since, until, dataset, field: Question(
        "app", START + since * MINUTE, START + until * MINUTE, dataset, field
    ),
    st.integers(0, 10),
    st.integers(11, 40),
    st.sampled_from(["", "skills"]),
    st.sampled_from(["", "level"]),
)
ERASED = 3


async def _tell(db: Database, story: list[Made]) -> dict[Made, str]:
    """Writes the story; which grant each read was under, by the read."""
    async with db.transaction() as tx:
        for statement in _EMPTY:
            await tx.run(statement)
    people = {number: new_id(START + number) for number in range(ERASED)}
    grants: dict[tuple[int, int, str], str] = {}
    position = numbers()
    for one in story:
        key = (one.holder, one.grant, one.app)
        if key not in grants:
            grants[key] = new_id(START)
            row = grant_row(people.get(one.holder), grants[key], one.app, START) | {"revoked_at": START}
            await write(db, (GRANT, [row]))
        moment = START + one.minute * MINUTE
        event, entry = event_row(Read(grants[key], one.dataset, one.fields, moment, one.app))
        placed = filed([entry | {"position": next(position)}]) if one.placed else ()
        waiting = [] if one.placed else [(_QUEUE, [{"event_id": event["id"]}])]
        await write(db, (EVENT, [event]), *placed, *waiting)
    return {one: grants[one.holder, one.grant, one.app] for one in story}


def _counts(question: Question, story: list[Made]) -> Iterator[Made]:
    for one in story:
        moment = START + one.minute * MINUTE
        names = one.fields.split()
        if (
            one.app == "app"
            and one.dataset != "grant"
            and question.dataset in {"", one.dataset}
            and (question.field in names if question.field else names)
            and question.since <= moment < question.until
        ):
            yield one


@pytest.mark.parametrize("piece", [1, 2, 500])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(made, max_size=14), asked=st.tuples(questions, st.integers(1, 5)))
async def test_whatever_the_pieces(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    piece: int,
    story: list[Made],
    asked: tuple[Question, int],
) -> None:
    question, most = asked
    for module in (breach_rows, breach_walk):
        monkeypatch.setattr(module, "PIECE", piece)
    monkeypatch.setattr(shelves, "SHELF_BITS", 1)
    grant_of = await _tell(db, story)
    wanted = list(_counts(question, story))
    names = {one: str(one.holder) if one.holder != ERASED else grant_of[one] for one in wanted}

    found = [one async for step in walk(db, question) for one in step.people]
    assert len({one.whose for one in found}) == len(found) == len(set(names.values()))
    assert sorted(one.reads for one in found) == sorted(
        sum(names[other] == name for other in wanted) for name in set(names.values())
    )
    assert {grant for one in found for grant in one.grant_ids} == {grant_of[one] for one in wanted}

    whole = await count(db, question)
    parts = [part async for part in _parts(db, question, most)]
    for sums in ([whole], parts):
        assert sum(one.people for one in sums) == sum(one.person_id is not None for one in found)
        assert sum(one.erased for one in sums) == sum(one.person_id is None for one in found)
        assert sum(one.reads for one in sums) == len(wanted)
    assert whole.rest is None


async def _parts(db: Database, question: Question, most: int) -> Any:
    """As a page asks for one part after the other."""
    place: Place | None = None
    while True:
        tally: Tally = await count(db, question, Part(place, most))
        yield tally
        if tally.rest is None:
            return
        place = Place.read(str(tally.rest))
        assert place == tally.rest


@pytest.mark.parametrize(
    "text", ["x", "-", "-.g", f"{'a' * 32}.{'b' * 32}.g.2", f"{'a' * 32}.g.g.1", "é" * 70]
)
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AccordError) as refused:
        Place.read(text)
    assert refused.value.code == "bad_place"
    assert Place.read("") is None
