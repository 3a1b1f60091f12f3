"""What she reads of what happened."""

import pytest

from tests.consent.sharing import Asker, answered, asking, request


async def test_it_begins_empty(site):
    page = await site.browser.open("/account/history")
    assert "Rien pour l’instant" in page.text


async def test_reads_and_decisions_by_day_with_their_time(shared):
    page = await shared.browser.open("/account/history")
    assert "Cap Coaching – Lecture Expériences professionnelles : 3 éléments" in page.text
    assert (
        "Vous avez accepté de partager Identifiant, Identité, Compétences, Expériences professionnelles"
        in page.text
    )
    assert "Heures de Europe/Paris." in page.text
    assert page.named("time")


async def test_one_app_alone_and_its_reads_alone(shared):
    ask = asking(await shared.home.ask(request("openid", asker=Asker("kiosk", "Borne"), required=["openid"])))
    await shared.home.accept(ask, answered(ask, duration=["30d"]))
    assert "Borne" in (await shared.browser.open("/account/history")).text
    grant = await shared.grant_id()
    alone = await shared.browser.open(f"/account/history?grant={grant}")
    assert "Borne" not in alone.text
    assert "Vous avez accepté" in alone.text
    reads = await shared.browser.open(f"/account/history?grant={grant}&reads=1")
    assert "Vous avez accepté" not in reads.text
    assert "Lecture" in reads.text


@pytest.mark.parametrize("grant", ["0" * 32, "x", "%00"])
async def test_anothers_history_is_empty(shared, grant):
    answer = await shared.browser.get(f"/account/history?grant={grant}")
    assert "Cap Coaching" not in answer.text


async def test_a_long_history_comes_by_pages(shared):
    for _ in range(30):
        await shared.read("skills", 1)
    page = await shared.browser.open("/account/history")
    assert "Compétences : 1 élément" in page.text
    (older,) = page.named("a", rel="next")
    last = await shared.browser.open(older["href"])
    assert "Vous avez accepté" in last.text
    assert "Revenir au plus récent" in last.text
    reads = await shared.browser.open(f"/account/history?grant={await shared.grant_id()}&reads=1")
    (older,) = reads.named("a", rel="next")
    assert "reads=1" in older["href"]
    assert "Compétences : 3 éléments" in (await shared.browser.open(older["href"])).text


async def test_a_damaged_page_link_is_told(shared):
    page = await shared.browser.open("/account/history?after=nonsense", status=400)
    assert "Ce lien de page est abîmé" in page.text


async def test_an_event_of_another_room_has_plain_words(shared):
    await shared.browser.submit(f"/account/apps/{await shared.grant_id()}/revoke")
    shared.browser.language = "en"
    assert "Access removed" in (await shared.browser.open("/account/history")).text


async def test_what_is_no_list_is_not_counted(shared):
    await shared.read("identity", 1)
    await shared.read("grant", 0)
    page = await shared.browser.open("/account/history")
    assert "élément La liste" not in page.text
    assert "La liste de ce qu’elle peut lire" in page.text
    assert "identity : 1" not in page.text
