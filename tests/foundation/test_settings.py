"""A weak, missing or contradictory setting stops the start with a sentence that says what to set."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import SettingsError
from foundation.settings import Settings, is_loopback, load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("ACCORD_"):
            monkeypatch.delenv(name)


def test_with_nothing_set_it_is_one_process_on_sqlite_on_the_loopback():
    settings = load_settings()
    assert settings.issuer_url == "http://127.0.0.1:8000"
    assert settings.storage_url == "sqlite:///var/accord.sqlite3"
    assert settings.on_sqlite
    assert not settings.secure
    assert settings.given_master_key() is None


def test_the_environment_is_read_and_flags_win(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCORD_PORT", "9000")
    monkeypatch.setenv("ACCORD_DATA_DIR", "elsewhere")
    monkeypatch.setenv("ACCORD_DATABASE_URL", "postgresql://accord@db/accord")
    settings = load_settings(port=9100, host=None, workers=3)
    assert settings.issuer_url == "http://127.0.0.1:9100"
    assert (settings.host, settings.workers, settings.data_dir) == ("127.0.0.1", 3, Path("elsewhere"))
    assert not settings.on_sqlite


def test_the_issuer_follows_host_and_port_unless_set():
    assert load_settings(host="localhost", port=80).issuer_url == "http://localhost:80"
    assert load_settings(host="::1").issuer_url == "http://[::1]:8000"
    behind_a_proxy = load_settings(host="0.0.0.0", issuer="https://accord.example")  # noqa: S104  # is meant
    assert behind_a_proxy.issuer_url == "https://accord.example"


@pytest.mark.parametrize(
    "issuer",
    [
        "https://accord.example",
        "https://accord.example/",
        "https://accord.example:8443/tenant",
        "http://127.0.0.1:8000",
        "http://127.5.5.5",
        "http://localhost:8000",
        "http://[::1]:8000",
    ],
)
def test_issuers_that_are(issuer: str):
    settings = load_settings(issuer=issuer)
    assert settings.issuer_url == issuer.rstrip("/")
    assert settings.secure == issuer.startswith("https:")


@pytest.mark.parametrize(
    "issuer",
    [
        "http://accord.example",
        "http://0.0.0.0:8000",
        "http://192.168.1.10",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "accord.example",
        "//accord.example",
        "ftp://accord.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://accord.example?",
        "https://accord.example?a=b",
        "https://accord.example#",
        "https://accord.example#part",
        "https://user@accord.example",
        "https://@accord.example",
        "https://:secret@accord.example",
        "https://accord.example:0",
        "https://accord.example:99999",
        "https://accord.example:port",
        "https://[::1",
        "https://accord.example\\evil",
        "https://accord .example",
        " https://accord.example",
        "https://accord.example\n",
        "https://accord.example/\x00",
        "https://accørd.example",
    ],
)
def test_issuers_that_are_not(issuer: str):
    with pytest.raises(SettingsError, match="ACCORD_ISSUER"):
        load_settings(issuer=issuer)


@given(st.text(max_size=80))
def test_any_text_is_an_issuer_or_a_clear_refusal(text: str):
    try:
        settings = load_settings(issuer=text)
    except SettingsError:
        return
    assert settings.issuer_url.isascii()


def test_a_server_reachable_from_outside_needs_an_https_issuer():
    with pytest.raises(SettingsError, match="https"):
        load_settings(host="0.0.0.0")  # noqa: S104  # what is refused


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/accord",
        "sqlite://",
        "sqlite:///",
        "sqlite:file",
        "postgresql+asyncpg://db/x",
        "postgresql://",
        "/x",
    ],
)
def test_a_database_url_names_an_engine_and_a_place(url: str):
    with pytest.raises(SettingsError, match="ACCORD_DATABASE_URL"):
        load_settings(database_url=url)


def test_either_database_takes_several_workers():
    assert load_settings(workers=2).workers == 2
    assert load_settings(workers=2, database_url="postgresql://db/accord").workers == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "0"),
        ("port", "http"),
        ("access_token_seconds", "5"),
        ("workers", "1000"),
        ("database_pool", "-1"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"ACCORD_{name.upper()}", value)
    monkeypatch.setenv("ACCORD_MASTER_KEY", "a secret that no error may show")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.description.startswith(f"ACCORD_{name.upper()}: ")
    assert "secret" not in str(caught.value)


def test_hosts_are_exempt_from_the_guard_only_by_name(monkeypatch: pytest.MonkeyPatch):
    assert load_settings().outbound_exempt == frozenset()
    monkeypatch.setenv("ACCORD_OUTBOUND_ALLOW", "localhost:9000, keys.test")
    assert load_settings().outbound_exempt == {("localhost", 9000), ("keys.test", None)}
    for wrong in ("*", "http://localhost", "10.0.0.0/8", "localhost:99999"):
        with pytest.raises(SettingsError, match="ACCORD_OUTBOUND_ALLOW"):
            load_settings(outbound_allow=wrong)


def test_settings_do_not_change_and_do_not_show_secrets():
    settings = load_settings(master_key=secrets.token_hex(32))
    assert "**" in repr(settings.master_key)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_proxies_are_named_one_by_one():
    assert load_settings().trusted_proxies == ""
    named = load_settings(trusted_proxies=" 127.0.0.1, 10.0.0.0/8,::1 ,")
    assert named.trusted_proxies == "127.0.0.1/32,10.0.0.0/8,::1/128"
    for wrong in ("*", "proxy.example", "10.0.0.1/8", "0.0.0.0/0", "127.0.0.1,::/0"):
        with pytest.raises(SettingsError, match="ACCORD_TRUSTED_PROXIES"):
            load_settings(trusted_proxies=wrong)


# --- the master key --------------------------------------------------------------------------------------


def test_a_key_is_read_as_hexadecimal_base64_or_text():
    key = secrets.token_bytes(32)
    for text in (
        key.hex(),
        key.hex().upper(),
        base64.b64encode(key).decode(),
        base64.urlsafe_b64encode(key).decode(),
    ):
        assert load_settings(master_key=text).given_master_key() == key
    words = "œuvre longue et difficile à deviner, vraiment"
    assert load_settings(master_key=words).given_master_key() == words.encode()
    assert (
        load_settings(master_key=(token := secrets.token_urlsafe(50)[:43])).given_master_key()
        == token.encode()
    )


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        hashlib.sha256(b"half").hexdigest()[:32],
        hashlib.sha256(b"nearly").hexdigest()[:62],
        base64.b64encode(hashlib.sha256(b"half").digest()[:16]).decode(),
        "a" * 64,
        "0" * 64,
        "0123456789abcdef" * 4,
        "changeme" * 8,
        "abcabcabd" * 20,
        bytes(range(32)).hex(),
        bytes(range(64, 0, -1)).hex(),
        "1212121212121212121212121212121212121212",
    ],
)
def test_a_weak_key_is_refused(weak: str):
    with pytest.raises(SettingsError, match="too weak") as caught:
        load_settings(master_key=weak).given_master_key()
    assert not weak or weak not in str(caught.value)


@given(st.binary(min_size=32, max_size=64))
def test_a_key_is_never_shorter_than_32_bytes(key: bytes):
    try:
        found = load_settings(master_key=key.hex()).given_master_key()
    except SettingsError:
        return  # a pattern that Hypothesis found
    assert found == key


def test_a_key_is_read_from_a_file(tmp_path: Path):
    key = secrets.token_bytes(32)
    (tmp_path / "key").write_text(f"{key.hex()}\n")
    assert load_settings(master_key_file=tmp_path / "key").given_master_key() == key


def test_a_key_file_that_cannot_be_read_is_said(tmp_path: Path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe" * 32)
    (tmp_path / "weak").write_text("weak")
    for name, said in (
        ("missing", "cannot be read"),
        ("binary", "cannot be read"),
        ("", "cannot be read"),
        ("weak", "too weak"),
    ):
        with pytest.raises(SettingsError, match=f"ACCORD_MASTER_KEY_FILE.*{said}"):
            load_settings(master_key_file=tmp_path / name).given_master_key()


def test_two_keys_contradict_each_other(tmp_path: Path):
    settings = Settings(master_key=secrets.token_hex(32), master_key_file=tmp_path / "key")
    with pytest.raises(SettingsError, match="not both"):
        settings.given_master_key()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("LOCALHOST", False),
        ("127.1", False),
        ("10.0.0.1", False),
        ("::", False),
        ("", False),
        ("localhost.example", False),
    ],
)
def test_what_can_only_be_this_machine(host: str, expected: bool):
    assert is_loopback(host) is expected


def test_who_runs_the_server_is_named_and_can_be_reached(monkeypatch: pytest.MonkeyPatch):
    assert (load_settings().holder_name, load_settings().holder_contact) == ("Accord", "")
    monkeypatch.setenv("ACCORD_HOLDER_NAME", "Maison de l’emploi")
    for contact in ("dpo@emploi.example", "https://emploi.example/donnees"):
        monkeypatch.setenv("ACCORD_HOLDER_CONTACT", contact)
        settings = load_settings()
        assert (settings.holder_name, settings.holder_contact) == ("Maison de l’emploi", contact)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCORD_HOLDER_NAME", ""),
        ("ACCORD_HOLDER_NAME", " Maison"),
        ("ACCORD_HOLDER_NAME", "a\u202eb"),
        ("ACCORD_HOLDER_CONTACT", "the desk"),
        ("ACCORD_HOLDER_CONTACT", "http://emploi.example"),
        ("ACCORD_HOLDER_CONTACT", "javascript:alert(1)"),
    ],
)
def test_a_holder_that_cannot_stand_on_a_page_stops_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()
