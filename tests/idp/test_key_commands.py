"""`accord keys rotate` and `accord client register --jwks-uri`, as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from idp.cli import app
from idp.commands import keys as commands
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


def test_each_key_is_listed_with_its_life_and_its_place() -> None:
    keys = json.loads(accord("keys", "list", "--json").stdout)["keys"]
    assert {(key["state"], key["backend"]) for key in keys} == {("staged", "file"), ("active", "file")}
    slots = {(key["purpose"], key["alg"]) for key in keys}
    assert slots == {("token", alg) for alg in ("ES256", "RS256", "PS256", "EdDSA")} | {
        ("receipt", "ES256"),
        ("ledger", "EdDSA"),
    }
    ledger = next(key["kid"] for key in keys if key["purpose"] == "ledger")
    refused = accord("keys", "revoke", ledger, "--reason", "leaked")
    assert "it ends with its log" in said(refused)
    for key in keys:
        assert key.keys() == {
            *("kid", "purpose", "alg", "state", "backend"),
            *("staged", "activated", "retired", "revoked", "reason"),
        }
        assert (key["activated"] is None) == (key["state"] == "staged")
    assert "kept in" in accord("keys", "list").stdout


def test_a_leaked_key_ends_and_its_operator_is_told_what_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "FOLLOWED_SECONDS", 0.0)
    accord("client", "register", "--name", "Cap", "--redirect-uri", "https://cap.example/back", "--json")
    keys = json.loads(accord("keys", "list", "--json").stdout)["keys"]
    signs = ("token", "ES256", "active")
    [kid] = [key["kid"] for key in keys if (key["purpose"], key["alg"], key["state"]) == signs]
    done = accord("keys", "revoke", kid, "--reason", "found in a backup that was sold", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["revoked"], told["tokens_ended"]) == (kid, 0)
    assert [app["name"] for app in told["apps_that_verify"]] == ["Cap"]
    assert any("/jwks" in step for step in told["next"])
    assert "is revoked" in said(done)
    [key] = [key for key in json.loads(accord("keys", "list", "--json").stdout)["keys"] if key["kid"] == kid]
    assert (key["state"], key["reason"]) == ("revoked", "found in a backup that was sold")
    again = json.loads(accord("keys", "revoke", kid, "--reason", "again", "--json").stdout)
    assert again["revoked"] == kid
    assert "activated" not in again
    by_hand = accord("keys", "revoke", told["activated"], "--reason", "the same backup")
    assert "restarted" in " ".join(by_hand.stdout.split())
    receipt = next(key["kid"] for key in keys if key["purpose"] == "receipt")
    archived = json.loads(accord("keys", "revoke", receipt, "--reason", "leaked", "--json").stdout)
    assert "/receipts/jwks" in archived["next"][0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["0" * 32, "--reason", "leaked"], "No key has this kid"),
        (["0" * 32, "--reason", " "], "one line of 200"),
        (["0" * 32, "--reason", "x" * 201], "one line of 200"),
        (["0" * 32, "--reason", "two\nlines"], "one line of 200"),
    ],
)
def test_a_revocation_that_cannot_be_made_is_refused(words: list[str], says: str) -> None:
    refused = accord("keys", "revoke", *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert says in said(refused)


def test_the_doctor_looks_at_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[str, tuple[bool, str]]:
        checks = json.loads(accord("doctor", "--json").stdout)["checks"]
        return {one["check"]: (one["ok"], one["says"]) for one in checks}

    assert found()["rotation"] == (True, "every 30 days, none is due")
    assert "module" not in found()
    monkeypatch.setenv("ACCORD_KEY_ROTATION_DAYS", "0")
    assert found()["rotation"] == (True, "by command alone: `accord keys rotate`")
    monkeypatch.setenv("ACCORD_PKCS11_MODULE", "/no/such/library.so")
    assert not all(ok for ok, _ in found().values())


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


def test_another_master_key_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.key"
    file.write_text("0123456789abcdefghijklmnopqrstuv\n")
    keys = accord("keys", "list", "--json").stdout
    tried = accord("keys", "reseal", "--to", str(file), "--dry-run", "--json")
    assert json.loads(tried.stdout) == {"database": "could be sealed under the new key", "next": []}
    assert accord("keys", "list", "--json").stdout == keys  # and nothing of it is kept
    done = json.loads(accord("keys", "reseal", "--to", str(file), "--json").stdout)
    assert done["database"] == "is sealed under the new key"
    assert "restart" in done["next"][0]
    refused = accord("keys", "list")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "ACCORD_MASTER_KEY is not the key that sealed this database" in said(refused)
    again = accord("keys", "reseal", "--to", str(file))  # as after a command whose answer was lost
    assert "was sealed under that key already" in again.stdout
    monkeypatch.delenv("ACCORD_MASTER_KEY")
    monkeypatch.setenv("ACCORD_MASTER_KEY_FILE", str(file))
    assert accord("keys", "list", "--json").stdout == keys


@pytest.mark.parametrize(
    ("content", "says"),
    [("short", "too weak"), (None, "cannot be read")],
    ids=["weak", "no file"],
)
def test_a_new_master_key_must_be_one(tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "new.key").write_text(content)
    refused = accord("keys", "reseal", "--to", str(tmp_path / "new.key"))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert says in said(refused)
