"""The list of apps."""

import pytest

from idp.clients.registry import suspend_client
from tests.idp.admin.apps import administrator, register
from tests.idp.people.house import House


async def test_each_app_with_its_scopes_and_state(house: House):
    await register(
        house,
        "cap",
        legal_entity="<i>Cap</i> SAS",
        optional_scopes=("skills", "experiences"),
        verified_on="2026-03-03",
        post_logout_redirect_uris=("https://cap.example/bye",),
    )
    await register(house, "dust", name="Dust", required_scopes=("openid",))
    async with house.db.transaction() as tx:
        await suspend_client(tx, "dust", house.clock.now())
    page = await (await administrator(house)).get("/admin")
    cap, dust = page.text.split('id="app-dust"')
    for part in (
        "Active",
        "<code>skills</code>",
        "Compétences",
        "https://cap.example/callback",
        "<code>https://cap.example/bye</code>",
        '<time datetime="2026-03-03">3 mars 2026</time>',
    ):
        assert part in cap
    assert "&lt;i&gt;Cap&lt;/i&gt; SAS" in cap
    assert "Suspendue" not in cap
    for part in ("Suspendue", "Entité non renseignée", "pas encore", "aucune"):
        assert part in dust
    assert 'aria-current="page"' in page.text
    assert "Page suivante" not in page.text


async def test_no_app_yet(house: House):
    page = await (await administrator(house)).get("/admin")
    assert "accord client register" in page.text


async def test_many_apps_come_in_pages(house: House):
    for number in range(52):
        await register(house, f"app-{number:03}")
    browser = await administrator(house)
    first = await browser.get("/admin")
    assert first.text.count("<article") == 50
    assert 'href="/admin?after=app-049"' in first.text
    second = await browser.get("/admin?after=app-049")
    assert second.text.count("<article") == 2
    assert 'href="/admin"' in second.text
    assert "Page suivante" not in second.text
    assert (await browser.get("/admin?after=" + "z" * 5000)).text.count("<article") == 0


@pytest.mark.parametrize("role", ["person", "partner", "auditor"])
async def test_nobody_else_sees_them(house: House, role: str):
    await house.account(role=role)
    assert (await (await house.signed_in()).get("/admin")).status_code == 403


async def test_in_english(house: House):
    await register(house, "cap", verified_on="2026-03-03")
    browser = await administrator(house)
    page = await browser.get("/admin?lang=en")
    assert ">3 March 2026</time>" in page.text
    assert "Required data" in page.text
