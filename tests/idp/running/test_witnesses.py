"""The operator's policy file, and how its witnesses are reached, counted and told."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from consent.ledger.witnessing.asking import UnansweredError
from foundation.database import Database
from foundation.errors import SettingsError
from foundation.outbound.fetching import Outbound, Parcel
from foundation.outbound.fetching import Reply as Fetched
from foundation.outbound.problems import OutboundError
from foundation.settings import Settings
from idp.context import Server
from idp.running.metrics import Metrics
from idp.running.witnesses import _post_by, asking_of, policy_of, witness_jobs
from idp.witness.key import make_key, read_key
from idp.witness.state import State
from tests.consent.ledger.files.support import SEERS
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.visitor import NewVisitor
from tests.idp.witness.support import Watch

URL = "https://witness.example/base/"


class Way(Outbound):
    """A way out that leads to one witness."""

    watch: Watch | None = None

    async def post(self, url: str, parcel: Parcel, *, most: int = 65_536) -> Fetched:
        assert (url, most) == ("https://witness.example/base/add-checkpoint", 16_384)
        if self.watch is None:
            raise OutboundError("outbound_timeout", "Too slow.", detail="witness.example")
        answer = self.watch.witness.add(parcel.body)
        return Fetched(answer.status, "text/plain", {}, answer.body.encode())


def settings_with(folder: Path, policy: str) -> Settings:
    path = folder / "policy"
    path.write_text(policy, "utf-8")
    return Settings(ledger_policy=path)


@pytest.fixture
def watched(server: Server, tmp_path: Path) -> Server:
    """A server whose policy names one witness, within reach."""
    State.begin(tmp_path)
    key = make_key(tmp_path, "cnil.example")
    way = Way()
    way.watch = Watch(tmp_path, cast("Any", read_key(tmp_path)), [server.sequencer.verifier])
    settings = settings_with(tmp_path, f"witness cnil {key.cosigner.vkey} {URL}\nquorum cnil\n")
    asking = asking_of(settings, server.db, way, server.sequencer.verifier.name, server.clock)
    return replace(server, witnesses=asking)


async def test_the_log_is_witnessed_by_a_job(watched: Server) -> None:
    await watched.sequencer.advance(sign_now=True)
    (_, ask), *others = witness_jobs(watched).values()
    assert not others
    await ask()
    metrics = await Metrics(watched, ()).endpoint()(cast("Any", None))
    size = watched.witnesses.standing()["cnil"].size
    assert size > 0
    assert f'accord_witness_size{{witness="cnil"}} {float(size)}'.encode() in bytes(metrics.body)
    assert b'accord_witness_failures{witness="cnil"} 0.0' in bytes(metrics.body)


async def test_the_console_says_who_cosigned(house: World, new_visitor: NewVisitor, tmp_path: Path) -> None:
    auditor = await someone(house, new_visitor(), "auditor")
    await house.server.sequencer.advance(sign_now=True)
    for page in ("/audit", "/audit/flags"):
        assert "Sans témoin" in (await auditor.get(page)).text
    State.begin(tmp_path)
    key = make_key(tmp_path, "cnil.example")
    way = Way()
    way.watch = Watch(tmp_path, key, [house.server.sequencer.verifier])
    settings = settings_with(tmp_path, f"witness cnil {key.cosigner.vkey} {URL}\nquorum cnil\n")
    name = house.server.sequencer.verifier.name
    assert await asking_of(settings, house.server.db, way, name, house.clock).ask() == 1
    for page in ("/audit", "/audit/flags"):
        text = (await auditor.get(page)).text
        assert "cnil.example" in text
        assert "Sans témoin" not in text


def test_nobody_is_asked_where_no_policy_is_set(server: Server) -> None:
    assert policy_of(server.settings).witnesses == ()
    assert witness_jobs(server) == {}


def test_a_witness_without_an_address_is_not_asked(db: Database, tmp_path: Path) -> None:
    settings = settings_with(tmp_path, f"witness w {SEERS[0].cosigner.vkey}\nquorum none\n")
    assert not asking_of(settings, db, Way(), "log", cast("Any", None)).needed


@pytest.mark.parametrize("policy", ["", "quorum w\n", "log x\nquorum none\n"])
def test_a_malformed_policy_stops_the_start(tmp_path: Path, policy: str) -> None:
    with pytest.raises(SettingsError, match="ACCORD_LEDGER_POLICY"):
        policy_of(settings_with(tmp_path, policy))
    with pytest.raises(SettingsError, match="ACCORD_LEDGER_POLICY"):
        policy_of(Settings(ledger_policy=tmp_path / "none"))


async def test_a_witness_out_of_reach_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(UnansweredError, match="outbound_timeout"):
        await _post_by(Way())(URL, b"old 0\n\n")


async def test_an_address_inside_our_network_is_not_asked() -> None:
    with pytest.raises(UnansweredError, match="outbound_forbidden"):
        await _post_by(Outbound())("https://10.0.0.1/", b"old 0\n\n")
