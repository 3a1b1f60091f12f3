"""From her dashboard, without being asked: pause, resume, share less, and be asked again."""

SCOPES = "openid profile skills experiences offline_access"


async def sharing(stage, name: str):
    """Amina shares her skills with an app, which holds tokens."""
    app = await stage.app(name, SCOPES)
    amina, her = await stage.house.person("amina"), await stage.browser(width=320)
    attempt = app.attempt(SCOPES)
    await her.visit(attempt.url)
    await her.sign_in(amina)
    await her.tick("skills")
    await her.share_for("180d")
    await her.accept()
    await app.redeem(attempt)
    await her.visit(f"/account/apps/{await her.grant_id(name)}")
    return app, her


async def test_a_pause_stops_every_read_and_one_tap_ends_it(stage):
    app, her = await sharing(stage, "Coffee Break")
    assert (await app.read("skills")).status_code == 200
    await her.press("#pause")
    assert await her.says("Ce partage est en pause")
    answer = await app.read("skills")
    assert (answer.status_code, answer.json()["error"]) == (403, "consent_paused")
    await her.press("#resume")
    assert (await app.read("skills")).status_code == 200


async def test_signing_in_through_a_paused_app_asks_whether_it_goes_on(stage):
    app, her = await sharing(stage, "Halte")
    await her.press("#pause")
    await her.visit(app.attempt(SCOPES).url)
    assert await her.title() == "Reprendre le partage avec Halte ?"
    assert await her.at("input[type=checkbox]").count() == 0
    await her.press("#refuse")
    assert (await app.answer())["error"] == "access_denied"
    assert (await app.read("skills")).status_code == 403
    again = app.attempt(SCOPES)
    await her.visit(again.url)
    await her.press("#accept")
    await app.redeem(again)
    assert (await app.read("skills")).status_code == 200


async def test_what_she_unticks_is_gone_from_the_next_read(stage):
    app, her = await sharing(stage, "Moins")
    before = (await app.read("skills")).json()["data"]
    await her.press("a:has-text('Partager moins')")
    await her.at("input[name=item][value^='skills:']").first.uncheck()
    await her.at("input[name=duration][value='30d']").check()
    await her.press("#save")
    assert await her.says("C’est enregistré.")
    after = (await app.read("skills")).json()["data"]
    assert len(after) == len(before) - 1
    await her.press("a:has-text('Partager moins')")
    await her.at("input[name=scope][value=skills]").uncheck()
    await her.press("#save")
    assert (await app.read("skills")).status_code == 403


async def test_what_she_declined_is_asked_again_when_she_says_so(stage):
    app, her = await sharing(stage, "Encore")
    await her.press("a:has-text('Partager moins')")
    await her.press("#ask-again")
    assert await her.says("elle vous redemandera ce que vous aviez refusé")
    more = app.attempt(SCOPES)
    await her.visit(more.url)
    assert await her.at("input[name=scope]").count() == 1
    await her.tick("experiences")
    await her.accept()
    await app.redeem(more)
    assert (await app.read("experiences")).status_code == 200
