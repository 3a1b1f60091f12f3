"""The mirror on an app's page, its one tap, and the dashboard's counts."""

from consent.grants import find_grant
from consent.mirror import standing
from consent.mirror.standing import count_states
from foundation.clock import DAY
from tests.consent.pages.conftest import shared, site
from tests.consent.sharing import Asker, answered, asking, leaves, request

__all__ = ["shared", "site"]


async def given(site, name, duration="180d"):
    asker = Asker(name, f"Appli {name}")
    ask = asking(await site.home.ask(request("openid", "skills", asker=asker, required=["openid"])))
    return (await site.home.accept(ask, answered(ask, "skills", duration=[duration]))).standing.grant_id


async def test_what_was_read_is_told_from_what_never_was(shared):
    page = await shared.browser.open(f"/account/apps/{await shared.grant_id()}")
    assert "Ce qu’elle peut lire, ce qu’elle lit vraiment" in page.text
    assert "Compétences jamais lu : Niveau, Nature, Code ROME 1 aujourd’hui" in page.text
    assert "Identité Nécessaire 0 jamais" in page.text
    assert "Ne sert pas" not in page.text
    assert not page.named("button", id="remove-unused")


async def test_one_tap_takes_back_what_nobody_reads_in_one_change(site):
    await site.share("skills", "experiences", duration=["180d"])
    site.home.clock.advance(50 * DAY)
    await site.read("skills")
    site.home.clock.advance(11 * DAY)
    grant = await site.grant_id()
    page = await site.browser.open(f"/account/apps/{grant}")
    assert "Depuis deux mois, l’application n’a pas lu : Expériences professionnelles." in page.text
    assert page.text.count("Ne sert pas") == 2  # the identity, too, but it is needed
    page = await site.browser.submit(f"/account/apps/{grant}/unused")
    assert "C’est enregistré." in page.text
    assert not page.named("button", id="remove-unused")
    async with site.home.db.reading() as tx:
        row = await find_grant(tx, site.member.id, grant)
    assert set(row.standing().choice.scopes) == {"openid", "profile", "skills"}
    amended = [leaf for leaf in await leaves(site.home.db) if leaf["event"] == "consent.amended"]
    assert [leaf["facts"]["removed"] for leaf in amended] == ["experiences"]
    again = await site.browser.post(f"/account/apps/{grant}/unused")
    assert not again.headers["location"].endswith("saved=1")


async def test_all_of_it_unused_says_so_and_an_ended_one_has_no_mirror(site):
    await site.share("skills", duration=["180d"])
    site.home.clock.advance(61 * DAY)
    grant = await site.grant_id()
    page = await site.browser.open(f"/account/apps/{grant}")
    assert "Rien n’a été lu depuis deux mois" in page.text
    await site.browser.submit(f"/account/apps/{grant}/revoke")
    page = await site.browser.open(f"/account/apps/{grant}")
    assert "ce qu’elle lit vraiment" not in page.text


async def test_nobody_narrows_anothers(shared):
    for grant in ("0" * 32, "x"):
        assert (await shared.browser.post(f"/account/apps/{grant}/unused")).status_code == 404
    path = f"/account/apps/{await shared.grant_id()}/unused"
    assert (await shared.browser.post(path, form_token="00")).status_code == 403


async def test_the_dashboard_counts_each_state_up_to_a_point(site, monkeypatch):
    grants = [await given(site, f"app{number}") for number in range(4)]
    async with site.home.db.transaction() as tx:
        act = site.home.act(notice=None)
        await site.host.decisions.pause(tx, grants[0], "person", act)
    await site.browser.submit(f"/account/apps/{grants[1]}/revoke")
    page = await site.browser.open("/account/apps")
    assert "Actives 2 En pause 1 Terminées 1" in page.text
    now = site.home.clock.now()
    async with site.home.db.reading() as tx:
        assert await count_states(tx, site.member.id, now) == (2, 1, 1)
        assert await count_states(tx, site.member.id, now + 200 * DAY) == (0, 0, 4)
    monkeypatch.setattr("consent.pages.apps.MOST_COUNTED", 1)
    page = await site.browser.open("/account/apps")
    assert "Plus de 1 applications peuvent lire" in page.text
    assert standing.MOST_COUNTED == 100
