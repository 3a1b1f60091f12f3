"""Every page of the room, in every language: sound, translated to the last word, no hostile markup."""

import re

import pytest

from consent.profile.editing import Part, put_item
from tests.foundation.web.sanity import defects, unmarked

HOSTILE = '<b onclick=x>O’Neil & "Fils"</b> 100% {{ 7*7 }}'
PAGES = (
    "/account",
    "/account?done=added&added=skills:s01",
    "/account/apps",
    "/account/apps/GRANT",
    "/account/apps/GRANT/receipts/1",
    "/account/history",
    "/account/history?grant=GRANT&reads=1",
    "/account/profile/contact/only",
    "/account/profile/job_targets/j1",
    "/account/profile/languages/add",
    "/account/profile/licences/add",
    "/account/profile/skills/add?q=acc",
    "/account/profile/skills/add?q=zzz",
    "/account/profile/skills/add?rome=free",
    "/account/profile/skills/s01",
    "/account/profile/skills/s01/remove",
    "/account/profile/trainings/add",
    "/ask",
    "/ask?changed=1",
    "/errors",
    "/help",
    "/nowhere",
)
AUDIT_PAGES = (
    "/audit",
    "/audit?event=data.read&since=2026-01-01&until=x",
    "/audit/grants/GRANT",
    "/audit/events/EVENT",
)


async def path_of(site, template):
    path = template.replace("GRANT", await site.grant_id())
    if "EVENT" in path:
        journal = await site.auditor.get("/audit")
        found = re.search(r"/audit/events/([0-9a-f]{32})", journal.text)
        assert found
        path = path.replace("EVENT", found.group(1))
    return path


def reader(site, template):
    return site.auditor if template.startswith("/audit") else site.browser


@pytest.fixture
async def busy(shared):
    """A site where everything has happened once."""
    await shared.seal_log()
    async with shared.home.db.transaction() as tx:
        owner, now = shared.member.owner, shared.home.clock.now()
        await put_item(tx, owner, Part("skills"), {"kind": "free", "label": HOSTILE}, now)
        await put_item(tx, owner, Part("experiences"), {"title": HOSTILE, "description": HOSTILE}, now)
    return shared


@pytest.mark.parametrize("language", ["fr", "en", "en-XA", "ar-XB"])
async def test_every_page_is_sound_in_every_language(busy, language):
    for template in PAGES + AUDIT_PAGES:
        browser = reader(busy, template)
        browser.language = language
        html = (await browser.get(await path_of(busy, template))).text
        assert (template, defects(html)) == (template, [])
        assert f'lang="{language}"' in html
        assert "<b onclick" not in html
        assert "%(" not in html


# What an accented page shows as it is: her values, the partner's words, names and codes.
_ALLOWED = (
    "Accented",
    "Accord",
    "Cap Coaching SAS",
    "English",
    "Français",
    "Mirrored",
    "ROME",
    "amina@example.org",
    "auditor@example.org",
    "coach",
    "https://accord.example/account/apps",
    "Paris",
    "L’application n’a pas indiqué combien de temps elle garde vos données.",
    "vous proposer un plan d’action adapté à votre profil",
)
_DATED = re.compile(r"[\d\s:/.a-zéûA-Z]*\d[\d\s:/.a-zéûA-Z]*")
_WITHOUT_VALUES = (
    "/account/apps",
    "/account/apps/GRANT/receipts/1",
    "/account/history",
    "/account/profile/skills/add?q=zzz",
    "/account/profile/trainings/add",
    "/audit/grants/GRANT",
    "/errors",
    "/help",
)


async def test_no_text_was_forgotten(busy):
    for template in _WITHOUT_VALUES:
        browser = reader(busy, template)
        browser.language = "en-XA"
        html = (await browser.get(await path_of(busy, template))).text
        found = unmarked(html[html.index("<body") :], _ALLOWED)
        assert [text for text in found if not _DATED.fullmatch(text)] == []


async def test_a_page_says_nothing_to_a_stranger(busy):
    busy.browser.role = ""
    for template in PAGES:
        if template.startswith("/account"):
            answer = await busy.browser.get(await path_of_stranger(template))
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    busy.browser.role = "auditor"
    assert (await busy.browser.get("/account")).status_code == 403
    busy.browser.role = "person"
    assert (await busy.browser.get("/audit")).status_code == 403


async def path_of_stranger(template):
    return template.replace("GRANT", "0" * 32)


_NOBODY = "0" * 32


@pytest.mark.parametrize(
    "path",
    [
        "/account/apps/x",
        f"/account/apps/{_NOBODY}",
        f"/account/apps/{_NOBODY}/receipts/1",
        "/account/apps/GRANT/receipts/9999999999",
        "/account/apps/GRANT/receipts/99",
        "/account/apps/GRANT/receipts/x",
        "/account/profile/birthdate/none",
        "/account/profile/contracts/add",
        "/account/profile/openid/only",
        "/account/profile/skills/none",
        "/account/profile/skills/none/remove",
        "/account/profile/skills/only",
        "/account/profile/x/add",
    ],
)
async def test_what_is_not_there_is_404(shared, path):
    page = await shared.browser.open(await path_of(shared, path), status=404)
    assert "n’existe pas" in page.text or "n’est plus dans votre profil" in page.text


@pytest.mark.parametrize(
    "path", ["/audit/events/x", f"/audit/events/{_NOBODY}", "/audit/grants/x", f"/audit/grants/{_NOBODY}"]
)
async def test_what_the_log_does_not_hold_is_404(shared, path):
    await shared.auditor.open(path, status=404)
