"""Registering below 15: one box, one day, sealed; nothing asked or kept of anybody else."""

import pytest

from idp.people.accounts import find_by_digest, open_holder
from idp.people.addresses import digest_of_text
from tests.idp.people.house import PASSWORD, SECRETS, Browser, House, token_in

EMAIL = "lea@example.org"


async def at_the_form(house: House) -> Browser:
    browser = house.browser()
    await browser.get("/register")
    await browser.post("/register", email=EMAIL)
    await browser.open_link(f"/verify-email?token={token_in((await house.mails())[0])}")
    return browser


async def kept_of(house: House) -> tuple[bytes | None, str]:
    """What the account keeps of her age: as stored, and opened."""
    async with house.db.reading() as tx:
        account = await find_by_digest(tx, digest_of_text(SECRETS.lookup, EMAIL))
        holder = await open_holder(tx, house.people.server.people, account)
    assert holder is not None
    return holder.account.sealed_age, str(holder.of_age_on)


async def test_of_somebody_of_age_nothing_is_kept(house: House):
    browser = await at_the_form(house)
    assert (
        await browser.post("/verify-email", password=PASSWORD, fifteen_on="15/03/2028")
    ).status_code == 303
    assert await kept_of(house) == (None, "None")


async def test_below_15_the_day_is_kept_sealed(house: House):
    browser = await at_the_form(house)
    day = {"minor": "1", "fifteen_on": "05/03/2028"}
    assert (await browser.post("/verify-email", password=PASSWORD, **day)).status_code == 303
    sealed, opened = await kept_of(house)
    assert sealed is not None
    assert b"2028" not in sealed
    assert opened == "2028-03-05"
    (created,) = await house.events("account.created")
    assert created["facts"]["age"] == "under_15"
    assert "2028-" not in str(created["facts"])  # ids are hexadecimal


@pytest.mark.parametrize("day", ["", "soon", "31/02/2028", "01/01/2000", "05/03/2099", "x" * 300, "2028"])
async def test_a_day_that_cannot_be_is_asked_again_and_makes_no_account(house: House, day: str):
    browser = await at_the_form(house)
    again = await browser.post("/verify-email", password=PASSWORD, minor="1", fifteen_on=day)
    assert again.status_code == 400
    assert "comme 15/03/2028" in again.text
    assert 'name="minor" value="1" checked' in again.text
    assert PASSWORD not in again.text
    assert await house.events("account.created") == []
    assert (await browser.post("/verify-email", password=PASSWORD)).status_code == 303
