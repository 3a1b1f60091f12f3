"""What the words mean, alone and together; and what an operator may register them with."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent.catalogue import CATALOGUE
from idp.cli import app
from idp.francetravail.registration import completed, read_scopes
from idp.francetravail.words import API_OF, MEANINGS, scopes_of, understand


def test_each_word_means_a_scope_of_the_catalogue():
    assert set(MEANINGS.values()) <= CATALOGUE.keys()
    # All fourteen datasets, and the scope that writes, can be asked.
    data = {name for name, scope in CATALOGUE.items() if scope.dataset is not None or scope.writes}
    assert data <= set(MEANINGS.values())


@pytest.mark.parametrize(
    ("words", "scopes"),
    [
        ("openid profile email", ("openid", "profile", "email")),
        ("statut api_peconnect-statutv1 statut", ("status",)),
        ("statut", ()),
        ("api_peconnect-statutv1", ()),
        ("api_peconnect-competencesv2 pfclangues", ("languages",)),
        ("api_peconnect-competencesv1 pfclangues", ()),
    ],
)
def test_two_words_open_and_one_does_not(words: str, scopes: tuple[str, ...]):
    assert scopes_of(words.split()) == scopes


@pytest.mark.parametrize(
    ("words", "strange"),
    [
        ("openid application_PAR_x_0a qos_gold_peconnect-statutv1 api_romev1", ()),
        ("openid cheese", ("cheese",)),
        ("openid skills", ("skills",)),
        ("openid document documentW", ("document", "documentW")),
        ("openid api_peconnect-envoidocumentv1 document documentW", ()),
        ("openid api_peconnect-envoidocumentv1 <b>", ("<b>",)),
        ("openid qos_platinum_peconnect-statutv1", ("qos_platinum_peconnect-statutv1",)),
        ("openid application_", ("application_",)),
    ],
)
def test_a_word_that_means_nothing_is_strange(words: str, strange: tuple[str, ...]):
    assert understand(words.split()).strange == strange


def test_a_registration_takes_either_vocabulary():
    asked = read_scopes("openid api_peconnect-statutv1 statut skills qos_silver_peconnect-statutv1")
    assert asked.scopes == ("openid", "status", "skills")
    assert asked.quotas == ("qos_silver_peconnect-statutv1",)
    assert read_scopes(" ".join(API_OF)).scopes == tuple(dict.fromkeys(MEANINGS.values()))
    with pytest.raises(ValueError, match="cheese"):
        read_scopes("openid cheese")


def test_only_an_app_with_a_secret_may_have_the_profile():
    fields = {"required_scopes": ("openid",), "optional_scopes": ()}
    for method in ("none", "private_key_jwt"):
        with pytest.raises(ValueError, match="client_secret_post"):
            completed(fields | {"auth_method": method}, ())
    without = completed(
        fields | {"auth_method": "client_secret_post", "grant_types": ("authorization_code",)}, ()
    )
    assert without["optional_scopes"] == ()


def test_the_command_registers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert run(app, ["db", "upgrade"]).exit_code == 0
    common = ["client", "register", "--name", "Zen", "--redirect-uri", "https://zen.example/cb"]
    scope = ["--scope", "openid profile api_peconnect-statutv1 statut"]
    made = run(app, [*common, "--profile", "france-travail", *scope, "--json"])
    assert made.exit_code == 0, made.stderr
    assert json.loads(made.stdout)["auth_method"] == "client_secret_post"
    listed = json.loads(run(app, ["client", "list", "--json"]).stdout)["clients"][0]
    assert listed["required"] == ["openid", "profile"]
    assert listed["optional"] == ["status", "offline_access"]
    for wrong in (["--profile", "fapi2"], ["--profile", "france-travail", "--auth-method", "none"]):
        refused = run(app, [*common, *wrong])
        assert (refused.exit_code, "profile" in refused.stderr) == (1, True)
    refused = run(app, [*common, "--profile", "france-travail", "--scope", "openid cheese"])
    assert (refused.exit_code, "cheese" in refused.stderr) == (1, True)
