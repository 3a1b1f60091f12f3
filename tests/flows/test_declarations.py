"""A partner asks to ask something else: her form, the administrator's answer, what people then see."""

from tests.actors.browser import Browser
from tests.actors.house import ADMINISTRATOR, PARTNER

WHY = "pour tenir compte des langues que vous parlez au travail"


async def _ask_for_languages(partner: Browser, app: str) -> None:
    await partner.visit("/partner")
    await partner.press(f"a[href='{app}']")
    await partner.press("#change")
    summary = partner.at("summary:has-text('Langues')")
    if not await partner.at("[name='reason-languages-fr']").is_visible():
        await summary.click()
    await partner.at("input[name='ask-languages'][value=optional]").check()
    await partner.page.fill("[name='reason-languages-fr']", WHY)
    await partner.page.fill("[name='reason-languages-en']", "to consider the languages you speak at work")
    for name, french, english in (
        ("purpose", "vous proposer des offres dans vos langues", "suggest offers in your languages"),
        ("retention", "Nous effaçons tout sous un mois.", "We erase everything within a month."),
        ("reason-profile", "pour créer votre espace", "to create your space"),
        ("reason-skills", "pour choisir les offres", "to choose the offers"),
    ):
        await partner.page.fill(f"[name='{name}-fr']", french)
        await partner.page.fill(f"[name='{name}-en']", english)
    await partner.page.fill("[name=reads]", "5000")
    await partner.at("[name=use_basis][value=contract]").check()
    await partner.press("#check")


async def test_refused_corrected_approved_and_asked(stage):
    app = await stage.app("Langues Plus", "openid profile skills", PARTNER.email)
    page = f"/partner/apps/{app.client_id}"
    partner, admin = await stage.browser(width=320), await stage.browser()
    await partner.sign_in_at_accord(PARTNER)
    await admin.sign_in_at_accord(ADMINISTRATOR)
    await _ask_for_languages(partner, page)
    assert await partner.title() == "Vérifiez vos réponses"
    assert await partner.says(WHY)
    await partner.press("#send")
    assert await partner.says("Votre demande est envoyée")

    await admin.visit("/admin/declarations")
    await admin.press(f"a[href*='/{app.client_id}/']:has-text('Examiner')")
    assert await admin.says(WHY)
    await admin.page.fill("[name=reason]", "Dites à quoi servent les langues, pas d’où elles viennent.")
    await admin.press("#refuse-declaration")
    assert await admin.says("Refusé")
    await partner.visit(page)
    assert await partner.says("pas d’où elles viennent")
    await partner.press("a:has-text('Corriger et renvoyer')")
    assert await partner.at("[name='reason-languages-fr']").input_value() == WHY
    await partner.page.fill("[name='reason-languages-fr']", "pour proposer des postes dans vos langues")
    await partner.press("#check")
    await partner.press("#send")

    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.visit(app.attempt("openid profile skills").url)
    await her.sign_in(amina)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    await admin.visit("/admin/declarations")
    await admin.press(f"a[href*='/{app.client_id}/']:has-text('Examiner')")
    await admin.press("#approve")
    assert await admin.says("Approuvé")
    await partner.visit(page)
    assert await partner.says("5 000 lectures de chaque donnée par jour")
    await her.visit(app.attempt("openid profile skills languages").url)
    assert await her.title() == "Langues Plus demande un changement"
    assert await her.says("pour proposer des postes dans vos langues")
    boxes = await her.at("input[name=scope]").all()  # one is new, the other says another reason
    assert [await box.get_attribute("value") for box in boxes] == ["skills", "languages"]
    assert await her.at("input[name=duration]").count() == 0  # for how long is not asked again
