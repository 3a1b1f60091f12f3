"""Other screens, and the sample apps."""

from tests.actors.browser import Browser
from tests.browser import samples
from tests.browser.places.place import Place


async def _wrong_code(browser: Browser) -> None:
    await browser.page.fill("[name=user_code]", "BCDF")
    await browser.press("#look-up")


async def _not_me(browser: Browser) -> None:
    await samples.asked_by_kiosk(browser)
    await browser.press("#stop")


PLACES = (
    Place("device", "nobody", "/device"),
    Place("device, wrong", "nobody", "/device", _wrong_code),
    Place("device, a code to compare", "nobody", "/device?user_code=bcdfghjk"),
    Place("device, which app", "nobody", "{kiosk}/", samples.asked_by_kiosk),
    Place("device, not me", "nobody", "{kiosk}/", _not_me),
    Place("kiosk", "nobody", "{kiosk}/"),
    Place("kiosk, code", "nobody", "{kiosk}/", samples.kiosk_code),
    Place("kiosk, her skills", "at the kiosk", "{kiosk}/", samples.her_skills_at_kiosk),
    Place("kiosk, ended", "nobody", "{kiosk}/ended/idle"),
    Place("adviser", "nobody", "{adviser}/"),
    Place("adviser, wrong", "nobody", "{adviser}/", samples.wrong_person),
    Place("adviser, waiting", "nobody", "{appointment}"),
    Place("adviser, shared", "nobody", "{agreed}", samples.answered),
    Place("adviser, refused", "nobody", "{refused}", samples.answered),
    Place("coach", "nobody", "{coach}/"),
    Place("coach, jobs", "nobody", "{coach}/jobs"),
    Place("coach, job by hand", "nobody", "{coach}/jobs/M1607"),
    Place("coach, her space", "her", "{coach}/me"),
    Place("coach, job", "her", "{coach}/jobs/M1609"),
    Place("coach, refused", "nobody", "{coach}/stopped/refused"),
    Place("coach, withdrawn", "nobody", "{coach}/stopped/withdrawn"),
    Place("coach, privacy", "nobody", "{coach}/privacy"),
)
