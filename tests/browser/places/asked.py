"""Somebody is asked: the consent screen in each of its states, and requests from elsewhere."""

from tests.actors.browser import Browser
from tests.browser.places.place import Place, every_detail


async def _some_ticked(browser: Browser) -> None:
    await browser.tick("skills")
    await browser.hold_back("skills", 0)
    await browser.share_for("30d")


PLACES = (
    Place("consent", "newcomer", "{asked}"),
    Place("consent, answered", "newcomer", "{asked}", _some_ticked),
    Place("consent, all unfolded", "newcomer", "{asked}", every_detail),
    Place("consent, asked elsewhere", "newcomer", "{asked_elsewhere}"),
    Place("requests from elsewhere", "newcomer", "/account/requests"),
    Place("requests from elsewhere, none", "chloe", "/account/requests"),
    Place("request from elsewhere, refused", "newcomer", "{refused_request}"),
    Place("consent, a change", "her", "{changed}"),
    Place("consent, in place of another", "her", "{fresh}"),
    Place("consent, paused", "her", "{paused}", every_detail),
    Place("consent, of an unknown app", "her", "{unknown}"),
)
