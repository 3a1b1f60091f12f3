"""Sharing less, letting it rest, wanting to be asked again: from the application's own page."""

import pytest

from consent.events import DataLimited
from consent.limits import Frequency
from foundation.clock import DAY
from tests.consent.pages.site import Page, Site
from tests.consent.sharing import answered, asking, leaves, request


async def app(site: Site) -> str:
    return f"/account/apps/{await site.grant_id()}"


def boxes(page: Page, name: str) -> list[str]:
    """What is ticked of a name."""
    return [box["value"] for box in page.named("input", name=name) if "checked" in box]


def as_it_is(page: Page) -> dict[str, list[str]]:
    """The form as it stands, nothing unticked."""
    fields = {name: boxes(page, name) for name in ("scope", "item", "field", "future", "duration")}
    hidden = {
        name: [box["value"] for box in page.named("input", name=name)] for name in ("shown", "revision")
    }
    return fields | hidden


async def test_the_page_shows_what_is_shared_and_nothing_that_could_be_added(site):
    await site.share("skills", hide=["skills:s02"], future=["skills"])
    page = await site.browser.open(await app(site) + "/less")
    assert "Partager moins avec Cap Coaching" in page.text
    assert boxes(page, "scope") == ["skills"]
    assert "skills:s02" not in boxes(page, "item")
    assert "skills:s01" in boxes(page, "item")
    assert boxes(page, "future") == ["skills"]
    assert not [box for box in page.named("input", type="checkbox") if "checked" not in box]
    assert "Identité Nécessaire" in page.text
    assert "Ici, on ne peut que réduire." in page.text
    assert [box["value"] for box in page.named("input", name="duration")] == ["", "7d"]


async def test_saving_it_as_it_is_changes_nothing(site):
    await site.share("skills", "trainings", future=["skills"])
    path = await app(site)
    page = await site.browser.open(path + "/less")
    answer = await site.browser.post(path + "/less", **as_it_is(page))
    assert answer.headers["location"] == path
    assert (await site.home.standing()).revision == 1


async def test_unticking_takes_back_at_once_with_a_receipt(site):
    await site.share("skills", "trainings", duration=["180d"], future=["skills", "trainings"])
    path = await app(site)
    form = as_it_is(await site.browser.open(path + "/less"))
    form |= {"scope": ["skills"], "future": [], "duration": ["30d"]}
    form["item"] = [one for one in form["item"] if one != "skills:s01"]
    page = await site.browser.submit(path + "/less", **form)
    assert "C’est enregistré." in page.text
    assert "Vous avez modifié votre choix" in page.text
    standing = await site.home.standing()
    skills = standing.choice.scopes["skills"]
    assert set(standing.choice.scopes) == {"openid", "profile", "skills"}
    assert skills.hidden == {"s01"}
    assert "s02" in skills.items
    assert not skills.future
    assert standing.expires_at <= site.home.clock.now() + 30 * DAY
    assert (await leaves(site.home.db))[-1]["event"] == "consent.amended"


async def test_fields_that_were_picked_can_be_taken_back_one_by_one(site):
    ask = asking(await site.home.ask(request("openid", "skills", fields={"skills": ["label", "level"]})))
    await site.home.accept(ask, answered(ask, "skills", duration=["30d"]))
    path = await app(site)
    page = await site.browser.open(path + "/less")
    assert boxes(page, "field") == ["skills:label", "skills:level"]
    await site.browser.submit(path + "/less", **(as_it_is(page) | {"field": ["skills:label"]}))
    assert (await site.home.standing()).choice.scopes["skills"].fields == {"label"}


