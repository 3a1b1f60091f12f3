"""What she takes along: complete, valid, checkable without us, safe in a spreadsheet, the same twice."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import httpx
import jsonschema
import pytest

from consent.ledger.leaf import leaf_hash
from consent.ledger.notes.note import Verifier
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.notes.tlog_proof import check_proof, parse_proof
from consent.profile.document import parse_document
from consent.profile.fields import DATASETS
from consent.records.receipts import verify_receipt
from consent.rights import pages
from consent.rights.archive import Consented, Leaver, consented, parts
from consent.rights.zipping import Parts
from foundation.database import Database
from tests.idp.receipts.papers import seal_log
from tests.idp.rights.scenes import erase
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor, is_our_error, read

RESUME_SCHEMA = Path(__file__).parents[2] / "consent" / "rights" / "data" / "jsonresume-1.3.1.schema.json"
ROUNDED = 2_000_000


async def taken(visitor: Visitor) -> httpx.Response:
    page = await visitor.sign_in(await visitor.get("/login"))
    assert page.status_code == 200
    offer = await visitor.get("/account/data/export")
    form = read(offer)
    answer = await visitor.post("/account/data/export", form.hidden)
    assert answer.status_code == 200, answer.text
    return answer


def files(answer: httpx.Response) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
async def lived(house: World) -> World:
    """She shared skills and experiences; the app read both; one skill stays with her."""
    first = await house.grant()
    await house.revoke(first.standing.grant_id)
    house.clock.advance(1000)
    tokens = await house.tokens(hide=["skills:s02"])
    for path in ("/v1/me/skills", "/v1/me/experiences", "/v1/me"):
        assert (await house.read(path, tokens["access_token"])).status_code == 200
    return house


async def test_everything_is_there(lived: World, visitor: Visitor) -> None:
    answer = await taken(visitor)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="accord-2027-01-')
    assert answer.headers["cache-control"] == "no-store"
    found = files(answer)
    assert {f"csv/{name}.csv" for name in DATASETS} <= found.keys()
    assert {
        "accord.json",
        "accord.schema.json",
        "resume.json",
        "csv/reads.csv",
        "history.jsonl",
    } <= found.keys()
    document = json.loads(found["accord.json"])
    schema = json.loads(found["accord.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert document["account"]["email"] == "amina@example.org"
    assert len(document["account"]["sessions"]) == 1
    assert [grant["end_reason"] for grant in document["grants"]] == [None, "withdrawn"]
    assert document["grants"][0]["recipient"]["name"] == "Cap Coaching"
    published = await visitor.get("/schemas/accord-export-1.json")
    assert published.json() == schema
    assert published.headers["content-type"] == "application/schema+json"


async def test_the_profile_in_it_can_be_brought_in_again(lived: World, visitor: Visitor) -> None:
    """Each dataset, to the last value; items alone get new names where they are brought in."""
    document = json.loads(files(await taken(visitor))["accord.json"])
    again, shelf = parse_document(json.dumps(document["profile"])), await lived.shelf()
    hers = {
        name: [{key: value for key, value in item.items() if key != "id"} for item in items]
        for name, items in shelf.items()
    }
    brought = {
        name: [item.model_dump(mode="json", exclude={"id"}) for item in items]
        for name, items in again.items()
    }
    assert brought == hers
    assert len(brought) == len(DATASETS)
    assert all(brought.values())  # she has something of each


async def test_receipts_verify_with_the_keys_beside_them(lived: World, visitor: Visitor) -> None:
    found = files(await taken(visitor))
    keys = json.loads(found["keys/receipts.json"])
    receipts = [name for name in found if name.startswith("receipts/")]
    assert len(receipts) == 3
    document = json.loads(found["accord.json"])
    named = {state["receipt"] for grant in document["grants"] for state in grant["states"]}
    assert named == set(receipts)
    for name in receipts:
        claims = verify_receipt(found[name].decode(), keys)
        assert name.startswith(f"receipts/{claims['record']['grant_id']}-")


async def test_each_receipt_has_its_proof_beside_it(lived: World, visitor: Visitor) -> None:
    await seal_log(lived)
    found = files(await taken(visitor))
    keys, log = json.loads(found["keys/receipts.json"]), found["keys/ledger.txt"].decode()
    receipts = [name for name in found if name.endswith(".jws")]
    assert len(receipts) == 3
    for name in receipts:
        claims = verify_receipt(found[name].decode(), keys)
        proof = parse_proof(found[name.removesuffix(".jws") + ".tlog-proof"].decode())
        leaf = bytes.fromhex(claims["ledger"]["leaf_hash"])
        assert check_proof(proof, leaf, unwitnessed(Verifier.from_vkey(log))).checkpoint.size > 0


async def test_history_lines_are_the_logs_own(lived: World, visitor: Visitor) -> None:
    found = files(await taken(visitor))
    lines = [json.loads(line) for line in found["history.jsonl"].splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds.count("data.read") == 3
    assert kinds.count("consent.given") == 2
    assert "login.succeeded" in kinds
    assert "data.exported" in kinds
    reads = [line for line in lines if line["event"] == "data.read"]
    assert {line["recipient"]["name"] for line in reads} == {"Cap Coaching"}
    skills = next(line for line in reads if json.loads(line["leaf"])["facts"]["dataset"] == "skills")
    assert "s02" not in skills["payload"]["items"]
    assert len(skills["payload"]["items"]) == 10
    document = json.loads(found["accord.json"])
    hashes = {
        state["event_id"]: state["leaf_hash"] for grant in document["grants"] for state in grant["states"]
    }
    for line in lines:
        event_id = json.loads(line["leaf"])["id"]
        if event_id in hashes:
            assert leaf_hash(line["leaf"].encode()).hex() == hashes[event_id]


async def test_every_read_has_its_recipient(lived: World, visitor: Visitor) -> None:
    raw = files(await taken(visitor))["csv/reads.csv"]
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["data"] for row in rows] == ["skills", "experiences", "grant"]
    assert {row["app"] for row in rows} == {"Cap Coaching"}
    assert rows[0]["items"] == "10"
    assert rows[0]["item_ids"].split(" | ")[0] == "s01"


async def test_the_resume_validates_and_says_no_more_than_a_cv(lived: World, visitor: Visitor) -> None:
    found = files(await taken(visitor))
    resume = json.loads(found["resume.json"])
    validator = jsonschema.Draft7Validator(
        json.loads(RESUME_SCHEMA.read_text("utf-8")), format_checker=jsonschema.FormatChecker()
    )
    assert list(validator.iter_errors(resume)) == []
    assert resume["basics"]["name"] == "Amina Benali"
    assert resume["work"][0]["accord"]["rome_code"] == "M1601"
    assert len(resume["skills"]) == 11
    for secret in ("1991-04-23", "Dumont", "unemployment", "00010021400014"):
        assert secret not in found["resume.json"].decode()


async def test_a_formula_is_a_text_in_a_spreadsheet(lived: World, visitor: Visitor) -> None:
    await lived.put("interests", label='=HYPERLINK("http://evil.example","x")', detail="@SUM(1+1)\n=2")
    found = files(await taken(visitor))
    text = found["csv/interests.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[-1] == ['\'=HYPERLINK("http://evil.example","x")', "'@SUM(1+1)\n=2"]
    assert '=HYPERLINK(\\"http://evil' in found["accord.json"].decode()


async def test_the_same_data_at_the_same_moment_are_the_same_bytes(lived: World, visitor: Visitor) -> None:
    first = await taken(visitor)
    form = read(await visitor.get("/account/data/export"))
    lived.clock.value -= lived.clock.value % ROUNDED
    body = {"form_token": form.hidden["form_token"]}
    answers = [await visitor.http.post("/account/data/export", data=body) for _ in range(2)]
    one, other = (files(answer) for answer in answers)
    assert {name for name in one if one[name] != other[name]} == {
        "history.jsonl"
    }  # the first export is in it
    assert first.content != answers[0].content


async def test_an_empty_account_leaves_with_its_archive(lived: World, new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    await visitor.sign_in(await visitor.get("/login"), "bruno@example.org")
    form = read(await visitor.get("/account/data/export"))
    found = files(await visitor.post("/account/data/export", form.hidden))
    document = json.loads(found["accord.json"])
    assert document["grants"] == []
    assert found["csv/skills.csv"].decode("utf-8-sig") == "label,level,kind,rome_code\r\n"
    assert "amina" not in b"".join(found.values()).decode(errors="replace").lower()


async def test_it_is_told_before_it_leaves(lived: World, visitor: Visitor) -> None:
    await taken(visitor)
    (leaf,) = await lived.events("data.exported")
    assert leaf["facts"] == {"format": "zip", "grants": 2}
    assert leaf["person"].startswith("p-")


@pytest.mark.parametrize("path", ["/account/data", "/account/data/export", "/account/delete"])
async def test_strangers_sign_in_first(house: World, visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")


async def test_the_overview_links_to_every_right(house: World, visitor: Visitor) -> None:
    await visitor.sign_in(await visitor.get("/login"))
    page = (await visitor.get("/account/data")).text
    for path in ("/account", "/account/history", "/account/data/export", "/account/data/import",
                 "/account/apps", "/account/delete"):  # fmt: skip
        assert f'href="{path}"' in page
    assert "/account/data" in (await visitor.get("/account")).text


async def test_who_has_nothing_yet_is_offered_no_invented_item(house: World, visitor: Visitor) -> None:
    await visitor.sign_in(await visitor.get("/login"), "bruno@example.org")
    offer = (await visitor.get("/account/data/export")).text
    assert re.findall(r"<dd>(rien|aucune|aucun) pour l’instant</dd>", offer) == ["rien", "aucune", "aucun"]
    assert "Un élément" not in offer


async def test_who_is_erased_before_it_leaves_gets_none(
    lived: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.sign_in(await visitor.get("/login"))
    form = read(await visitor.get("/account/data/export"))

    async def erased_meanwhile(db: Database, person_id: str) -> list[Consented]:
        found = await consented(db, person_id)
        assert await erase(lived) is not None
        return found

    monkeypatch.setattr(pages, "consented", erased_meanwhile)
    is_our_error(await visitor.post("/account/data/export", form.hidden), 410)
    assert await lived.events("data.exported") == []


async def test_who_is_erased_while_it_leaves_gets_all_of_it(
    lived: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files(await taken(visitor))
    form = read(await visitor.get("/account/data/export"))

    async def erased_meanwhile(leaver: Leaver, grants: Sequence[Consented]) -> Parts:
        assert await erase(lived) is not None
        async for part in parts(leaver, grants):
            yield part

    monkeypatch.setattr(pages, "parts", erased_meanwhile)
    late = files(await visitor.post("/account/data/export", form.hidden))
    for name in ("resume.json", "csv/skills.csv", "csv/reads.csv"):
        assert late[name] == whole[name]
    assert late.keys() == whole.keys()
