"""Invariant 6: no secret and nothing personal in a log, a URL, an error, a leaf; nor in clear at rest."""

import io
from collections import namedtuple

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from consent.ledger.events import catalogue
from foundation.logging import configure_logging
from foundation.statements import Statement
from idp.people import events
from idp.people.delivery import PageSender, SendError, deliver_one
from idp.people.outbox import Letter
from tests.idp.people.house import PASSWORD, House, token_in

PERSONAL = ("amina", "Amina", "example.org", PASSWORD, "192.0.2.77")
NEW = "trois petits cailloux"


async def live(house: House) -> list[str]:
    """A life: registering, failing, recovering, changing. Returns the secrets it used."""
    browser = house.browser(host="192.0.2.77")
    await browser.get("/register")
    await browser.post("/register", email="Amina@example.org")
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/verify-email?token={token}")
    await browser.post("/verify-email", password=PASSWORD)
    first = browser.cookie
    for _ in range(12):
        await browser.sign_in("amina@example.org", "wrong " + PASSWORD)
    await browser.get("/password/forgot")
    await browser.post("/password/forgot", email="amina@example.org")
    reset = token_in((await house.mails())[0])
    await browser.open_link(f"/password/reset?token={reset}")
    await browser.post("/password/reset", password=NEW)
    elsewhere = house.browser(host="192.0.2.78")
    await elsewhere.sign_in("amina@example.org", NEW)
    await elsewhere.get("/account/security")
    await elsewhere.post("/account/security/password", current_password=NEW, new_password=PASSWORD)
    await elsewhere.get("/account/security")
    await elsewhere.post("/nowhere", password=PASSWORD)
    return [token, reset, first.split(".")[1], elsewhere.cookie.split(".")[1], NEW]


class Unreachable(PageSender):
    async def send(self, letter: Letter, now: int) -> None:
        raise SendError("TimeoutError", for_ever=True)


async def test_nothing_secret_or_personal_in_the_logs(house: House, monkeypatch: pytest.MonkeyPatch):
    lines = io.StringIO()
    configure_logging(level="debug", stream=lines, strict=True)
    secrets = await live(house)
    await deliver_one(house.db, house.clock, house.people.outbox, Unreachable())
    monkeypatch.setattr(house.people.hasher, "verify", None)  # something breaks
    assert (await house.browser().sign_in("amina@example.org", PASSWORD)).status_code == 500
    written = lines.getvalue()
    assert "a mail was not sent" in written
    assert "unexpected failure" in written
    for part in (*PERSONAL, *secrets):
        assert part not in written


async def test_nothing_secret_or_personal_in_the_ledger(house: House):
    secrets = await live(house)
    leaves = str(await house.events())
    for part in (*PERSONAL, *secrets):
        assert part not in leaves


async def stored(house: House) -> bytes:
    """Every value of every table, one after the other."""
    values: list[bytes] = []
    async with house.db.reading() as tx:
        for table in SQLModel.metadata.sorted_tables:
            row = namedtuple("Row", [f"column_{n}" for n in range(len(table.columns))])
            for found in await tx.all(Statement(select(*table.columns), row)):
                values += [v if isinstance(v, bytes) else str(v).encode() for v in found]
    return b"\n".join(values)


async def test_nothing_secret_or_personal_in_clear_at_rest(house: House):
    secrets = await live(house)
    everything = await stored(house)
    assert b"account.created" in everything
    for part in (*PERSONAL, *secrets):
        assert part.encode() not in everything


async def test_no_address_of_a_page_holds_anything_but_the_mails_link(house: House):
    browser = house.browser()
    await browser.get("/register")
    answer = await browser.post("/register", email="amina@example.org")
    assert "amina" not in answer.headers["location"]
    await house.account("bruno@example.org")
    refused = await browser.sign_in("bruno@example.org", "a password all the same")
    assert "all the same" not in refused.text
    assert 'type="password"' in refused.text


def test_the_events_of_this_room():
    mine = {
        f"{line.name} {line.log} {line.outcome}{' open' if line.stays_open else ''}": sorted(line.facts)
        for line in catalogue()
        if line.name.startswith(("account.", "login.", "session."))
    }
    assert mine == {
        "account.created security success": ["age", "by", "role"],
        "account.locked security success open": ["sessions_ended", "told"],
        "account.mails_chosen security success": ["locale", "reminders"],
        "account.password_changed security success open": ["sessions_ended", "told"],
        "account.password_reset security success open": ["sessions_ended", "told"],
        "login.failed security failed open": ["account", "attempts", "seconds", "since"],
        "login.succeeded security success open": ["amr"],
        "session.ended security success open": ["how", "reach", "sessions_ended", "told"],
    }
    assert events.LoginSucceeded.SPEC.payload == ()
