"""She leaves with everything, and is gone: for the app, for us, for whoever knew her password."""

import json
from zipfile import ZipFile

from consent.records.receipts import verify_receipt


async def share_skills(her, who) -> None:
    await her.come_from_the_app(who)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()


async def test_she_takes_everything_along_and_leaves(stage):
    bruno, his = await stage.house.person("bruno"), await stage.browser()
    await share_skills(his, bruno)
    await his.visit("/account/data")
    await his.press("a[href='/account/data/export']")
    async with his.page.expect_download() as download:
        await his.at("#export").click()
    with ZipFile(await (await download.value).path()) as archive:
        document = json.loads(archive.read("accord.json"))
        receipt = archive.read(document["grants"][0]["states"][0]["receipt"]).decode()
        assert verify_receipt(receipt, json.loads(archive.read("keys/receipts.json")))
    assert document["account"]["email"] == bruno.email

    await his.visit("/account/data")
    await his.press("a[href='/account/delete']")
    assert await his.says("Cap Coaching")
    await his.page.fill("[name=current_password]", bruno.password)
    await his.press("#erase")
    assert await his.title() == "C’est fait"
    assert "Votre compte Accord est effacé" in await letter(his, bruno.email)

    await his.visit(his.house.coach + "/me")
    assert bruno.labels("skills")[0] not in await his.at("main").inner_text()
    await his.sign_in_at_accord(bruno)
    assert his.path == "/login"


async def letter(browser, email: str) -> str:
    """The last mail to an address, as the demonstration shows it."""
    await browser.visit("/outbox")
    return await browser.at("article").filter(has_text=email).first.inner_text()
