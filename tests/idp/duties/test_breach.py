"""Who is affected: exactly those whose fields left for that app in that interval, with a place or waiting."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clock import DAY, MINUTE
from foundation.database import Database
from foundation.errors import AccordError
from idp.duties import breach_rows, breach_walk
from idp.duties.asking import Administrator, ask, begin_list, list_people
from idp.duties.breach import Affected, Question, Tally
from idp.duties.breach_rows import ReadRow
from idp.duties.breach_walk import count, walk
from idp.duties.people import HEADING, as_lines, named, summary
from tests.idp.rights.scenes import erase
from tests.idp.support import World, add_app


async def read(world: World, *paths: str) -> None:
    tokens = await world.tokens()
    for path in paths:
        world.clock.advance(MINUTE)
        assert (await world.read(path, tokens["access_token"])).status_code == 200


def asked(world: World, since: int = 0, until: int | None = None, **narrower: str) -> Question:
    return Question(world.client.id, since, until or world.clock.now() + DAY, **narrower)


class Answer:
    """The whole answer, and that counting it says the same."""

    def __init__(self, everyone: list[Affected], tally: Tally) -> None:
        self.people = [one for one in everyone if one.person_id is not None]
        self.erased = [one for one in everyone if one.person_id is None]
        self.reads = sum(one.reads for one in everyone)
        self.tally = tally
        assert (tally.people, tally.erased, tally.reads) == (len(self.people), len(self.erased), self.reads)
        assert tally.rest is None


async def affected(db: Database, question: Question) -> Answer:
    found = [one async for step in walk(db, question) for one in step.people]
    return Answer(found, await count(db, question))


async def test_it_says_who_what_and_when(world: World) -> None:
    start = world.clock.now()
    await read(world, "/v1/me/skills", "/v1/me/skills", "/v1/me/experiences", "/v1/me")
    answer = await affected(world.server.db, asked(world))
    (amina,) = answer.people
    assert amina.person_id == world.person_id
    assert answer.reads == amina.reads == 3  # what lists nothing of hers does not count
    assert {"skills.label", "experiences.company"} <= amina.fields
    assert start < amina.first_at < amina.last_at <= world.clock.now()
    assert answer.erased == []
    (hers,) = await named(world.server.db, world.server.people, answer.people)
    assert hers["email"] == "amina@example.org"
    file = HEADING + as_lines([hers])
    assert list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))[1][0] == "amina@example.org"
    told = summary(asked(world), answer.tally)
    assert told["people"] == 1
    assert told["fields"]["skills.label"] == 1


async def test_placed_and_waiting_reads_count_once(world: World) -> None:
    await read(world, "/v1/me/skills")
    await world.server.sequencer.start()
    await world.server.sequencer.stop()
    await read(world, "/v1/me/skills", "/v1/me/trainings")
    answer = await affected(world.server.db, asked(world))
    assert answer.reads == 3
    assert len(answer.people) == 1


async def test_narrower_questions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breach_walk, "PIECE", 1)
    monkeypatch.setattr(breach_rows, "PIECE", 1)
    await read(world, "/v1/me/skills", "/v1/me/experiences")
    middle = world.clock.now() - MINUTE // 2
    db = world.server.db
    assert (await affected(db, asked(world, dataset="contact"))).people == []
    assert (await affected(db, asked(world, dataset="skills"))).reads == 1
    assert (await affected(db, asked(world, field="company"))).people[0].fields == {"experiences.company"}
    assert (await affected(db, asked(world, field="nothing"))).reads == 0
    assert (await affected(db, asked(world, until=middle))).people[0].fields >= {"skills.label"}
    assert (await affected(db, asked(world, since=middle))).people[0].fields >= {"experiences.title"}
    assert (await affected(db, asked(world, since=world.clock.now() + MINUTE))).reads == 0
    await add_app(world.server, "other", "other-secret")
    assert (await affected(db, Question("other", 0, world.clock.now() + DAY))).reads == 0
    with pytest.raises(AccordError):
        asked(world, since=world.clock.now() + 2 * DAY)


async def test_someone_erased_is_counted_and_has_no_name(world: World) -> None:
    await read(world, "/v1/me/skills")
    await erase(world)
    answer = await affected(world.server.db, asked(world))
    assert answer.people == []
    assert [one.person_id for one in answer.erased] == [None]
    assert await named(world.server.db, world.server.people, answer.erased) == []


async def test_asking_is_told_with_its_reason(world: World) -> None:
    await read(world, "/v1/me/skills")
    who = Administrator(world.person, "Incident 12: a partner's laptop was stolen.", "t" * 32)
    question = asked(world, dataset="skills")
    begun = await begin_list(world.server, question, who)
    left = [one async for some in list_people(world.server, question, begun) for one in some]
    assert [one["email"] for one in left] == ["amina@example.org"]
    (leaf,) = await world.events("breach.queried")
    assert leaf["facts"] | {"since": 0, "until": 0} == {
        "complete": False, "dataset": "skills", "erased": 0, "field": "", "listed": True,
        "people": 0, "reads": 0, "since": 0, "until": 0,
    }  # fmt: skip
    assert leaf["client"] == world.client.id
    assert leaf["commitment"]
    assert "laptop" not in str(leaf)
    (end,) = await world.events("breach.listed")
    assert end["facts"] == {"asked": leaf["id"], "people": 1, "erased": 0, "reads": 1}
    for reason in ("", "  ", "x" * 1001):
        with pytest.raises(AccordError) as refused:
            await ask(world.server, asked(world), Administrator(world.person, reason, "t" * 32))
        assert refused.value.code == "reason_missing"
    await ask(world.server, asked(world), "INC-12")
    (counted,) = await world.events("breach.queried_by_operator")
    assert counted["facts"]["case"] == "INC-12"
    assert counted["facts"]["complete"]


async def test_a_list_that_was_cut_has_no_end_in_the_ledger(world: World) -> None:
    await read(world, "/v1/me/skills")
    begun = await begin_list(world.server, asked(world), "INC-12")
    people = list_people(world.server, asked(world), begun)
    await anext(people)
    await people.aclose()
    assert len(await world.events("breach.queried_by_operator")) == 1
    assert await world.events("breach.listed") == []


rows = st.lists(
    st.builds(
        ReadRow,
        person_id=st.sampled_from(["a", "b", None]),
        grant_id=st.sampled_from(["g1", "g2"]),
        dataset=st.sampled_from(["skills", "contact", "grant"]),
        fields=st.sampled_from(["label level", "email", ""]),
        reads=st.integers(1, 5),
        first_id=st.integers(1, 9).map(lambda ms: f"{ms:012x}{'0' * 20}"),
        last_id=st.integers(9, 20).map(lambda ms: f"{ms:012x}{'0' * 20}"),
    )
)


@given(rows, st.sampled_from(["", "skills"]), st.sampled_from(["", "label"]))
@settings(max_examples=60)
def test_rows_add_up(found: list[ReadRow], dataset: str, field: str) -> None:
    people: dict[str, Affected] = {}
    fold = breach_walk._Fold(Question("app", 0, 1, dataset, field))
    for one in (
        *fold.add(sorted(found, key=lambda row: (row.person_id or "~", row.grant_id))),
        *fold.finish(),
    ):
        assert one.whose not in people  # each is complete when she comes
        people[one.whose] = one
    wanted: list[Any] = [
        row for row in found
        if row.dataset != "grant" and dataset in {"", row.dataset}
        and any(field in {"", name} for name in row.fields.split())
    ]  # fmt: skip
    assert sum(one.reads for one in people.values()) == sum(row.reads for row in wanted)
    assert {one.person_id for one in people.values()} == {row.person_id for row in wanted}
    for one in people.values():
        assert one.first_at <= one.last_at
        assert all(field in {"", name.partition(".")[2]} for name in one.fields)
