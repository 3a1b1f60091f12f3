"""`accord client`: what is registered holds at once; what a partner sends waits for approve or refuse."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foundation.settings import load_settings
from idp.cli import app
from idp.clients.declarations import Declarations, Hand
from idp.clients.registry import clients_of
from idp.commands.clients import partner_id
from idp.commands.people import add_account
from idp.running.opening import open_server, prepare_schema
from keys import making
from tests.idp.clients.test_declaration import said
from tests.idp.tokens import quick_generate

PARTNER = "partner@example.org"
REGISTER = ["client", "register", "--name", "Cap", "--redirect-uri", "https://cap.example/callback"]


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh data directory with a partner in it."""
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(making, "_generate", quick_generate)
    prepare_schema(load_settings())
    asyncio.run(_add_partner())


async def _add_partner() -> None:
    async with open_server(load_settings()) as server:
        await add_account(server, PARTNER, "papier pomme", "partner")


async def _send(client_id: str) -> None:
    """The partner asks to change what the app asks."""
    async with open_server(load_settings()) as server:
        hand = Hand(server.clock.now(), await partner_id(server, PARTNER))
        async with server.db.transaction() as tx:
            await Declarations(server.ledger).submit(tx, client_id, said(), hand)


def run(*words: str) -> dict[str, Any]:
    ended = CliRunner().invoke(app, [*words, "--json"])
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def refused(*words: str) -> str:
    ended = CliRunner().invoke(app, [*words, "--json"])
    assert ended.exit_code == 1
    assert ended.stdout == ""
    return " ".join(ended.stderr.split())


def registered(*more: str) -> str:
    return str(run(*REGISTER, "--owner", PARTNER, *more)["client_id"])


def test_what_the_operator_registers_holds_at_once():
    client_id = registered("--scope", "openid profile skills", "--basis", "contract", "--frequency", "50/day")
    shown = run("client", "show", client_id)
    assert shown["waiting"] is None
    assert [(one["version"], one["state"]) for one in shown["versions"]] == [(1, "approved")]
    assert shown["declares"]["optional_scopes"] == ["skills"]
    assert shown["declares"]["frequency"] == {"reads": 50, "per": "day"}
    assert shown["declares"]["use_basis"] == "contract"


async def _owned() -> int:
    async with open_server(load_settings()) as server, server.db.reading() as tx:
        return len(await clients_of(tx, await partner_id(server, PARTNER)))


def test_an_app_belongs_to_the_partner_named():
    registered()
    assert asyncio.run(_owned()) == 1
    assert "not the address of a partner" in refused(*REGISTER, "--owner", "nobody@example.org")


def test_what_waits_is_listed_shown_and_approved():
    client_id = registered("--scope", "openid profile languages")
    asyncio.run(_send(client_id))
    (listed,) = run("client", "list")["clients"]
    assert (listed["client_id"], listed["waiting"]) == (client_id, 2)
    assert run("client", "show", client_id)["waiting"]["purpose"]["en"] == "suggest a plan"
    approved = run("client", "approve", client_id, "--basis", "public_task")
    assert (approved["version"], approved["state"]) == (2, "approved")
    shown = run("client", "show", client_id)
    assert shown["declares"]["disclosure_basis"] == "public_task"
    assert [one["state"] for one in shown["versions"]] == ["approved", "superseded"]
    assert "waits for a decision" in refused("client", "approve", client_id)


def test_what_waits_is_refused_with_a_reason():
    client_id = registered()
    asyncio.run(_send(client_id))
    assert "say why" in refused("client", "refuse", client_id, "--reason", " ")
    assert run("client", "refuse", client_id, "--reason", "Trop large.")["reason"] == "Trop large."
    assert run("client", "show", client_id)["declares"]["optional_scopes"] == []
    assert "waits for a decision" in refused("client", "refuse", client_id, "--reason", "Encore.")


def test_what_is_wrong_is_said():
    assert "is not a registered app" in refused("client", "show", "nobody")
    assert "waits for a decision" in refused("client", "approve", "nobody")
    assert "--basis is one of" in refused("client", "approve", "nobody", "--basis", "because")
    for frequency in ("50", "0/day", "x/day", "50/hour", "99999/day"):
        assert "--frequency" in refused(*REGISTER, "--frequency", frequency)
    assert "unknown lawful basis" in refused(*REGISTER, "--basis", "because")


def test_a_list_for_people():
    registered()
    ended = CliRunner().invoke(app, ["client", "list"])
    assert ended.exit_code == 0
    assert "waiting" in ended.stdout
