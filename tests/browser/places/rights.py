"""Her rights, the security of her account, and how she leaves."""

from tests.actors.browser import Browser
from tests.browser import leaving
from tests.browser.places.place import NO_ID, Place, every_detail

CV = """{"basics": {"phone": "06 39 98 00 00"},
"work": [{"position": "Bénévole à l’accueil", "name": "Maison de quartier", "startDate": "2026"}],
"skills": [{"name": "Tenir un blog"}, {"name": "Gérer un planning", "level": "Avancé"}],
"languages": [{"language": "Klingon"}], "awards": [{"title": "Un prix"}]}"""


async def _wrong_present_password(browser: Browser) -> None:
    await browser.page.fill("[name=current_password]", "not a password")
    await browser.page.fill("[name=new_password]", "short")
    await browser.press("#change-password")


async def _empty_paste(browser: Browser) -> None:
    await browser.at("main summary").first.click()
    await browser.press("#paste")


async def _pasted_cv(browser: Browser) -> None:
    await browser.at("main summary").first.click()
    await browser.page.fill("[name=resume]", CV)
    await browser.press("#paste")


async def _wrong_password_to_erase(browser: Browser) -> None:
    await browser.page.fill("[name=current_password]", "not a password")
    await browser.press("#erase")


PLACES = (
    Place("rights", "her", "/account/data"),
    Place("export", "her", "/account/data/export"),
    Place("import", "her", "/account/data/import", every_detail),
    Place("import, nothing", "her", "/account/data/import", _empty_paste),
    Place("import, looked at", "her", "/account/data/import", _pasted_cv),
    Place("erase", "her", "/account/delete"),
    Place("erase, wrong", "her", "/account/delete", _wrong_password_to_erase),
    Place("erase, nothing shared", "chloe", "/account/delete"),
    Place("erased", "nobody", "{erased}", every_detail),
    Place("no such erasure", "nobody", f"/erased/{NO_ID}"),
    Place("security", "her", "/account/security"),
    Place("security, wrong", "her", "/account/security", _wrong_present_password),
    Place("sign out", "her", "/logout"),
    Place("sign out, an app asks", "her", "/end-session?client_id=coach-demo"),
    Place("sign out, nowhere", "her", "/end-session?client_id=coach-demo&post_logout_redirect_uri=x"),
    Place("sign out, who asks", "her", "/end-session?id_token_hint=x"),
    Place("signing out at an app too", "leaver", "/logout", leaving.sign_out),
    Place("signed out", "nobody", "/signed-out?client_id=coach-demo"),
)
