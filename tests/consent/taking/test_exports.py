"""Exports: in every format, of every kind of filter, cut and resumed, altered and caught."""

import asyncio
import csv
import sys
from contextlib import suppress
from itertools import chain, cycle, pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.merkle import ProofError, Range
from consent.taking import making
from consent.taking.checking import ExportError
from consent.taking.covering import Taken, outside, root_of
from consent.taking.exports import KEPT, MOST, locked
from consent.taking.job import load
from foundation.errors import AccordError
from tests.consent.ledger.support import hashes, read, tree_hash
from tests.consent.taking.support import AUDITOR, checked, made, order

FORMS = ("jsonl", "csv", "parquet", "ocsf")


@pytest.fixture
async def written(log):
    """60 reads by two apps, signed, one more that waits."""
    for number in range(60):
        await log.write(read(number % 3, client="coach" if number % 4 else "other"))
    await log.drain()
    await log.write()
    return log


@given(st.integers(1, 70), st.data())
def test_one_proof_for_any_leaves_of_any_tree(size, data):
    leaves = hashes(size)
    places = sorted(data.draw(st.sets(st.integers(0, size - 1))))
    edges = [-1, *places, size]
    gaps = [part for low, high in pairwise(edges) for part in outside(Range(low + 1, high), size)]
    proof = [tree_hash(leaves[part.start : part.end]) for part in gaps]
    taken = [Taken(place, leaves[place]) for place in places]
    assert root_of(size, iter(taken), iter(proof)) == tree_hash(leaves)
    with pytest.raises(ProofError):
        root_of(size, iter(taken), iter([*proof, b"x" * 32]))
    if len(taken) > 1:
        with pytest.raises(ProofError):
            root_of(size, iter(taken[::-1]), iter(proof))
    for spoiled in range(len(taken)):
        fewer = taken[:spoiled] + taken[spoiled + 1 :]
        with suppress(ProofError):
            assert root_of(size, iter(fewer), iter(proof)) != tree_hash(leaves)


async def test_the_whole_log_is_complete_and_says_so(written, exports):
    for form in FORMS:
        await whole(written, exports, form)


async def whole(written, exports, form):
    job = await made(written, exports, form)
    assert checked(written, job) == (60, 60, True)
    said = orjson.loads(job.manifest.read_bytes())
    assert (said["rows"], said["retired"], said["completeness"]["proven"]) == (60, 0, True)
    assert said["file"]["name"] == job.file.name
    assert sorted(path.name for path in job.folder.iterdir()) == sorted(
        [job.file.name, job.proof.name, "job.json", "manifest.json"]
    )


FOUND = [
    ({"first": 10, "last": 19}, 10, True),
    ({"first": 59, "last": 999}, 1, True),
    ({"client": "other"}, 15, False),
    ({"client": "other", "first": 20, "last": 39}, 5, False),
    ({"scope": "skills", "outcome": "success"}, 60, True),  # every event: the proof shows it by itself
    ({"event": "login.failed"}, 0, False),
    ({"since": 0, "until": 1}, 0, False),
]


async def test_what_a_filter_finds_is_proved_and_never_called_complete(written, exports):
    for filters, rows, complete in FOUND:
        job = await made(written, exports, **filters)
        assert checked(written, job) == (rows, 60, complete)
        said = orjson.loads(job.manifest.read_bytes())["completeness"]
        assert said["proven"] == (filters.keys() <= {"first", "last"})
        assert ("nothing proves it" in said["says"]) != said["proven"]


