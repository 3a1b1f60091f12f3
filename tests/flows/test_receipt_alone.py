"""A receipt checked by the browser alone: the network is cut once the page is open, and nobody is asked."""

import asyncio
import json

ALONE = "/receipts/verify/alone"
PROVED = "Sa place dans notre journal est prouvée"


async def got(browser, address):
    return await browser.page.request.get(browser.house.issuer + address)


async def proof_of(browser, event_id):
    """Its `.tlog-proof`, once the log has it."""
    while True:
        answer = await got(browser, f"/ledger/tlog-proof?event_id={event_id}")
        if answer.ok:
            return await answer.text()
        assert answer.status == 503
        await asyncio.sleep(0.2)


async def said(browser, receipt, proof="", keys=None):
    """What the page answers."""
    page = browser.page
    for name, text in (("receipt", receipt), ("proof", proof), ("keys", keys)):
        if text is not None:
            await page.fill(f"#{name}", text)
    await page.evaluate("document.getElementById('said').replaceChildren()")
    await page.click("#check")
    await page.wait_for_selector("#said .notice")
    return " ".join((await page.inner_text("#said")).split())


async def icon_of(page):
    """The address of the page's own icon, now in the browser's cache: a browser asks for it when it likes."""
    return await page.evaluate(
        """() => new Promise((done) => {
            const icon = new Image();
            icon.onload = () => done(icon.src);
            icon.src = document.querySelector("link[rel=icon]").href;
        })"""
    )


async def test_it_is_checked_without_a_word_to_anybody(stage):
    her, stranger = await stage.browser(), await stage.browser(width=320, scripts=True)
    await her.come_from_the_app(await stage.house.person())
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    grant = await her.grant_id("Cap Coaching")
    file = await (await got(her, f"/account/apps/{grant}/receipts/1/signed")).json()
    bare = file["receipt"]
    proof = await proof_of(her, file["claims"]["receipt_id"])

    await stranger.visit(ALONE)
    icon = await icon_of(stranger.page)
    await stranger.page.context.set_offline(offline=True)
    asked: list[str] = []
    stranger.page.on("request", lambda request: asked.append(request.url))

    text = await said(stranger, bare, proof)
    assert "Ce reçu est authentique" in text
    assert PROVED in text
    for words in ("Autorisation donnée", "Cap Coaching", "Partagé", file["claims"]["receipt_id"]):
        assert words in text
    assert "Amina" not in text
    text = await said(stranger, bare)
    assert PROVED not in text
    assert "Preuve promise au plus tard" in text
    assert PROVED in await said(stranger, json.dumps(file), proof)
    for name, (receipt, beside) in {
        "La signature ne correspond pas": (f"{bare[:-6]}AAAAAA", ""),
        "La preuve jointe ne mène pas": (bare, proof.replace("index ", "index 1")),
        "La ligne du journal jointe": (json.dumps({**file, "ledger": {"leaf": "{}"}}), ""),
        "n’est pas ce qui a été signé": (json.dumps({**file, "claims": {}}), ""),
        "Ce n’est pas un reçu": ("<script>alert(1)</script>", ""),
        "Collez le reçu signé": ("", ""),
    }.items():
        assert name in await said(stranger, receipt, beside)
    nobodys = json.dumps({"keys": []})
    assert "une clé qui n’est pas la nôtre" in await said(stranger, bare, keys=nobodys)
    assert set(asked) <= {icon}
    assert await stranger.page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_without_a_script_it_leads_to_the_page_that_needs_none(stage):
    page = await stage.browser()
    await page.visit(ALONE)
    assert await page.says("Cette page a besoin de JavaScript")
    await page.press("noscript a")
    assert page.path == "/receipts/verify"
