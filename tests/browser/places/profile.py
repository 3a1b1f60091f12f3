"""Her profile, and what is added to it."""

from tests.actors.browser import Browser
from tests.browser.places.place import Place, every_detail


async def _empty_form(browser: Browser) -> None:
    await browser.press("#save")


PLACES = (
    Place("profile", "her", "/account"),
    Place("profile, empty", "chloe", "/account"),
    Place("skill", "her", "/account/profile/skills/s01"),
    Place("remove a skill", "her", "/account/profile/skills/s01/remove"),
    Place("find a skill", "her", "/account/profile/skills/add?q=accueil"),
    Place("find a job", "her", "/account/profile/job_targets/add?q=zzz"),
    Place("suggested skills", "her", "/account/profile/skills/add"),
    Place("what a job expects", "her", "/account/profile/job_targets/j1/gap", every_detail),
    Place("experience, wrong", "her", "/account/profile/experiences/add", _empty_form),
    Place("profile, something waits", "newcomer", "/account"),
)
