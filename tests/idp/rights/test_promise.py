"""Thirty days after an erasure nothing that the server holds leads back to her, and every proof stands.

She lives here by page and by API; whatever is hashed of her address meanwhile, under whichever key, is
written down. A backup is made. Then she goes, the backup's keys go when their time is over, and all that is
left is searched: rows, files with their free pages and journals, the list of erasures, the backup. Evidence
of past consent, restricted, is the one exception: it is searched for what is outside its seal.
"""

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from consent.ledger.merkle import verify_inclusion
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.proofs import Inclusion, prove
from consent.ledger.verifying.verify import verify
from consent.records.packing import unpack
from consent.records.receipts import verify_receipt
from foundation.clock import DAY, HOUR, MINUTE
from foundation.settings import Settings
from idp.backup.making import make_backup
from idp.backup.manifest import DATABASE, KEYS, LEFT_OUT
from idp.running import background
from idp.running.payloads import PayloadKeys
from tests.idp.backup.support import unwatched
from tests.idp.rights.remains import profile_values, rows
from tests.idp.rights.scenes import lived_in
from tests.idp.support import World
from tests.idp.visitor import PASSWORD, Visitor, read
from tests.law.papers import erase_herself

EMAIL = "amina@example.org"
_BY_CHANCE = re.compile(r"[\w+/=-]*", re.ASCII)  # ids, hashes and what is base64
_LONGEST = 400  # of what is hashed: a page or a leaf has a salt of hers, or of chance, in it


class Hashes:
    """What was made of her address, by any hash function and any key."""

    def __init__(self) -> None:
        self.of_her: set[bytes] = set()

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("blake2b", "sha256"):
            monkeypatch.setattr(hashlib, name, self._noting(getattr(hashlib, name)))

    def _noting(self, function: Any) -> Any:
        def hashed(data: bytes = b"", **options: Any) -> Any:
            made = function(data, **options)
            if len(data) <= _LONGEST and self._says(bytes(data)):
                self.of_her.add(made.digest())
            return made

        return hashed

    def _says(self, data: bytes) -> bool:
        return EMAIL.encode() in data.lower() or any(known in data for known in self.of_her)


def spellings(secret: bytes) -> set[bytes]:
    """As bytes, and as texts have them."""
    encoded = {base64.b64encode(secret), base64.urlsafe_b64encode(secret)}
    return {secret, secret.hex().encode()} | {one.rstrip(b"=") for one in encoded}


def words_of_hers(everybodys: str) -> set[bytes]:
    """Her address and what her profile says, but for jobs and skills; no word that chance could spell."""
    long = {one for one in profile_values("amina") if len(one) >= 12 or not _BY_CHANCE.fullmatch(one)}
    return {one.encode() for one in {EMAIL, *long} if one not in everybodys}


def found_in(text: bytes, needles: set[bytes]) -> set[bytes]:
    return {one for one in needles if one in text}


async def everything(world: World, folder: Path) -> bytes:
    """Every row of the live database as text and bytes, and every byte of every file."""
    parts = [
        value.encode() if isinstance(value, str) else value
        for those in (await rows(world.server.db)).values()
        for row in those
        for value in row
        if isinstance(value, str | bytes)
    ]
    return b"\n".join([*parts, *(one.read_bytes() for one in folder.rglob("*") if one.is_file())])


async def a_month(world: World) -> None:
    """What a server does beside answering, through the days."""
    jobs = {
        name: job for name, (_, job) in background._jobs(world.server).items() if "key-turning" not in name
    }
    for step in (5 * MINUTE, 2 * HOUR, DAY, 30 * DAY):
        world.clock.advance(step)
        for job in jobs.values():
            await job()


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    watching = Hashes()
    watching.watch(monkeypatch)
    return watching


async def proof(world: World, event_id: str) -> Inclusion:
    async with world.server.db.reading() as tx:
        found = await prove(tx, world.server.sequencer.verifier.name, event_id)
    assert isinstance(found, Inclusion)
    return found


async def test_nothing_leads_back_to_her_and_every_proof_stands(
    hashes: Hashes, house: World, visitor: Visitor, settings: Settings, tmp_path: Path
) -> None:
    server, backup = house.server, tmp_path / "backup"
    await lived_in(house)
    page = await visitor.get("/login")
    for password in ("not hers at all", PASSWORD):
        page = await visitor.post("/login", read(page).hidden | {"email": EMAIL, "password": password})
    forgot = await visitor.get("/password/forgot")
    await visitor.post("/password/forgot", read(forgot).hidden | {"email": EMAIL.upper()})
    await server.sequencer.advance(sign_now=True)
    given = (await rows(server.db))["consent_record"]
    receipts = [unpack(row.packed) for row in given]
    subject = house.act(house.client).person.subject
    keys = [row for row in (await rows(server.db))["person_key"] if row.person_id == house.person_id]
    secrets = [house.person.secret, house.person.data_key, keys[0].wrapped]
    proofs = [await proof(house, row.event_id) for row in given]
    await make_backup(server, backup, unwatched)
    assert len(hashes.of_her) >= 3  # of the account, of the throttle
    everybodys = repr(await rows(server.db, rome=True))
    ways_back = words_of_hers(everybodys).union(*map(spellings, [*hashes.of_her, *secrets]))
    assert len(found_in(await everything(house, tmp_path), ways_back)) >= 2  # the search can find

    await erase_herself(visitor)
    await a_month(house)
    await server.sequencer.advance(sign_now=True)
    shutil.rmtree(backup / KEYS)

    left = await rows(server.db)
    assert [name for name in LEFT_OUT if left[name]] == []  # what the server could still open
    assert [one for one in left["signal"] if one.sealed_subject is not None] == []
    ways_back = ways_back.union(*map(spellings, hashes.of_her))
    assert found_in(await everything(house, tmp_path), ways_back) == set()
    assert found_in(dumped(settings, backup), ways_back) == set()
    names = {house.person_id.encode(), subject.encode()}
    backup_gone = backup.rename(tmp_path.with_name(f"{tmp_path.name}-elsewhere"))
    settings.erasures_path.unlink()  # random ids, for backups that are gone
    assert found_in(await everything(house, tmp_path), names) == set()
    shutil.rmtree(backup_gone)

    for receipt in receipts:
        verify_receipt(receipt, server.ring.jwks("receipt", house.clock.now()))
    for kept in proofs:
        head = open_checkpoint(kept.note, server.sequencer.verifier)
        verify_inclusion(kept.position, head.size, kept.leaf_hash, kept.proof, head.root)
        again = await proof(house, kept.event_id)
        assert (again.position, again.leaf_hash) == (kept.position, kept.leaf_hash)
    verdict = await verify(server.db, [server.sequencer.verifier], secrets_of=PayloadKeys(server).of)
    assert verdict.ok, verdict.message()


def dumped(settings: Settings, backup: Path) -> bytes:
    """What a dump says once it is unpacked."""
    if settings.on_sqlite:
        return (backup / DATABASE).read_bytes()
    command = ["pg_restore", "--file=-", str(backup / DATABASE)]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603  # our own arguments
