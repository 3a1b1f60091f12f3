"""The dashboard: who reads what, and stopping it at once."""

import orjson
import pytest
from joserfc import jws

from consent.choices import read_choice
from consent.grants import find_grant
from consent.records.receipts import verify_receipt
from foundation.clock import DAY
from tests.consent.sharing import JWKS, Asker, answered, asking, request


async def choice_of(site):
    async with site.home.db.reading() as tx:
        row = await find_grant(tx, site.member.id, await site.grant_id())
    return read_choice(row.choice_json)


async def test_it_begins_empty(site):
    page = await site.browser.open("/account/apps")
    assert "Aucune application pour l’instant" in page.text
    assert not page.named("button", class_="revoke danger")


async def test_a_card_says_who_what_since_until_and_when_last(shared):
    page = await shared.browser.open("/account/apps")
    assert "Une application peut lire une partie de votre profil. Vous pouvez arrêter" in page.text
    for text in (
        "Cap Coaching",
        "Active",
        "Compétences, Expériences professionnelles",
        "Dernière lecture aujourd’hui",
    ):
        assert text in page.text
    assert page.named("button", class_="revoke danger")


async def test_one_tap_ends_it_and_says_what_remains(shared):
    grant = await shared.grant_id()
    page = await shared.browser.submit(f"/account/apps/{grant}/revoke")
    assert "Cap Coaching ne lit plus rien de vous" in page.text
    assert "L’application n’a pas indiqué combien de temps elle garde vos données." in page.text
    assert "Arrêtée par vous" in page.text
    assert await shared.home.standing() is None
    again = await shared.browser.submit(f"/account/apps/{grant}/revoke")
    assert "Cap Coaching ne lit plus rien de vous" in again.text


async def test_nobody_ends_anothers(shared):
    grant = await shared.grant_id()
    shared.auditor.role = "auditor"
    assert (await shared.auditor.post(f"/account/apps/{grant}/revoke")).status_code == 403
    forged = await shared.browser.post(f"/account/apps/{grant}/revoke", form_token="00")
    assert forged.status_code == 403
    assert "Cette page était ouverte depuis trop longtemps" in forged.text
    assert (await shared.browser.post("/account/apps/" + "0" * 32 + "/revoke")).status_code == 404
    assert await shared.home.standing()


async def test_an_apps_page_shows_todays_values_and_what_stays_back(shared):
    page = await shared.browser.open(f"/account/apps/{await shared.grant_id()}")
    boxes = page.named("input", name="share")
    assert {"value": "s01", "checked": "", "type": "checkbox", "name": "share"} in boxes
    assert "Ce que vous ajouterez plus tard reste à vous" in page.text
    assert "Lectures des douze dernières semaines" in page.text
    assert [text for tag, text in page.tags if tag == "rect"]
    assert "Vous avez accepté" in page.text


async def test_items_are_held_back_and_shared_again(shared):
    grant = await shared.grant_id()
    path = f"/account/apps/{grant}/scopes/skills/items"
    page = await shared.browser.submit(path, shown=["s01", "s02"], share=["s02"])
    assert "C’est enregistré." in page.text
    assert (await choice_of(shared)).scopes["skills"].hidden == {"s01"}
    card = await shared.browser.open("/account/apps")
    assert "Compétences (10 sur 11)" in card.text
    await shared.browser.submit(path, shown=["s01"], share=["s01"])
    assert (await choice_of(shared)).scopes["skills"].hidden == frozenset()


async def test_an_item_that_the_form_did_not_show_is_left_alone(shared):
    path = f"/account/apps/{await shared.grant_id()}/scopes/skills/items"
    await shared.browser.submit(path, shown=["s01"], share=["s01", "s99"])
    assert "s99" not in (await choice_of(shared)).scopes["skills"].items
    page = await shared.browser.submit(path.replace("skills", "languages"), shown=["l1"], share=["l1"])
    assert "C’est enregistré." not in page.text


async def test_one_scope_is_taken_back(shared):
    grant = await shared.grant_id()
    page = await shared.browser.submit(f"/account/apps/{grant}/scopes/skills/revoke")
    assert "C’est enregistré." in page.text
    assert "skills" not in (await choice_of(shared)).scopes
    nothing = await shared.browser.submit(f"/account/apps/{grant}/scopes/skills/revoke")
    assert "C’est enregistré." not in nothing.text


async def test_what_the_app_needs_takes_everything_along(shared):
    grant = await shared.grant_id()
    page = await shared.browser.submit(f"/account/apps/{grant}/scopes/profile/revoke")
    assert "Cap Coaching ne lit plus rien de vous" in page.text
    ended = await shared.browser.open(f"/account/apps/{grant}")
    assert "Terminée" in ended.text
    assert "Ce que l’application pouvait lire" in ended.text
    assert not ended.named("form", action=f"/account/apps/{grant}/revoke")


async def test_what_is_over_is_said_to_be_over(shared):
    shared.home.clock.advance(31 * DAY)
    page = await shared.browser.open("/account/apps")
    assert "Aucune application ne lit votre profil en ce moment." in page.text
    assert "Arrivée à son terme" in page.text


async def test_empty_parts_and_the_address_are_shown_for_what_they_are(site):
    ask = asking(await site.home.ask(request("openid", "profile", "email", "trainings")))
    await site.home.accept(ask, answered(ask, "email", "trainings", shelf={}, duration=["once"]))
    page = await site.browser.open(f"/account/apps/{await site.grant_id()}")
    assert "amina@example.org" in page.text
    assert "fin de cette connexion" in page.text
    assert "Ce que vous ajouterez plus tard" in page.text


async def test_many_apps_come_by_pages(site):
    for number in range(21):
        ask = asking(
            await site.home.ask(
                request("openid", asker=Asker(f"app{number}", f"Appli {number}"), required=["openid"])
            )
        )
        await site.home.accept(ask, answered(ask, duration=["30d"]))
    page = await site.browser.open("/account/apps")
    assert "21 applications peuvent lire" in page.text
    (older,) = page.named("a", rel="next")
    assert "Appli 0" in (await site.browser.open(older["href"])).text


async def test_a_receipt_in_words_and_signed(shared):
    path = f"/account/apps/{await shared.grant_id()}/receipts/1"
    page = await shared.browser.open(path)
    for text in (
        "Reçu de votre décision",
        "Cap Coaching SAS",
        "Compétences",
        "Partagé",
        "Formations",
        "Refusé",
    ):
        assert text in page.text
    answer = await shared.browser.get(f"{path}/signed")
    assert "attachment" in answer.headers["content-disposition"]
    document = orjson.loads(answer.content)
    assert verify_receipt(document["receipt"], JWKS) == document["claims"]
    assert jws.extract_compact(document["receipt"].encode()).headers()["typ"] == "consent-receipt+jwt"


@pytest.mark.parametrize(
    "path", ["/account/apps/{}/revoke", "/account/apps/{}/scopes/skills/revoke", "/account/profile/share"]
)
async def test_nothing_changes_by_a_link(shared, path):
    assert (await shared.browser.get(path.format(await shared.grant_id()))).status_code == 405
