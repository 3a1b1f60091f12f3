"""A girl of 14 and her mother, each at her own browser: together they share, and the mother can stop it."""

import secrets

from tests.actors.browser import Browser
from tests.actors.house import Account

PASSWORD = "papier pomme cerf-volant"  # of people who are nobody


async def register(browser: Browser, *, turns_15: str = "") -> Account:
    """Open an account by its mailed link, as anyone does."""
    email = f"someone-{secrets.token_hex(4)}@example.org"
    await browser.visit("/register")
    await browser.page.fill("[name=email]", email)
    await browser.press("#register")
    await browser.visit(await browser.newest_mail(email))
    await browser.page.fill("[name=password]", PASSWORD)
    if turns_15:
        await browser.at("[name=minor]").check()
        await browser.page.fill("[name=fifteen_on]", turns_15)
    await browser.press("#create-account")
    assert browser.path == "/account"
    return Account(email, PASSWORD, {})


async def test_child_and_parent_share_together_and_the_parent_stops_it(stage):
    lea, mum = await stage.browser(width=320), await stage.browser()
    child, parent = await register(lea, turns_15="01/06/2040"), await register(mum)
    await lea.come_from_the_app()
    assert await lea.says("Un parent accepte avec vous")
    assert (await lea.asked()).ticked == []
    await lea.tick("skills")
    await lea.share_for("30d")
    await lea.press("#accept")
    assert await lea.title() == "Avec un parent"
    await lea.page.fill("[name=email]", parent.email)
    await lea.press("#ask-parent")
    assert await lea.says(parent.email)
    await lea.press("#go-on")
    assert await lea.says("Votre parent n’a pas encore répondu")

    await mum.visit(await mum.newest_mail(parent.email))
    assert await mum.title() == "Accepter avec votre enfant ?"
    assert await mum.says(child.email)
    assert await mum.says("30 jours")
    assert await mum.at("input:checked").count() == 0
    await mum.press("#accept")
    assert await mum.says("Cochez cette case pour accepter, ou refusez.")
    await mum.at("#adult").check()
    await mum.press("#accept")
    assert await mum.says("Votre enfant peut maintenant terminer")

    await lea.page.reload()
    assert await lea.says("Votre parent a accepté")
    assert await lea.at("input[name=scope][value=skills]").is_checked()
    await lea.press("#accept")
    assert lea.page.url.startswith(stage.house.coach)
    await lea.visit("/account/apps")
    assert await lea.says("Cap Coaching")

    await mum.visit("/account/children")
    await mum.press("button.end")
    assert await mum.says("ne peut plus rien lire")
    await lea.visit("/account/apps")
    assert await lea.at("button.revoke").count() == 0


async def test_someone_else_cannot_answer_for_the_parent(stage):
    lea, friend = await stage.browser(), await stage.browser()
    await register(lea, turns_15="01/06/2040")
    other = await register(friend, turns_15="01/05/2040")
    await lea.come_from_the_app()
    await lea.press("#accept")
    await lea.page.fill("[name=email]", other.email)
    await lea.press("#ask-parent")
    await friend.visit(await friend.newest_mail(other.email))
    assert await friend.title() == "Cette demande n’est pas pour ce compte"
    await lea.visit("/account/apps")
    assert await lea.says("Aucune application pour l’instant")
