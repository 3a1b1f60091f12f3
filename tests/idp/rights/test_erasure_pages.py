"""She erases herself, by the pages: told before, her password, told after; and an operator by the command."""

import json

import pytest
from typer.testing import CliRunner

from idp.cli import app as command
from tests.idp.rights.remains import rows
from tests.idp.support import World
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, read


async def before(visitor: Visitor) -> tuple[str, dict[str, str]]:
    await visitor.sign_in(await visitor.get("/login"))
    page = await visitor.get("/account/delete")
    assert page.status_code == 200
    return page.text.replace("\xa0", " "), read(page).hidden


async def test_the_whole_way(house: World, visitor: Visitor, new_visitor: NewVisitor) -> None:
    await house.grant()
    elsewhere = new_visitor()
    await elsewhere.sign_in(await elsewhere.get("/login"))
    said, hidden = await before(visitor)
    assert "Cap Coaching" in said
    assert "5 ans" in said
    answer = await visitor.post("/account/delete", hidden | {"current_password": PASSWORD})
    assert answer.status_code == 303
    location = answer.headers["location"]
    after = await visitor.get(location)
    assert after.status_code == 200
    assert "C’est fait" in after.text
    assert "amina" not in after.text
    assert (await elsewhere.get("/account")).headers["location"].startswith("/login")
    assert (await visitor.get("/account")).headers["location"].startswith("/login")
    again = await new_visitor().sign_in(await visitor.get("/login"))
    assert "/login" in str(again.url) or again.status_code >= 400
    assert (await rows(house.server.db))["account"] != []  # the others stay
    stranger = await new_visitor().get(location)
    assert stranger.status_code == 200


async def test_who_shared_nothing_leaves_nothing(house: World, visitor: Visitor) -> None:
    said, hidden = await before(visitor)
    assert "aucune preuve à garder" in said
    answer = await visitor.follow(
        await visitor.post("/account/delete", hidden | {"current_password": PASSWORD})
    )
    assert "Rien." in answer.text


async def test_a_wrong_password_erases_nothing_and_counts(house: World, visitor: Visitor) -> None:
    _, hidden = await before(visitor)
    statuses = []
    for _ in range(12):
        answer = await visitor.post("/account/delete", hidden | {"current_password": "a guess"})
        statuses.append(answer.status_code)
    assert set(statuses[:9]) == {400}
    assert statuses[-1] == 429
    assert answer.headers["retry-after"]
    assert "Erreur" in answer.text
    assert await house.events("person.erased") == []


async def test_without_the_forms_token_nothing_happens(house: World, visitor: Visitor) -> None:
    await before(visitor)
    answer = await visitor.post("/account/delete", {"current_password": PASSWORD})
    assert answer.status_code == 403
    assert await house.events("person.erased") == []


async def test_an_unknown_erasure(house: World, visitor: Visitor) -> None:
    await house.grant()
    (given,) = await house.events("consent.given")
    for number in ("0" * 32, "x", given["id"]):
        answer = await visitor.get(f"/erased/{number}")
        assert answer.status_code == 404
        assert "no_such_erasure" in answer.text


def told(runner: CliRunner, *words: str, code: int = 0) -> dict[str, object]:
    result = runner.invoke(command, [*words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code == 0 else {"said": result.output}


def test_an_operator_erases_at_her_request(operator: CliRunner) -> None:
    told(operator, "person", "add", "--email", "dora@example.org", "--password", "papier pomme", "--json")
    erased = told(operator, "person", "erase", "--email", "dora@example.org", "--yes", "--json")
    assert erased["grants_ended"] == erased["evidence_kept"] == 0
    assert erased["evidence_until"] is None
    told(operator, "person", "erase", "--email", "dora@example.org", "--yes", code=1)
    told(operator, "auditor", "add", "--email", "anna@example.org", "--password", "papier pomme", "--json")
    told(operator, "person", "erase", "--email", "anna@example.org", "--yes", code=1)
    told(operator, "person", "erase", "--email", "anna@example.org", code=1)
    assert told(operator, "ledger", "verify", "--json")["ok"] is True


@pytest.mark.parametrize(
    "words", [["--ground", "curiosity", "--case", "A-1"], ["--case", "a sentence"], ["--case", "A-1"]]
)
def test_evidence_opens_for_a_reason_and_where_there_is_some(operator: CliRunner, words: list[str]) -> None:
    told(operator, "evidence", "open", "--grant", "0" * 32, *words, code=1)
