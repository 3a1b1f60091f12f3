"""How somebody comes in: accounts, links, help, and what cannot be found."""

from tests.actors.browser import Browser
from tests.browser.places.place import NO_ID, Place


async def _wrong_password(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "nobody@example.org")
    await browser.page.fill("[name=password]", "not a password")
    await browser.press("#sign-in")


async def _no_address(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "nobody")
    await browser.press("#register")


async def _no_day(browser: Browser) -> None:
    await browser.at("[name=minor]").check()
    await browser.page.fill("[name=password]", "short")
    await browser.press("#create-account")


async def _no_place(browser: Browser) -> None:
    await browser.page.fill("[name=other]", "Atlantide")
    await browser.press("#choose-other")


PLACES = (
    Place("home", "nobody", "/"),
    Place("sign in", "nobody", "/login"),
    Place("sign in, wrong", "nobody", "/login", _wrong_password),
    Place("sign in, for an app", "nobody", "{signing_in}"),
    Place("register", "nobody", "/register"),
    Place("register, wrong", "nobody", "/register", _no_address),
    Place("register, sent", "nobody", "/register/sent"),
    Place("choose a password", "nobody", "{registering}"),
    Place("choose a password, wrong", "nobody", "{registering}", _no_day),
    Place("dead link", "nobody", "/verify-email?token=gone"),
    Place("forgotten", "nobody", "/password/forgot"),
    Place("forgotten, sent", "nobody", "/password/forgot/sent"),
    Place("reset", "nobody", "{resetting}"),
    Place("outbox", "nobody", "/outbox"),
    Place("help", "nobody", "/help"),
    Place("errors explained", "nobody", "/errors"),
    Place("whose hours", "nobody", "/zone?back=/help"),
    Place("whose hours, nowhere", "nobody", "/zone?back=/help", _no_place),
    Place("no such page", "nobody", "/nowhere"),
    Place("unknown app", "nobody", "/authorize?client_id=nobody"),
    Place("expired request", "nobody", f"/authorize/continue/{NO_ID}"),
    Place("not hers", "her", "/audit"),
)
