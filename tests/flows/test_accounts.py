"""An account's life: opening one on the way from an app, a forgotten password, leaving."""

import secrets

WRONG = "L’adresse e-mail ou le mot de passe ne convient pas"


async def test_she_opens_an_account_on_the_way_from_the_app_and_goes_on_where_she_was(stage):
    her, email = await stage.browser(width=320), f"dora-{secrets.token_hex(4)}@example.org"
    await her.come_from_the_app()
    await her.press("a:has-text('Créer un compte')")
    await her.page.fill("[name=email]", email)
    await her.press("#register")
    assert await her.title() == "Consultez vos e-mails"
    assert email not in her.page.url
    link = await her.newest_mail(email)

    await her.visit(link)
    await her.page.fill("[name=password]", "12345678")
    await her.press("#create-account")
    assert (await her.page.title()).startswith("Erreur")
    assert await her.at(".summary a[href='#password']").count() == 1
    await her.page.fill("[name=password]", "un cheval sous la pluie")
    await her.press("#create-account")
    asked = await her.asked()  # the app's request was kept for her
    assert email in asked.facts
    assert asked.items["skills"] == []
    await her.accept()
    assert her.page.url == her.house.coach + "/me"

    await her.visit(link)
    assert await her.title() == "Ce lien ne fonctionne plus"


async def test_a_forgotten_password_is_replaced_and_the_old_one_dies(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.visit("/login")
    await her.press("a:has-text('Mot de passe oublié')")
    await her.page.fill("[name=email]", amina.email)
    await her.press("#forgot")
    await her.visit(await her.newest_mail(amina.email))
    await her.page.fill("[name=password]", "trois lampes et un vélo")
    await her.press("#reset")
    assert await her.says("Votre mot de passe est changé")
    await her.visit("/login")
    await her.sign_in(amina)
    assert await her.says(WRONG)
    await her.sign_in(amina._replace(password="trois lampes et un vélo"))
    assert her.path == "/account"


async def test_a_wrong_address_and_a_wrong_password_are_told_alike(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    told = []
    for account in (amina._replace(password="not hers"), amina._replace(email="nobody@example.org")):
        await her.visit("/login")
        await her.sign_in(account)
        assert (await her.page.title()).startswith("Erreur")
        assert await her.page.input_value("[name=password]") == ""
        told.append(await her.texts(".summary, .error"))
    assert told[0] == told[1]
    assert WRONG in told[0][0]


async def test_after_signing_out_no_page_of_hers_can_be_seen_again(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.sign_in_at_accord(amina)
    await her.visit("/account/security")
    assert await her.says(amina.email)
    await her.at("details.menu > summary").click()
    await her.press("details.menu button")
    assert await her.says("Votre session est fermée")
    await her.page.go_back()
    assert amina.email not in await her.page.content()
    await her.visit("/account")
    assert her.path == "/login"


async def test_signing_out_everywhere_ends_her_other_browser(stage):
    amina = await stage.house.person("amina")
    phone, desk = await stage.browser(width=320), await stage.browser()
    await phone.sign_in_at_accord(amina)
    await desk.sign_in_at_accord(amina)
    await desk.visit("/account/security")
    assert await desk.at("ul.rows > li").count() == 2
    await desk.press("#sign-out-everywhere")
    await phone.visit("/account")
    assert phone.path == "/login"
