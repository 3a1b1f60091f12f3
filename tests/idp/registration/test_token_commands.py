"""`accord client token`: the operator makes, sees and revokes what lets others register apps."""

import asyncio
from typing import Any

import httpx

from foundation.settings import load_settings
from idp.registration.registering import REGISTRATION_PATH
from idp.running.opening import open_server
from tests.idp.registration.newcomer import LEAST, bearer
from tests.idp.support import ISSUER, lean_app
from tests.idp.test_client_commands import _installed, refused, run

__all__ = ["_installed"]
TOKEN = ("client", "token")


def register(token: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with open_server(load_settings()) as server:
            transport = httpx.ASGITransport(app=lean_app(server))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
                return await http.post(REGISTRATION_PATH, json=LEAST, headers=bearer(token))

    return asyncio.run(ask())


def listed() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run(*TOKEN, "list")["tokens"]
    return rows


def test_it_registers_as_often_as_it_says_and_is_shown_once() -> None:
    options = ("--scope", "openid profile", "--declare", "skills", "--no-pkce", "--uses", "2")
    made = run(*TOKEN, "add", *options, "--contact", "Cap Emploi, à Lyon")
    answer = register(made["token"])
    assert answer.status_code == 201, answer.text
    assert answer.json()["scope"] == "openid profile"
    [row] = listed()
    assert row["id"] == made["id"]
    assert (row["state"], row["uses_left"], row["pkce"]) == ("good", 1, False)
    assert (row["scope"], row["declare"]) == ("openid profile", "skills")
    assert row["contact"] == "Cap Emploi, à Lyon"
    assert made["token"] not in str(row)
    assert register(made["token"]).status_code == 201
    assert register(made["token"]).status_code == 401
    assert listed()[0]["state"] == "over"


def test_revoked_it_registers_nothing() -> None:
    made = run(*TOKEN, "add", "--uses", "5")
    assert run(*TOKEN, "revoke", made["id"])["revoked"] is True
    assert register(made["token"]).status_code == 401
    assert listed()[0]["state"] == "revoked"
    assert "still good" in refused(*TOKEN, "revoke", made["id"])


def test_a_policy_that_cannot_be_is_refused() -> None:
    assert "unheard" in refused(*TOKEN, "add", "--scope", "openid unheard")
    assert "openid" in refused(*TOKEN, "add", "--scope", "profile")
    assert refused(*TOKEN, "add", "--grant-type", "password")
    assert refused(*TOKEN, "add", "--required-scope", "openid skills")
    assert "--contact" in refused(*TOKEN, "add", "--contact", "a\nb")
    assert listed() == []
