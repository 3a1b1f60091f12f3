"""She corrects her profile, what she adds stays hers until she says so; anyone can check her receipt."""

import json
from pathlib import Path

import pytest

from consent.records.receipts import ReceiptError, verify_receipt


async def coached_skills(her) -> list[str]:
    await her.visit(her.house.coach + "/me")
    await her.press("#refresh")
    return [text.strip() for text in await her.at("#skills li > span:first-child").all_inner_texts()]


async def share_skills(stage, her, who) -> None:
    await her.come_from_the_app(who)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()


async def test_a_skill_that_she_adds_is_not_shared_until_she_says_so(stage):
    bruno, his = await stage.house.person("bruno"), await stage.browser()
    await share_skills(stage, his, bruno)
    before = await coached_skills(his)
    assert before == bruno.labels("skills")

    await his.visit("/account")
    await his.press("a[href='/account/profile/skills/add']")
    await his.page.fill("#q", "accueil")
    await his.press("form[role=search] button")
    label = (await his.texts("#results li span:first-child"))[0]
    await his.press("#results li:first-child a")
    await his.page.select_option("select[name=level]", "advanced")
    await his.press("#save")
    assert await his.says("C’est ajouté à votre profil")
    assert await his.says("Partager aussi ce nouvel élément")
    offer = his.page.url
    assert await coached_skills(his) == before

    await his.visit(offer)
    await his.at("input[name=grant]").check()
    await his.press("section:has(input[name=grant]) button")
    assert await coached_skills(his) == [*before, label]


async def test_a_correction_follows_and_what_she_removes_is_gone_for_the_app(stage):
    bruno, his = await stage.house.person("bruno"), await stage.browser()
    await share_skills(stage, his, bruno)
    free = bruno.labels("skills")[3]
    await his.visit("/account")
    await his.press(f"#skills li:has-text('{free}') a:has-text('Modifier')")
    await his.page.fill("[name=label]", "Conduite de chariot")
    await his.press("#save")
    assert (await coached_skills(his))[3] == "Conduite de chariot"

    await his.visit("/account")
    await his.press("#skills li:has-text('Conduite de chariot') a:has-text('Retirer')")
    await his.press("main form button")
    assert await coached_skills(his) == bruno.labels("skills")[:3]


async def test_a_mistake_in_a_form_is_named_beside_its_field_and_keeps_what_she_typed(stage):
    bruno, his = await stage.house.person("bruno"), await stage.browser(width=320)
    await his.sign_in_at_accord(bruno)
    await his.visit("/account/profile/experiences/add")
    await his.page.fill("[name=title]", "Magasinier")
    await his.page.fill("[name=start]", "l’an dernier")
    await his.press("#save")
    assert (await his.page.title()).startswith("Erreur")
    assert await his.at(".summary a[href='#start']").count() == 1
    assert await his.at("#start-error").count() == 1
    assert await his.page.input_value("[name=title]") == "Magasinier"


async def test_the_receipt_says_what_she_chose_and_anyone_can_check_it(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    await her.tick("skills")
    await her.hold_back("skills", 2)
    await her.share_for("30d")
    await her.accept()
    grant_id = await her.grant_id("Cap Coaching")
    await her.visit(f"/account/apps/{grant_id}")
    await her.press("a[href*='/receipts/']")
    assert await her.title() == "Reçu de votre décision"
    assert await her.says("Un élément gardé pour vous")
    async with her.page.expect_download() as started:
        await her.at("a[download]").click()
    document = json.loads(Path(await (await started.value).path()).read_text("utf-8"))

    keys = await (await her.page.request.get(f"{her.house.issuer}/receipts/jwks")).json()
    claims = verify_receipt(document["receipt"], keys)
    assert claims == document["claims"]
    record = claims["record"]
    decided = {one["scope"]: one["decision"] for one in record["purposes"][0]["pii_information"]}
    assert decided["skills"] == "granted"
    assert decided["experiences"] == "refused"
    assert amina.email not in document["receipt"]
    header, payload, signature = document["receipt"].split(".")
    with pytest.raises(ReceiptError):
        verify_receipt(f"{header}.{payload}x.{signature}", keys)

    auditor = await stage.auditor()
    leaf = await auditor.verify(claims["ledger"]["event_id"])
    assert (leaf["event"], leaf["grant"]) == ("consent.given", grant_id)
    assert leaf["facts"]["record"] == claims["record_sha256"]
