"""A child and a parent."""

from tests.actors.browser import Browser
from tests.browser.places.place import Place


async def _no_parent(browser: Browser) -> None:
    await browser.page.fill("[name=email]", "maman")
    await browser.press("#ask-parent")


async def _unattested(browser: Browser) -> None:
    await browser.press("#accept")


PLACES = (
    Place("consent, under 15", "tom", "{waiting_consent}"),
    Place("with a parent", "lea", "{drafted}"),
    Place("with a parent, wrong", "lea", "{drafted}", _no_parent),
    Place("with a parent, asked", "tom", "{waiting}"),
    Place("a parent is asked", "mum", "{to_answer}"),
    Place("a parent is asked, wrong", "mum", "{to_answer}", _unattested),
    Place("not the parent", "her", "{to_answer}"),
    Place("children", "mum", "/account/children"),
    Place("children, none", "chloe", "/account/children"),
)
