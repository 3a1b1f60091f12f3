"""A receipt checked by the browser alone: the network is cut once the page is open, and nobody is asked."""

import asyncio
import json
from base64 import b64decode, b64encode

from consent.ledger.notes.note import parse_note
from tests.consent.ledger.files.support import SECONDS, SEERS

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


async def receipt_of(stage):
    """Her receipt's file, and its proof."""
    her = await stage.browser()
    await her.come_from_the_app(await stage.house.person())
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    grant = await her.grant_id("Cap Coaching")
    file = await (await got(her, f"/account/apps/{grant}/receipts/1/signed")).json()
    return file, await proof_of(her, file["claims"]["receipt_id"])


async def said(browser, receipt, proof="", keys=None, policy=""):
    """What the page answers."""
    page = browser.page
    for name, text in (("receipt", receipt), ("proof", proof), ("keys", keys), ("policy", policy)):
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
    file, proof = await receipt_of(stage)
    bare = file["receipt"]
    stranger = await stage.browser(width=320, scripts=True)

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


UNKNOWING = """() => {
    const known = SubtleCrypto.prototype.importKey;
    SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...more) {
        if (algorithm === "Ed25519") throw new DOMException("", "NotSupportedError");
        return known.call(this, format, key, algorithm, ...more);
    };
}"""


def altered(line, at):
    """A signature line with a byte changed: of the key id (0 to 3), the time (4 to 11) or the signature."""
    dash, name, encoded = line.split()
    data = bytearray(b64decode(encoded))
    data[at] ^= 1
    return f"{dash} {name} {b64encode(data).decode()}\n"


async def test_its_witnesses_are_counted_by_the_browser(stage):
    file, proof = await receipt_of(stage)
    stranger = await stage.browser(width=320, scripts=True)
    await stranger.visit(ALONE)
    page = stranger.page
    pinned = json.loads(await page.input_value("#keys"))
    keys, log = json.dumps({"keys": pinned["keys"]}), f"log {pinned['ledger']['vkey']}\n"
    known = log + "".join(f"witness {one.witness.name} {one.cosigner.vkey}\n" for one in SEERS)
    policy = f"{known}group two 2 cnil univ press\nquorum two\n"
    head = parse_note(proof.partition("\n\n")[2]).text
    cnil, univ, _press = (one.line(head) for one in SEERS)
    both, cnil_id = proof + cnil + univ, SEERS[0].cosigner.key_id.hex()
    at = await page.evaluate(
        "(at) => new Date(at).toLocaleString('fr', {dateStyle: 'long', timeStyle: 'short'})", SECONDS * 1000
    )
    when = f"A signé le {' '.join(at.split())}"
    await page.context.set_offline(offline=True)

    text = await said(stranger, file["receipt"], both, keys, policy)
    for words in (
        "Ce reçu est authentique",
        PROVED,
        "Autant de vos témoins",
        "two 2 sur 2 demandés par ce groupe",
    ):
        assert words in text
    assert f"cnil {when} univ {when} press N’a pas signé" in text
    text = await said(stranger, file["receipt"], both, keys, f"{log}quorum none\n")
    assert "Votre politique ne demande aucun témoin" in text
    assert "Vos témoins" not in text
    few, none, wrong = (
        "Trop peu de vos témoins",
        "Vos témoins n’ont pas pu",
        "La signature de l’un de vos témoins",
    )
    line = f"{none} être comptés À la ligne"
    for words, beside, asked in (
        (
            f"two 1 sur 2 demandés par ce groupe cnil N’a pas signé univ {when} press N’a pas signé",
            proof + univ,
            policy,
        ),
        (few, proof, policy),
        (few, proof + altered(cnil, 0) + univ, policy),
        (wrong, proof + altered(cnil, 11) + univ, policy),
        (wrong, proof + altered(cnil, -1) + univ, policy),
        (f"{line} 2 de votre politique : L’empreinte", both, policy.replace(cnil_id, "0" * 8)),
        (f"{line} 5 de votre politique : Un groupe demande", both, policy.replace("two 2", "two 4")),
        (f"{line} 6 de votre politique : Un nom", both, policy.replace("quorum two", "quorum three")),
        (f"{none} être comptés Il manque", both, known),
        (f"{none} être comptés Votre politique ne nomme pas", both, policy.removeprefix(log)),
        (f"{none} être comptés Joignez la preuve", "", policy),
    ):
        text = await said(stranger, file["receipt"], beside, keys, asked)
        assert words in text
        assert "authentique" not in text
    await page.evaluate(UNKNOWING)
    text = await said(stranger, file["receipt"], both, keys, policy)
    assert f"{none} être comptés Ce navigateur ne sait pas vérifier" in text
    assert "authentique" not in text
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_without_a_script_it_leads_to_the_page_that_needs_none(stage):
    page = await stage.browser()
    await page.visit(ALONE)
    assert await page.says("Cette page a besoin de JavaScript")
    await page.press("noscript a")
    assert page.path == "/receipts/verify"
