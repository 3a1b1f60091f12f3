"""What she shares: apps, receipts, history, reports, e-mails."""

from tests.actors.browser import Browser
from tests.browser.places.place import Place, every_detail


async def _no_receipt(browser: Browser) -> None:
    await browser.page.fill("[name=receipt]", "eyJhbGciOiJub25lIn0.e30.")
    await browser.press("#verify")


async def _her_receipt(browser: Browser) -> None:
    """Checked as anyone would: its file, pasted."""
    href = await browser.at("a[download]").get_attribute("href")
    file = await (await browser.page.request.get(f"{browser.house.issuer}{href}")).text()
    await browser.visit("/receipts/verify")
    await browser.page.fill("[name=receipt]", file)
    await browser.press("#verify")


PLACES = (
    Place("apps", "her", "/account/apps"),
    Place("apps, none", "chloe", "/account/apps"),
    Place("apps, stopped", "her", "/account/apps?ended={ended}"),
    Place("app", "her", "/account/apps/{grant}", every_detail),
    Place("app, ended", "her", "/account/apps/{ended}"),
    Place("app, paused", "her", "/account/apps/{resting}", every_detail),
    Place("share less", "her", "/account/apps/{grant}/less"),
    Place("share less, asked again", "her", "/account/apps/{resting}/less?asked=1"),
    Place("receipt", "her", "/account/apps/{grant}/receipts/1", every_detail),
    Place("receipts", "her", "/account/receipts"),
    Place("receipts, none", "chloe", "/account/receipts"),
    Place("what she saw", "her", "/account/apps/{grant}/receipts/1/seen"),
    Place("verify a receipt", "nobody", "/receipts/verify", every_detail),
    Place("verify, wrong", "nobody", "/receipts/verify", _no_receipt),
    Place("verify alone", "nobody", "/receipts/verify/alone"),
    Place("verify, genuine", "her", "/account/apps/{grant}/receipts/1", _her_receipt),
    Place("history", "her", "/account/history"),
    Place("history, none", "chloe", "/account/history"),
    Place("history of an app", "her", "/account/history?grant={grant}"),
    Place("history by field", "her", "/account/history/fields"),
    Place("history by field, none", "chloe", "/account/history/fields"),
    Place("who read a dataset", "her", "/account/history/fields/skills"),
    Place("report an access", "her", "/account/history/disputes/new?event={doubted}"),
    Place("reports", "her", "/account/history/disputes"),
    Place("reports, none", "chloe", "/account/history/disputes"),
    Place("report", "her", "/account/history/disputes/{dispute}"),
    Place("mails", "her", "/account/mails"),
)
