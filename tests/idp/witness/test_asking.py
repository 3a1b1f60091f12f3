"""Our log asks witnesses: what they cosign is kept and shown; slow, lying and absent ones change nothing."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.files.writing import write_files
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import Group, KnownLog, Policy
from consent.ledger.notes.policy import Witness as Known
from consent.ledger.proofs import Inclusion, prove
from consent.ledger.public import checkpoint_text
from consent.ledger.witnessing.asking import Asking, Reply, UnansweredError
from consent.ledger.witnessing.witnessed import read_watched, read_witnessed
from idp.witness.judging import Witness
from idp.witness.key import make_key
from idp.witness.state import State
from tests.consent.ledger.support import ORIGIN, Log, fresh_secrets, read

if TYPE_CHECKING:
    from collections.abc import Callable


class Street:
    """Witnesses at their addresses, and what they do wrong."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log = log
        self.known: list[Known] = []
        self.at: dict[str, Witness] = {}
        self.asked: list[str] = []
        self.wrong: dict[str, Callable[[Reply], Reply]] = {}
        for name in ("one", "two", "three"):
            home = folder / name
            home.mkdir()
            State.begin(home)
            key = make_key(home, f"{name}.example")
            witness = Witness(key, State(home), [log.signer.verifier], lambda: log.clock.now() // 1_000_000)
            self.known.append(Known(name, key.cosigner, f"https://{name}.example/"))
            self.at[f"https://{name}.example/"] = witness

    @property
    def policy(self) -> Policy:
        two = {"two-of-three": Group(2, ("one", "two", "three"))}
        return Policy((KnownLog(self.log.signer.verifier),), tuple(self.known), two, "two-of-three")

    def asking(self) -> Asking:
        return Asking(self.log.db, ORIGIN, self.policy, self.post, self.log.clock)

    async def post(self, url: str, body: bytes) -> Reply:
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.at[url].add(body)
        reply = Reply(answer.status, answer.body.encode())
        return self.wrong.get(url, lambda honest: honest)(reply)


@pytest.fixture
def street(log: Log, tmp_path: Path) -> Street:
    return Street(log, tmp_path)


def absent(_honest: Reply) -> Reply:
    raise UnansweredError("outbound_timeout")


async def shown(log: Log) -> str:
    async with log.db.reading() as tx:
        return await checkpoint_text(tx, ORIGIN)


async def test_a_head_is_cosigned_and_shown_so(street: Street, honest: Log) -> None:
    async with honest.db.reading() as tx:
        assert await read_watched(tx, ORIGIN) == (300, None, ())
    asking = street.asking()
    assert await asking.ask() == 3
    opened = street.policy.open(await shown(honest))
    assert [one.name for one in opened.witnesses] == ["one", "two", "three"]
    assert opened.checkpoint.size == 300
    assert await asking.ask() == 0  # nothing has grown
    assert len(street.asked) == 3
    await honest.drain()
    assert await asking.ask() == 3
    async with honest.db.reading() as tx:
        watched = await read_watched(tx, ORIGIN)
    assert (watched.size, watched.agreed, [one.size for one in watched.cosigned]) == (302, 302, [302] * 3)


async def test_a_quorum_is_enough_and_what_it_saw_is_proved_under(street: Street, honest: Log) -> None:
    street.wrong["https://three.example/"] = absent
    asking = street.asking()
    assert await asking.ask() == 2
    recorded = await honest.write(read(), fresh_secrets())
    await honest.drain()
    with pytest.raises(NoteError, match="no quorum"):
        street.policy.open(await shown(honest))  # the newest: nobody has seen it yet
    async with honest.db.reading() as tx:
        old = await prove(tx, ORIGIN, (await honest.rows(FIRST))[0][0])
        new = await prove(tx, ORIGIN, recorded.event_id)
    assert isinstance(old, Inclusion)
    assert isinstance(new, Inclusion)
    assert (old.size, new.size) == (300, 303)
    assert [one.name for one in street.policy.open(old.note).witnesses] == ["one", "two"]
    await asking.ask()
    assert street.policy.open(await shown(honest)).checkpoint.size == 303


FIRST = "SELECT event_id FROM ledger_entry WHERE position = 0"


async def test_files_are_taken_away_under_a_head_that_a_quorum_has_seen(
    street: Street, honest: Log, tmp_path: Path
) -> None:
    await street.asking().ask()
    await honest.drain()
    assert await write_files(honest.db, ORIGIN, tmp_path / "away") == 300
    checked = check_files(Folder(tmp_path / "away"), Asked(street.policy))
    assert checked.ok, checked.message()
    assert "witnessed by one, two, three" in checked.message()


LIES = {
    "another status": lambda _: Reply(500, b"oops"),
    "not known": lambda _: Reply(404, b""),
    "nothing": lambda _: Reply(200, b""),
    "no text": lambda _: Reply(200, b"\xff\xfe"),
    "noise": lambda _: Reply(200, b"<html>" * 1_000),
    "a false one": lambda honest: honest._replace(body=honest.body[:-12] + b"AAAAAAAAAAA\n"),
    "another size": lambda _: Reply(409, b"299\n"),
    "a larger size": lambda _: Reply(409, b"9999\n"),
    "no size": lambda _: Reply(409, b"many\n"),
    "absent": absent,
}  # fmt: skip


async def test_a_witness_that_lies_or_is_silent_changes_nothing(street: Street, honest: Log) -> None:
    for name, lie in LIES.items():
        street.wrong = {one.url: lie for one in street.known}
        asking = street.asking()
        assert await asking.ask() == 0, name
        assert {one.failures for one in asking.standing().values()} == {1}
        assert (await shown(honest)).count("— ") == 1
    assert open_checkpoint(await shown(honest), honest.signer.verifier).size == 300
    async with honest.db.reading() as tx:
        assert await read_witnessed(tx, ORIGIN) is None
    assert (await honest.verdict()).ok


async def test_a_silent_witness_is_asked_later_and_later(street: Street, honest: Log) -> None:
    street.wrong = {one.url: absent for one in street.known}
    asking = street.asking()
    pauses = []
    for _ in range(10):
        await asking.ask()
        pause = asking.standing()["one"].not_before - honest.clock.now()
        pauses.append(pause // 1_000_000)
        honest.clock.advance(pause - 1)
        assert await asking.ask() == 0
        honest.clock.advance(1)
    assert len(street.asked) == 3 * 10
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    street.wrong = {}
    assert await asking.ask() == 3
    assert asking.standing()["one"].failures == 0


async def test_it_goes_on_from_what_is_kept(street: Street, honest: Log) -> None:
    other = street.asking()
    await other.look()
    assert {one.size for one in other.standing().values()} == {0}
    await street.asking().ask()
    await other.look()  # another process, where this one asks
    assert {one.size for one in other.standing().values()} == {300}
    await honest.drain()
    assert await street.asking().ask() == 3
    assert len(street.asked) == 6  # after a restart: each size is known at once
    await honest.tamper("DELETE FROM ledger_cosignature")
    await honest.write()
    await honest.drain()
    assert await street.asking().ask() == 3
    assert len(street.asked) == 12  # a witness that saw what we forgot, as after a crash, is asked twice
    nobody = Asking(honest.db, ORIGIN, Policy(()), street.post, honest.clock)
    assert not nobody.needed
    assert await nobody.ask() == 0
