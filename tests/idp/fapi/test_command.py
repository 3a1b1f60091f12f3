"""`accord client register --profile fapi2`: what it registers, and what it asks for when it cannot."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from idp.cli import app
from keys import making
from tests.idp.mtls.certificates import self_signed
from tests.idp.mtls.test_certificates import jwk_of
from tests.idp.tokens import app_key, public_jwks, quick_generate

REGISTER = ["client", "register", "--name", "Cap", "--redirect-uri", "https://cap.example/cb", "--json"]


@pytest.fixture
def jwks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with an app's keys, beside an installed server."""
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(making, "_generate", quick_generate)
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0
    path = tmp_path / "jwks.json"
    path.write_text(public_jwks(app_key()), "utf-8")
    return str(path)


def register(*words: str) -> dict[str, Any]:
    ended = CliRunner().invoke(app, [*REGISTER, *words])
    assert ended.exit_code == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def refused(*words: str) -> str:
    ended = CliRunner().invoke(app, [*REGISTER, *words])
    assert (ended.exit_code, ended.stdout) == (1, "")
    return " ".join(ended.stderr.split())


def test_an_app_of_the_profile_is_registered(jwks: str, tmp_path: Path) -> None:
    made = register("--profile", "fapi2", "--auth-method", "private_key_jwt", "--jwks", jwks)
    assert made["auth_method"] == "private_key_jwt"
    assert "client_secret" not in made
    subject = ["--auth-method", "tls_client_auth", "--tls-subject-dn", "CN=Cap,C=FR"]
    assert register("--profile", "fapi2", *subject)["auth_method"] == "tls_client_auth"
    own = tmp_path / "own.json"
    own.write_text(jwk_of(self_signed()), "utf-8")
    method = "self_signed_tls_client_auth"
    made = register("--profile", "fapi2", "--auth-method", method, "--jwks", str(own))
    assert made["auth_method"] == method


def test_what_it_cannot_be_is_said_with_its_section(jwks: str) -> None:
    keyed = ["--profile", "fapi2", "--auth-method", "private_key_jwt", "--jwks", jwks]
    assert "5.3.2.1" in refused("--profile", "fapi2")
    assert "5.3.2.1" in refused("--profile", "fapi2", "--auth-method", "none")
    assert "5.3.2.2" in refused(*keyed, "--no-pkce")
    assert "5.4.1" in refused(*keyed, "--id-token-alg", "RS256")
    assert "fapi2" in refused("--profile", "fapi1")


def test_tokens_may_be_bound_without_the_profile(jwks: str) -> None:
    assert register("--dpop-bound")["auth_method"] == "client_secret_basic"
