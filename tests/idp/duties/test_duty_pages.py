"""The administrator's pages and commands: the register as it is, who is affected, and that she asked."""

import csv
import io
import json
import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from foundation.clock import to_datetime
from idp.cli import app as command
from idp.commands.output import show
from idp.duties import breach_rows, breach_walk, pages
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.visitor import NewVisitor, Visitor, read


@pytest.fixture
async def administrator(house: World, new_visitor: NewVisitor) -> Visitor:
    return await someone(house, new_visitor(), "administrator")


def fields(page: httpx.Response, world: World, **changed: str) -> dict[str, str]:
    now = to_datetime(world.clock.now())
    given = {
        "client": "app",
        "dataset": "",
        "field": "",
        "since": "2020-01-01T00:00",
        "until": f"{now.year + 1}-01-01T00:00",
        "reason": "Incident 12",
    }
    return {"form_token": read(page).hidden["form_token"]} | given | changed


async def test_the_register_says_what_is_enforced(house: World, administrator: Visitor) -> None:
    page = await administrator.get("/admin/register")
    assert "Cap Coaching" in page.text
    token = read(page).hidden
    answer = await administrator.post("/admin/register", token | {"format": "json"})
    document = answer.json()
    disclosure = next(one for one in document["activities"] if one.get("client_id") == "app")
    assert disclosure["fields"]["skills"] == ["label", "level", "kind", "rome_code"]
    assert disclosure["lawful_basis"] == "Autorisation de la personne"
    assert {"accounts", "profile", "consent-records", "evidence", "audit-log"} <= {
        one["id"] for one in document["activities"]
    }
    for one in document["activities"]:
        assert one.keys() >= {"purpose", "lawful_basis", "subjects", "data", "recipients", "transfers",
                              "retention", "security"}  # fmt: skip
    table = await administrator.post("/admin/register", token | {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(rows) == len(document["activities"])
    assert [leaf["facts"]["format"] for leaf in await house.events("register.exported")] == ["json", "csv"]


async def test_it_is_read_in_english_too(house: World, administrator: Visitor) -> None:
    page = await administrator.get("/admin/register?lang=en")
    assert "Register of processing" in page.text
    assert "Keep accounts and open sessions" in page.text


async def test_counting_then_listing(house: World, administrator: Visitor) -> None:
    tokens = await house.tokens()
    await house.read("/v1/me/skills", tokens["access_token"])
    page = await administrator.get("/admin/breach")
    counted = await administrator.post("/admin/breach", fields(page, house))
    assert counted.status_code == 200
    assert "Une personne concernée" in counted.text
    assert "amina@example.org" not in counted.text
    listed = await administrator.post("/admin/breach", fields(counted, house, list="1"))
    assert listed.headers["content-type"].startswith("text/csv")
    assert "amina@example.org" in listed.text
    told = await house.events("breach.queried")
    assert [leaf["facts"]["listed"] for leaf in told] == [False, True]
    assert [leaf["facts"]["complete"] for leaf in told] == [True, False]
    (left,) = await house.events("breach.listed")
    assert left["facts"]["people"] == 1


async def test_what_was_read_is_said_in_the_words_of_her_history(
    house: World, administrator: Visitor
) -> None:
    tokens = await house.tokens()
    for path in ("/v1/me/skills", "/v1/me/experiences", "/userinfo"):
        await house.read(path, tokens["access_token"])
    page = await administrator.get("/admin/breach")
    for language, words in (
        (
            "fr",
            ("Compétences – Niveau", "Identifiant propre à cette application", "Adresse e-mail confirmée"),
        ),
        ("en", ("Skills – Level", "Identifier for this app alone", "E-mail address confirmed")),
    ):
        told = (await administrator.post(f"/admin/breach?lang={language}", fields(page, house))).text
        rows = re.findall(r'<th scope="row">([^<]*)</th>', told)
        assert all(any(row.endswith(word) for row in rows) for word in words), rows
        assert len(rows) > 12  # all of it: an authority is not told a part
        assert not [row for row in rows if "_" in row or row.endswith("– sub")]


async def test_nobody_is_not_told_as_somebody(house: World, administrator: Visitor) -> None:
    page = await administrator.get("/admin/breach")
    for language, people, reads in (
        ("fr", "Personne n’est concerné", "Aucune lecture comptée."),
        ("en", "Nobody is affected", "No read counted."),
    ):
        told = (await administrator.post(f"/admin/breach?lang={language}", fields(page, house))).text
        assert people in told
        assert reads in told
        assert "Une personne" not in told


async def test_a_long_answer_comes_in_parts(
    house: World, administrator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(breach_rows, "PIECE", 1)
    monkeypatch.setattr(breach_walk, "PIECE", 1)
    tokens = await house.tokens()
    for path in ("/v1/me/skills", "/v1/me/experiences"):
        await house.read(path, tokens["access_token"])
    await house.server.sequencer.start()
    await house.server.sequencer.stop()
    first = await administrator.post("/admin/breach", fields(await administrator.get("/admin/breach"), house))
    assert "Au moins une personne concernée" in first.text
    assert "Une lecture comptée jusqu’ici." in first.text
    more = read(first).hidden
    assert more["people"] == "1"
    last = await administrator.post("/admin/breach", fields(first, house, **_sums(more)))
    while "Au moins" in last.text:
        more = read(last).hidden
        last = await administrator.post("/admin/breach", fields(last, house, **_sums(more)))
    assert "Une personne concernée" in last.text  # the same person, counted once
    assert "2 lectures en tout." in last.text
    wrong = await administrator.post("/admin/breach", fields(last, house, after="nowhere"))
    assert wrong.status_code == 400
    hostile = _sums(more) | {"people": "9" * 40, "reads": "٣", "erased": "-1"}
    assert (await administrator.post("/admin/breach", fields(last, house, **hostile))).status_code == 200


def _sums(hidden: dict[str, str]) -> dict[str, str]:
    return {name: hidden[name] for name in ("after", "people", "erased", "reads")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": ""},
        {"client": "nobody"},
        {"since": "yesterday"},
        {"until": "2019-01-01T00:00"},
        {"until": ""},
        {"reason": " "},
        {"reason": "x" * 1001},
        {"since": "9999-12-31T23:59", "until": "0001-01-01T00:00"},
    ],
)
async def test_an_incomplete_question_is_shown_again(
    house: World, administrator: Visitor, wrong: dict[str, str]
) -> None:
    page = await administrator.get("/admin/breach")
    answer = await administrator.post("/admin/breach", fields(page, house, **wrong))
    assert answer.status_code == 400
    assert "Erreur" in answer.text
    assert await house.events("breach.queried") == []


@pytest.mark.parametrize("path", ["/admin/register", "/admin/breach"])
async def test_it_is_for_administrators(house: World, visitor: Visitor, path: str) -> None:
    await visitor.sign_in(await visitor.get("/login"))
    assert (await visitor.get(path)).status_code == 403
    assert (await visitor.post(path, {})).status_code == 403


@pytest.fixture
def registrar(operator: CliRunner) -> CliRunner:
    """Who runs the server has registered an app."""
    registered = operator.invoke(
        command, ["client", "register", "--name", "Cap", "--redirect-uri", "https://a.example/cb",
                  "--scope", "openid profile skills", "--json"],
    )  # fmt: skip
    assert registered.exit_code == 0, registered.output
    return operator


def test_a_count_by_name_reads_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    show({"people": 2, "fields": {"skills.label": 2, "identity.sub": 1}}, as_json=False)
    assert capsys.readouterr().out == "people  2\nfields  skills.label 2, identity.sub 1\n"


def test_the_commands(registrar: CliRunner, tmp_path: Path) -> None:
    exported = registrar.invoke(command, ["register", "export", "--json"])
    document = json.loads(exported.stdout)
    client = next(one["client_id"] for one in document["activities"] if "client_id" in one)
    table = registrar.invoke(command, ["register", "export", "--csv"])
    assert table.stdout_bytes.startswith(b"\xef\xbb\xbfid,app,purpose")
    assert registrar.invoke(command, ["register", "export", "--csv", "--json"]).exit_code == 1
    asked = ["breach", "query", "--client", client, "--dataset", "skills", "--case", "INC-12", "--json"]
    interval = ["--from", "2026-01-01", "--until", "2027-01-01T00:00+02:00"]
    answer = registrar.invoke(command, [*asked, *interval, "--list", str(tmp_path / "list.csv")])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["people"] == 0
    assert (tmp_path / "list.csv").stat().st_mode & 0o077 == 0
    for wrong in (
        [*asked, "--from", "yesterday", "--until", "2027-01-01"],
        [*asked, "--from", "2027-01-01", "--until", "2026-01-01"],
        ["breach", "query", "--client", "nobody", "--case", "A-1", *interval],
        ["breach", "query", "--client", client, "--case", "amina@example.org", *interval],
    ):
        refused = registrar.invoke(command, wrong)
        assert refused.exit_code == 1, refused.output
