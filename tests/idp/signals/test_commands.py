"""`accord client signals`, `accord signals list|replay`: what an operator sees and does."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.clock import SystemClock
from foundation.settings import Settings
from idp.cli import app
from idp.running.opening import open_server
from tests.idp.support import World, settings_for

RUNNER = CliRunner()


@pytest.fixture
def operator(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database with a grant that was taken back; the environment leads to it."""
    settings = settings_for(sqlite_url, tmp_path, outbound_allow="127.0.0.1")

    async def live() -> None:
        async with open_server(settings) as server:
            world = await World.make(server, None, SystemClock())
            grant_id = (await world.grant()).standing.grant_id
            await world.revoke(grant_id)

    asyncio.run(live())
    monkeypatch.setenv("ACCORD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    assert settings.master_key is not None
    monkeypatch.setenv("ACCORD_MASTER_KEY", settings.master_key.get_secret_value())
    monkeypatch.setenv("ACCORD_OUTBOUND_ALLOW", "127.0.0.1")
    return settings


def run(*arguments: str) -> dict:
    done = RUNNER.invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def fails(*arguments: str) -> str:
    done = RUNNER.invoke(app, list(arguments))
    assert done.exit_code == 1, done.output
    return " ".join(done.output.split())


def test_how_an_app_is_told(operator: Settings):
    assert run("client", "signals", "app")["delivery"] == "poll"
    url = "http://127.0.0.1:9/signals"
    told = run("client", "signals", "app", "--push-url", url, "--authorization", "Bearer s3cret")
    assert told == {
        "client_id": "app",
        "delivery": "push",
        "push_url": url,
        "authorization": True,
        "failures": 0,
        "failure": None,
        "overdue": False,
    }
    assert run("client", "signals", "app") == told
    assert run("client", "signals", "app", "--poll")["delivery"] == "poll"
    assert "not both" in fails("client", "signals", "app", "--poll", "--push-url", url)
    assert "goes with" in fails("client", "signals", "app", "--authorization", "Bearer x")
    assert "https://" in fails("client", "signals", "app", "--push-url", "http://coach.example/")
    assert "no registered app" in fails("client", "signals", "nobody", "--poll")


def test_what_was_told_and_telling_it_again(operator: Settings):
    (one,) = run("signals", "list", "--client", "app")["signals"]
    assert (one["event"], one["state"], one["attempts"]) == ("grant-revoked", "queued", 0)
    (state,) = run("signals", "list")["clients"]
    assert (state["client_id"], state["waiting"], state["told"]) == ("app", 1, 0)
    assert RUNNER.invoke(app, ["signals", "list"]).exit_code == 0
    assert RUNNER.invoke(app, ["signals", "list", "--client", "app"]).exit_code == 0
    again = {"client_id": "app", "replayed": 1, "gone": 0}
    assert run("signals", "replay", "--client", "app", "--since", "2020-01-01") == again
    assert run("signals", "replay", "--client", "app", "--jti", one["jti"]) == again
    assert run("signals", "replay", "--client", "app", "--since", "2999-01-01")["replayed"] == 0
    assert "one of them" in fails("signals", "replay", "--client", "app")
    assert "one of them" in fails("signals", "replay", "--client", "app", "--jti", "x")
    assert "YYYY-MM-DD" in fails("signals", "replay", "--client", "app", "--since", "soon")
    assert "no registered app" in fails("signals", "replay", "--client", "nobody", "--since", "2020-01-01")
