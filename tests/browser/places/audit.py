"""What an auditor opens."""

from tests.actors.browser import Browser
from tests.browser import unmasking
from tests.browser.places.place import Place, every_detail


async def _exported(browser: Browser) -> None:
    """Made the first time; then as it is kept."""
    kept = browser.at("a[href^='/audit/export/']")
    if await kept.count():
        await kept.first.click()
    else:
        await browser.press("#export")
    await browser.at("a[href$='/manifest']").wait_for()


async def _the_notice(browser: Browser) -> None:
    await browser.press("a[href^='/notices/']")


async def _kept_search(browser: Browser) -> None:
    await every_detail(browser)
    await browser.page.fill("[name=name]", "Lectures")
    await browser.press("#save-view")


PLACES = (
    Place("ledger", "auditor", "/audit"),
    Place("ledger, nothing", "auditor", "/audit?client=nobody&since=2026-13-01"),
    Place("ledger, searched", "auditor", "/audit?scope=skills&event=data.read", every_detail),
    Place("saved searches", "auditor", "/audit?event=data.read", _kept_search),
    Place("figures", "auditor", "/audit/figures", every_detail),
    Place("anomalies", "auditor", "/audit/flags"),
    Place("identities", "auditor", "/audit/unmasking"),
    Place("identity, wrong", "auditor", "/audit/unmasking/new", unmasking.ask_nothing),
    Place("identity, asked for", "auditor", "/audit/unmasking/{unmask}"),
    Place("identity, to answer", "administrator", "/audit/unmasking/{unmask}"),
    Place("identity, seen", "auditor", "/audit/unmasking/{unmasked}", unmasking.look),
    Place("export of the log", "auditor", "/audit/export?client=coach-demo"),
    Place("export of the log, wrong", "auditor", "/audit/export?since=2026-13-01"),
    Place("export of the log, ready", "auditor", "/audit/export?first=0&last=20", _exported),
    Place("retention", "auditor", "/audit/retention"),
    Place("event", "auditor", "/audit/events/{event}", every_detail),
    Place("dossier", "auditor", "/audit/grants/{grant}"),
    Place("notice without values", "auditor", "/audit/grants/{grant}", _the_notice),
    Place("told, every app", "auditor", "/audit/signals"),
)