async def test_cut_anywhere_it_goes_on_and_ends_as_if_it_had_not_been(written, exports, monkeypatch):
    monkeypatch.setattr(making, "_PIECE", 7)
    hashes_of, append = making._hashes, making._append
    dies = chain.from_iterable(times * [False] + [True] for times in cycle((7, 1, 2, 4, 0, 5)))

    async def killed(db, gaps):
        if next(dies):
            raise OSError("killed")
        return await hashes_of(db, gaps)

    def half_written(path, size, data):
        if next(dies):
            append(path, size, data[: len(data) // 2] + b"torn")
            raise OSError("killed")
        return append(path, size, data)

    monkeypatch.setattr(making, "_hashes", killed)
    monkeypatch.setattr(making, "_append", half_written)
    for form in FORMS:
        asked, cuts = await order(written, form, client="other"), 0
        exports.place(asked)
        while exports.find(AUDITOR, asked.id).come.state == "making":
            try:
                await exports.work(written.db)
            except OSError:
                cuts += 1
        assert cuts > 3
        assert checked(written, exports.find(AUDITOR, asked.id)) == (15, 60, False)


async def test_killed_at_any_step_it_ends_to_the_byte_as_if_it_had_not_been(sqlite_log, tmp_path):
    for number in range(60):
        await sqlite_log.write(read(number % 3, client="coach" if number % 2 else "other"))
    await sqlite_log.drain()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.consent.taking.killed_making",
        sqlite_log.url, str(tmp_path), str(sqlite_log.clock.now()),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = (await program.communicate())[0]
    assert program.returncode == 0
    assert told.split() == [b"39", b"39", b"45"]  # Parquet: three groups, its disk, its rows' removal


async def test_two_processes_make_no_export_at_once(written, exports):
    job = exports.place(await order(written))
    with locked(job.folder) as ours:
        assert ours
        assert await exports.work(written.db) == 0
    assert await exports.work(written.db) == 1


async def test_any_change_of_its_files_is_found(written, exports):
    job = await made(written, exports, client="other")
    genuine = {path: path.read_bytes() for path in (job.file, job.proof, job.manifest)}
    lines = genuine[job.file].splitlines(keepends=True)
    spoiled = {
        "flipped": (job.file, genuine[job.file].replace(b"count", b"c0unt", 1)),
        "left out": (job.file, b"".join(lines[:3] + lines[4:])),
        "twice": (job.file, b"".join([*lines, lines[0]])),
        "swapped": (job.file, b"".join([lines[1], lines[0], *lines[2:]])),
        "proof": (job.proof, genuine[job.proof].splitlines(keepends=True)[1]),
    }
    for path, content in spoiled.values():
        path.write_bytes(content)
        with pytest.raises(ExportError, match="not the file"):
            checked(written, job)
        said = orjson.loads(genuine[job.manifest])  # whoever alters a file alters its manifest too
        said["file" if path == job.file else "proof"]["sha256"] = making.sha256_of(path)
        said["rows"] = len(job.file.read_bytes().splitlines())
        job.manifest.write_bytes(orjson.dumps(said))
        with pytest.raises(ExportError):
            checked(written, job)
        for kept, whole in genuine.items():
            kept.write_bytes(whole)
    assert checked(written, job).rows == 15
    said = orjson.loads(genuine[job.manifest])
    for lie in (
        {"completeness": {"proven": True, "says": ""}},
        {"rows": 14},
        {"positions": {"first": 20, "end": 60}},
        {"file": said["file"] | {"name": "../x"}},
        {"checkpoint": said["checkpoint"].replace("60", "61", 1)},
        {"format": "xml"},
        {"proof": None},
    ):
        job.manifest.write_bytes(orjson.dumps(said | lie))
        with pytest.raises(ExportError):
            checked(written, job)


async def test_a_spreadsheet_runs_nothing(log, exports):
    await log.write(read(client="=cmd|calc"))
    await log.drain()
    job = await made(log, exports, "csv")
    with job.file.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["client"] == "'=cmd|calc"
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
    assert checked(log, job).complete


async def test_exports_are_their_owners_few_and_not_for_ever(written, exports):
    jobs = [exports.place(await order(written)) for _ in range(MOST)]
    with pytest.raises(AccordError, match="too_many_exports"):
        exports.place(await order(written))
    exports.place(await order(written, owner="b" * 32))
    assert exports.find("b" * 32, jobs[0].order.id) is None
    assert exports.find(AUDITOR, "../" + jobs[0].order.id) is None
    assert len(exports.of_owner(AUDITOR)) == MOST
    exports.drop(jobs[0])
    assert await exports.work(written.db) == MOST
    assert await exports.work(written.db) == 0
    written.clock.advance(KEPT + 1)
    assert exports.of_owner(AUDITOR) == []
    assert exports.find(AUDITOR, jobs[1].order.id) is None
    await exports.work(written.db)
    assert load(jobs[1].folder) is None


async def test_without_pyarrow_it_says_what_to_install(written, exports, monkeypatch):
    monkeypatch.setattr("consent.taking.parquet.find_spec", lambda _name: None)
    with pytest.raises(AccordError, match=r"accord\[parquet\]"):
        exports.place(await order(written, "parquet"))


async def test_a_damaged_tile_fails_the_export_and_a_damaged_leaf_is_taken_as_it_is(written, exports):
    await written.tamper("UPDATE ledger_event SET leaf = 'x' WHERE id = (SELECT min(id) FROM ledger_event)")
    for form in FORMS:
        with pytest.raises(ExportError, match="another root"):
            checked(written, await made(written, exports, form))
    await written.tamper("UPDATE ledger_tile SET hashes = substr(hashes, 1, 32)")
    job = exports.place(await order(written, client="other"))
    await exports.work(written.db)
    assert exports.find(AUDITOR, job.order.id).come.state == "failed"
