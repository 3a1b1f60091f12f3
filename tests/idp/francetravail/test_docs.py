"""docs/france-travail-connect.md is what the server does: its command, addresses, scopes and errors."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from idp.cli import app
from idp.context import Server
from idp.francetravail.apis import APIS, CONTACT_PATH, SKILLS_PATH, USERINFO_PATH
from idp.francetravail.discovery import metadata
from idp.francetravail.room import with_face
from idp.francetravail.token import RedirectMismatchError
from idp.francetravail.words import API_OF, MEANINGS, scopes_of
from tests.idp.golden import error_codes
from tests.idp.support import ISSUER
from tests.support import ROOT

PAGE = (ROOT / "docs" / "france-travail-connect.md").read_text("utf-8")
ADDRESSES = dict(re.findall(r"^\| (\w+) \| `https://accord\.example\.org(/\S*)` \|$", PAGE, re.MULTILINE))
SCOPES = re.findall(r"^\| `(api_\S+ \S+)` \| `(\S+)` \| `(/\S+)` \|$", PAGE, re.MULTILINE)
ERRORS = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", PAGE, re.MULTILINE)


def test_the_command_registers_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    [command] = re.findall(r"^accord (client register .*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    run = CliRunner().invoke
    assert run(app, ["db", "upgrade"]).exit_code == 0
    made = run(app, [*shlex.split(command.replace("\\\n", "")), "--json"])
    assert made.exit_code == 0, made.stderr
    assert json.loads(made.stdout)["auth_method"] == "client_secret_post"


def test_the_addresses_are_those_of_the_metadata(server: Server) -> None:
    names = {
        "authorization": "authorization_endpoint",
        "token": "token_endpoint",
        "userinfo": "userinfo_endpoint",
        "logout": "end_session_endpoint",
        "keys": "jwks_uri",
        "issuer": "issuer",
    }
    told = metadata(with_face(server))
    assert {name: ISSUER + path for name, path in ADDRESSES.items()} == {
        name: told[field] for name, field in names.items()
    }


def test_the_scopes_are_all_there_are() -> None:
    assert {words.split()[1] for words, *_ in SCOPES} == set(MEANINGS)
    for words, scope, path in SCOPES:
        api, word = words.split()
        assert (API_OF[word], scopes_of([api, word])) == (api, (scope,))
        where = APIS.get(f"/partenaire{path}")
        assert f"/partenaire{path}" in {USERINFO_PATH, CONTACT_PATH, SKILLS_PATH} or where.word == word  # type: ignore[union-attr]  # it fails where there is none


def test_the_errors_are_given_with_these_statuses() -> None:
    given = {(one.code, one.status) for one in error_codes()}
    codes = {code for code, _ in given} | {RedirectMismatchError.error}
    assert len(ERRORS) == 10
    for code, status in ERRORS:
        # A failed authentication is a 401 elsewhere; what Authlib makes has the status of the endpoint.
        assert (code, int(status)) in given or (status == "400" and code in codes), code
