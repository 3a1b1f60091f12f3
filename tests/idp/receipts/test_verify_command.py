"""`accord receipt verify`: files alone, and every lie in them found."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from consent.ledger.notes.note import Verifier
from idp.cli import app
from idp.receipts.published import KEY_FILE, keep_key_file
from idp.running.keyring import rotate_keys
from keys.rotation import Slot
from tests.consent.records.checking import faults
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.support import ISSUER, World

ALL = ["signed", "issuer", "in_words", "leaf", "logged"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is checked is a file."""
    return sqlite_url


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has nothing of ours: no database answers, no server does."""
    monkeypatch.setenv("ACCORD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setenv("ACCORD_DATA_DIR", str(folder))
    return folder


def accord(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(app, ["receipt", "verify", *words], input=said)


def written(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(path)


async def keys_of(world: World) -> Any:
    return (await world.http.get("/receipts/jwks")).json()


@pytest.fixture
async def held(world: World) -> dict[str, Any]:
    """A receipt with its proof, as she keeps it."""
    await world.grant()
    await seal_log(world)
    return await paper(world)


def verdict(ended: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


async def test_a_receipt_proves_all_of_it_with_files_alone(world: World, held: Any, elsewhere: Path) -> None:
    assert faults("receipt-file", held) == []
    file = written(elsewhere, "receipt.json", held)
    keys = written(elsewhere, "keys.json", await keys_of(world))
    ended = accord(file, "--keys", keys)
    assert ended.exit_code == 0, ended.stderr
    for text in ("Valid.", "given", "Cap Coaching", "skills: granted", "position"):
        assert text in ended.stdout
    assert "who the person is" in ended.stderr
    found = verdict(accord(file, "--keys", keys, "--issuer", ISSUER, "--json"))
    assert (found["valid"], found["proved"], found["not_proved"]) == (True, ALL, [])
    assert found["claims"] == held["claims"]


async def test_the_signed_part_alone_is_enough(world: World, held: Any, elsewhere: Path) -> None:
    keys = written(elsewhere, "keys.json", await keys_of(world))
    text = held["receipt"]
    broken = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))  # as a mail would break it
    ended = accord("-", "--keys", keys, "--json", said=broken)
    assert verdict(ended)["proved"] == ["signed", "issuer", "promised"]
    assert verdict(ended)["not_proved"] == ["leaf", "logged"]


async def test_before_it_has_its_place_it_says_so(world: World, elsewhere: Path) -> None:
    await world.grant()
    file = written(elsewhere, "receipt.json", await paper(world))
    keys = written(elsewhere, "keys.json", await keys_of(world))
    assert verdict(accord(file, "--keys", keys, "--json"))["not_proved"] == ["logged"]


async def test_a_proof_beside_it_and_a_pinned_log_show_its_place(
    world: World, held: dict[str, Any], elsewhere: Path
) -> None:
    """The bare receipt, its `.tlog-proof`, and what the reader has pinned: nothing else."""
    found = await world.http.get("/ledger/tlog-proof", params={"event_id": held["claims"]["receipt_id"]})
    file, proof = written(elsewhere, "r.jws", held["receipt"]), written(elsewhere, "r.tlog-proof", found.text)
    keys = await keys_of(world)
    vkey, bare = keys["ledger"]["vkey"], written(elsewhere, "keys.json", {"keys": keys["keys"]})
    asked = (file, "--keys", bare, "--proof", proof, "--issuer", ISSUER)
    ended = accord(*asked, "--vkey", vkey, "--json")
    assert verdict(ended)["proved"] == ["signed", "issuer", "logged"]
    assert verdict(ended)["tree_size"] == held["ledger"]["proof"]["tree_size"]
    assert verdict(accord(*asked, "--json"))["proved"] == ["signed", "issuer", "promised"]
    nobody = written(elsewhere, "policy", f"log {vkey}\nquorum none\n")
    assert accord(*asked, "--policy", nobody).exit_code == 0
    stranger = Verifier("other.example", Verifier.from_vkey(vkey).public).vkey
    ended = accord(*asked, "--vkey", stranger)
    assert "(wrong_proof)" in " ".join(ended.stderr.split())
    for change in (("index ", "index 1"), ("\n\n", "\n"), (found.text, "hello"), (found.text, "\udcff")):
        spoiled = elsewhere / "spoiled"
        spoiled.write_bytes(found.text.replace(*change, 1).encode("utf-8", "surrogateescape"))
        ended = accord(file, "--keys", bare, "--proof", str(spoiled), "--vkey", vkey, "--json")
        assert verdict(ended)["code"] == "wrong_proof"


async def test_keys_beside_the_data_are_the_ones_to_trust(world: World, held: Any, elsewhere: Path) -> None:
    file = written(elsewhere, "receipt.json", held)
    without = accord(file)
    assert without.exit_code == 2
    assert "--keys FILE" in " ".join(without.stderr.split())
    await keep_key_file(world.server)
    kept = world.server.settings.data_dir / KEY_FILE
    (elsewhere / KEY_FILE).write_bytes(kept.read_bytes())
    assert accord(file).exit_code == 0
    before = kept.stat().st_mtime_ns
    await keep_key_file(world.server)
    assert kept.stat().st_mtime_ns == before


async def test_a_receipt_outlives_its_key(world: World, held: Any, elsewhere: Path) -> None:
    for _ in range(3):
        await rotate_keys(world.server, Slot("receipt", "ES256"), insist=True)
        world.clock.advance(400 * 86400 * 1_000_000)
    async with world.server.db.reading() as tx:
        await world.server.ring.refresh(tx, world.clock.now())
    keys = await keys_of(world)
    assert len(keys["keys"]) == 5
    assert [key["retired_at"] is None for key in keys["keys"]] == [False, False, False, True, True]
    file, path = written(elsewhere, "receipt.json", held), written(elsewhere, "keys.json", keys)
    assert accord(file, "--keys", path).exit_code == 0


async def test_of_a_key_that_was_revoked_only_what_the_ledger_holds_counts(
    world: World, held: Any, elsewhere: Path
) -> None:
    keys = await keys_of(world)
    for key in keys["keys"]:
        key["revoked_at"] = key["staged_at"]
    path = written(elsewhere, "keys.json", keys)
    assert accord(written(elsewhere, "receipt.json", held), "--keys", path).exit_code == 0
    alone = accord(written(elsewhere, "alone.json", held | {"ledger": None}), "--keys", path)
    assert alone.exit_code == 1
    assert "its key was revoked" in " ".join(alone.stderr.split())


async def test_every_receipt_key_is_in_the_ledger_from_the_day_it_is_published(world: World) -> None:
    await rotate_keys(world.server, Slot("receipt", "ES256"), insist=True)
    async with world.server.db.reading() as tx:
        await world.server.ring.refresh(tx, world.clock.now())
    archived = {leaf["id"]: leaf["facts"] for leaf in await world.events("key.archived")}
    for key in (await keys_of(world))["keys"]:
        facts = archived.pop(key["archived_in"])
        assert facts["kid"] == key["kid"]
        assert json.loads(facts["jwk"]) == {name: key[name] for name in ("crv", "kty", "x", "y")}
    assert archived == {}


def changes(held: dict[str, Any], keys: Any) -> dict[str, tuple[dict[str, Any], Any]]:
    """What somebody could do to the file or the keys, by the code that must answer."""

    def file(*path: str, to: Any) -> tuple[dict[str, Any], Any]:
        altered = copy.deepcopy(held)
        inner = altered
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = to
        return altered, keys

    other = copy.deepcopy(keys)
    for key in other["keys"]:
        key["retired_at"] = "2020-01-01T00:00:00+00:00"
    swapped = copy.deepcopy(keys)
    swapped["keys"][0]["x"], swapped["keys"][1]["x"] = swapped["keys"][1]["x"], swapped["keys"][0]["x"]
    foreign = copy.deepcopy(keys) | {"issuer": "https://elsewhere.example"}
    leaf, proof = held["ledger"]["leaf"], held["ledger"]["proof"]
    return {
        "altered_words": file("claims", to={**held["claims"], "iat": 1}),
        "wrong_leaf": file("ledger", "leaf", to=leaf.replace('"outcome":"success"', '"outcome":"refused"')),
        "wrong_leaf 2": file("ledger", "leaf", to="{}"),
        "wrong_proof": file("ledger", "proof", to={**proof, "index": proof["index"] + 1}),
        "wrong_proof 2": file("ledger", "proof", to={**proof, "proof": proof["proof"][:-1]}),
        "wrong_proof 3": file(
            "ledger", "proof", to={**proof, "checkpoint": proof["checkpoint"][:-9] + "AAAAAAA=\n"}
        ),
        "wrong_proof 4": file("ledger", "proof", to={"index": "x"}),
        "bad_signature": file("receipt", to=held["receipt"][:-4] + "AAAA"),
        "not_a_receipt": file("receipt", to="nothing"),
        "not_a_receipt 2": ({"a": 1}, keys),
        "key_out_of_time": (held, other),
        "bad_keys": (held, swapped),  # not even a point of the curve
        "unknown_key": (held, {**keys, "keys": [one for one in keys["keys"] if not one["activated_at"]]}),
        "bad_keys 2": (held, {"keys": "none"}),
        "bad_keys 3": (held, []),
        "wrong_issuer": (held, foreign),
    }


async def test_whatever_was_altered_is_named(world: World, held: Any, elsewhere: Path) -> None:
    for name, (document, keys) in changes(held, await keys_of(world)).items():
        file, path = written(elsewhere, "a.json", document), written(elsewhere, "b.json", keys)
        ended = accord(file, "--keys", path, "--json")
        assert (ended.exit_code, verdict(ended)["valid"]) == (1, False), name
        assert verdict(ended)["code"] == name.split(" ")[0]
        assert f"({name.split(' ')[0]})" in " ".join(accord(file, "--keys", path).stderr.split())


async def test_a_missing_file_and_a_wrong_issuer_are_said(world: World, held: Any, elsewhere: Path) -> None:
    keys = written(elsewhere, "keys.json", await keys_of(world))
    assert accord(str(elsewhere / "none"), "--keys", keys).exit_code == 2
    file = written(elsewhere, "receipt.json", held)
    ended = accord(file, "--keys", keys, "--issuer", "https://elsewhere.example", "--json")
    assert verdict(ended)["code"] == "wrong_issuer"