@pytest.mark.parametrize(
    "more",
    [
        {"scope": ["skills", "trainings"]},
        {"item": ["skills:s02"], "shown": ["skills:s02"]},
        {"item": ["trainings:t01"]},
        {"future": ["skills"]},
        {"field": ["skills:label"]},
        {"duration": ["365d"]},
        {"duration": ["once"]},
        {"scope": ["nonsense"]},
        {"item": ["no colon"]},
    ],
)
async def test_nothing_can_be_added(site, more):
    await site.share("skills", hide=["skills:s02"])
    path = await app(site)
    form = as_it_is(await site.browser.open(path + "/less"))
    answer = await site.browser.post(path + "/less", **(form | more))
    assert answer.status_code == 400
    assert "Ici, on ne peut que partager moins" in Page(answer.text).text
    assert (await site.home.standing()).revision == 1


async def test_a_page_that_is_no_longer_true_is_shown_again(site):
    await site.share("skills", "trainings")
    path = await app(site)
    form = as_it_is(await site.browser.open(path + "/less"))
    await site.browser.submit(path + "/scopes/trainings/revoke")
    answer = await site.browser.post(path + "/less", **form)
    assert answer.status_code == 409
    assert "Ce partage a changé depuis que cette page était ouverte" in Page(answer.text).text
    assert (await site.home.standing()).revision == 2


async def test_pausing_and_resuming_take_one_tap_each(site):
    await site.share("skills", duration=["30d"])
    path = await app(site)
    page = await site.browser.submit(path + "/pause")
    assert "En pause" in page.text
    assert "Vous l’avez mis en pause." in page.text
    assert "Ce que l’application lira si vous reprenez" in page.text
    dashboard = await site.browser.open("/account/apps")
    assert "Cap Coaching En pause" in dashboard.text
    assert "Aucune application ne lit votre profil en ce moment." in dashboard.text
    assert "Cap Coaching" not in (await site.browser.open("/account")).text
    page = await site.browser.submit(path + "/resume")
    assert "Active" in page.text
    assert "Vous avez repris le partage" in page.text
    events = [leaf["event"] for leaf in await leaves(site.home.db)]
    assert events[-2:] == ["consent.paused", "consent.resumed"]
    await site.browser.submit(path + "/resume")
    assert (await site.home.standing()).revision == 3


async def test_wanting_to_be_asked_again(site):
    await site.share("skills")
    path = await app(site)
    page = await site.browser.open(path + "/less")
    assert page.named("button", id="ask-again")
    page = await site.browser.submit(path + "/ask-again")
    assert "elle vous redemandera ce que vous aviez refusé" in page.text
    assert not page.named("button", id="ask-again")
    assert asking(await site.home.ask(request())).scopes == ("experiences", "trainings")


async def test_a_promised_frequency_stands_on_the_page(site):
    ask = asking(await site.home.ask(request(frequency=Frequency(2, "week"))))
    await site.home.accept(ask, answered(ask, "skills", duration=["30d"]))
    page = await site.browser.open(await app(site))
    assert "2 lectures par semaine de chaque donnée, au plus" in page.text


async def test_what_ended_or_is_not_hers_is_not_there(site):
    await site.share("skills")
    path = await app(site)
    await site.browser.submit(path + "/revoke")
    for place in (path, "/account/apps/" + "0" * 32, "/account/apps/nonsense"):
        await site.browser.open(place + "/less", status=404)
        for what in ("/less", "/pause", "/resume", "/ask-again"):
            assert (await site.browser.post(place + what)).status_code == 404


async def test_a_once_has_no_shorter_end(site):
    await site.share("skills", duration=["once"])
    page = await site.browser.open(await app(site) + "/less")
    assert not page.named("input", name="duration")


async def test_a_read_that_came_too_often_stands_in_her_history(site):
    await site.share("skills")
    standing, act = await site.home.standing(), site.home.act(notice=None)
    limited = DataLimited(
        client="coach", grant=standing.grant_id, revision=1, scopes="skills", dataset="skills",
        reads=5, per="day", until=act.now + DAY,
    )  # fmt: skip
    async with site.home.db.transaction() as tx:
        ledger = site.host.decisions.ledger
        await ledger.append(tx, limited, person=site.member.secrets, now=act.now, request_id="t" * 32)
    await site.seal_log()
    page = await site.browser.open("/account/history")
    assert "Lecture refusée : l’application avait promis de lire moins souvent" in page.text
