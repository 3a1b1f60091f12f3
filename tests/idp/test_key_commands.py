"""`accord keys rotate` and `accord client register --jwks-uri`, as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from idp.cli import app
from keys import making
from tests.idp.tokens import quick_generate

KEYED = ["--name", "Cap", "--auth-method", "private_key_jwt", "--grant-type", "client_credentials", "--json"]


@pytest.fixture(autouse=True)
def _installation(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_DATABASE_URL", database_url)
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ACCORD_MASTER_KEY", "k" * 8 + "0123456789abcdefghijklmn")
    monkeypatch.setattr(making, "_generate", quick_generate)


def accord(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def said(ended: Result) -> str:
    return " ".join(ended.stderr.split())


def test_the_first_rotation_is_made_the_second_waits_and_an_emergency_does_not() -> None:
    first = accord("keys", "rotate", "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout).keys() == {"activated", "retired", "staged"}
    second = accord("keys", "rotate")
    assert (second.exit_code, second.stdout) == (1, "")
    assert "verifiers may hold our key set for 300 seconds" in said(second)
    assert "Try again in 3" in said(second)
    assert "--now" in said(second)
    assert accord("keys", "rotate", "--alg", "RS256").exit_code == 0
    insisted = json.loads(accord("keys", "rotate", "--now", "--json").stdout)
    assert insisted["activated"] == json.loads(first.stdout)["staged"]


def test_an_app_is_registered_with_the_address_of_its_keys() -> None:
    done = accord("client", "register", *KEYED, "--jwks-uri", "https://coach.example/keys")
    assert done.exit_code == 0, done.stderr
    assert "client_secret" not in json.loads(done.stdout)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--jwks-uri", "http://coach.example/keys"], "begins with https://"),
        (["--jwks-uri", "coach.example/keys"], "jwks_uri: an address to fetch begins with https://"),
        (["--jwks-uri", "https://user:s3cret@coach.example"], "jwks_uri: an address to fetch names one host"),
        (["--jwks-uri", "https://192.168.1.10/keys"], "public Internet"),
        (["--jwks-uri", "http://127.0.0.1:9999/keys"], "begins with https://"),
        ([], "jwks or jwks_uri"),
    ],
)
def test_an_address_that_would_never_be_fetched_is_refused(options: list[str], says: str) -> None:
    refused = accord("client", "register", *KEYED, *options)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert says in said(refused)
    assert "s3cret" not in said(refused)
    assert json.loads(accord("client", "list", "--json").stdout) == {"clients": []}


def test_an_exempt_host_may_hold_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_OUTBOUND_ALLOW", "127.0.0.1:9999")
    done = accord("client", "register", *KEYED, "--jwks-uri", "http://127.0.0.1:9999/keys")
    assert done.exit_code == 0, done.stderr
