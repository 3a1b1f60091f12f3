"""What administrators and partners open, and what partners are told."""

from tests.actors.browser import Browser
from tests.browser.places.place import Place, every_detail


async def _no_push_address(browser: Browser) -> None:
    await browser.page.fill("[name=push_url]", "http://coach.example/")
    await browser.press("#save-delivery")


async def _no_purpose(browser: Browser) -> None:
    for name in ("purpose-fr", "reason-skills-en", "reads"):
        await browser.page.fill(f"[name='{name}']", "")
    await browser.press("#check")


async def _checked(browser: Browser) -> None:
    await browser.at("#no_detriment").check()
    await browser.press("#check")


async def _refuse_without_reason(browser: Browser) -> None:
    await browser.press("#refuse-declaration")


async def _empty_token(browser: Browser) -> None:
    await browser.press("#make-token")


async def _made_token(browser: Browser) -> None:
    await browser.page.fill("[name=contact]", "Cap Emploi")
    await browser.press("#make-token")


async def _has_tokens(browser: Browser) -> None:
    await browser.press("#new-token")
    await _made_token(browser)
    await browser.visit("/admin/registration")


async def _empty_question(browser: Browser) -> None:
    await browser.press("#count")


async def _who_was_read(browser: Browser) -> None:
    await browser.page.select_option("[name=client]", index=1)
    await browser.page.fill("[name=reason]", "Incident 12")
    await browser.press("#count")


PLACES = (
    Place("administrator", "administrator", "/admin"),
    Place("administrator, apps by themselves", "administrator", "/admin?by=itself"),
    Place("administrator, an app", "administrator", "/admin/app?client_id=coach-demo"),
    Place("registrations", "administrator", "/admin/registration", _has_tokens),
    Place("registration token", "administrator", "/admin/registration/new"),
    Place("registration token, wrong", "administrator", "/admin/registration/new", _empty_token),
    Place("registration token, made", "administrator", "/admin/registration/new", _made_token),
    Place("register of processing", "administrator", "/admin/register"),
    Place("breach", "administrator", "/admin/breach"),
    Place("breach, wrong", "administrator", "/admin/breach", _empty_question),
    Place("breach, counted", "administrator", "/admin/breach", _who_was_read),
    Place("partner", "partner", "/partner"),
    Place("partner, events", "partner", "/partner/apps/coach-demo/signals"),
    Place("partner, events, wrong", "partner", "/partner/apps/coach-demo/signals", _no_push_address),
    Place("events explained", "nobody", "/signals/events"),
    Place("event explained", "nobody", "/signals/events/grant-narrowed"),
    Place("partner, app", "partner", "{app}"),
    Place("declaration", "partner", "{app}/declaration", every_detail),
    Place("declaration, wrong", "partner", "{app}/declaration", _no_purpose),
    Place("declaration, checked", "partner", "{app}/declaration", _checked),
    Place("requests of partners", "administrator", "/admin/declarations"),
    Place("request of a partner", "administrator", "{request}"),
    Place("request of a partner, no reason", "administrator", "{request}", _refuse_without_reason),
    Place("reports, the queue", "administrator", "/admin/disputes"),
    Place("report, the desk", "administrator", "/admin/disputes/{dispute}"),
)
