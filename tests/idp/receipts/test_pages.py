"""Receipts in browsers: what she saw, word for word; a check that anyone can make; what auditors see."""

import html
import json
import re

import pytest

from consent.records.notices import replay, text_hash
from consent.records.receipts import read_claims
from consent.records.store import records_of_person
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.rights.remains import rows
from tests.idp.rights.scenes import erase
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.visitor import NewVisitor, Visitor, read, sent_back

VALUE = "Accueillir"  # one of Amina's skills begins so


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: storage is tried on both elsewhere."""
    return sqlite_url


async def grant_of(house: World) -> str:
    (leaf,) = await house.events("consent.given")
    return str(leaf["grant"])


async def test_the_page_she_answered_is_replayed_to_the_byte(house: World, visitor: Visitor) -> None:
    shown = await visitor.start()
    sent_back(await visitor.decide(shown, scope=["skills"]))
    seen = await visitor.get(f"/account/apps/{await grant_of(house)}/receipts/1/seen")
    assert seen.status_code == 200
    async with house.server.db.reading() as tx:
        record = read_claims((await records_of_person(tx, house.person_id))[0].receipt)["record"]
        text = await replay(tx, house.person_id, house.person, record["notice"]["notice_sha256"])
    assert text is not None
    assert read(shown).hidden["page"] == record["notice"]["notice_sha256"] == text_hash(text)
    assert text in shown.text  # what left the server then
    assert text in seen.text  # and what leaves it now
    assert VALUE in html.unescape(text)
    for part in ("<h1>Cap Coaching vous", "<strong>Amina Benali</strong>", 'id="accept"', 'id="refuse"'):
        assert part in text  # all that she read, and both answers
    around, after = seen.text.split(text)
    assert "Copie gardée" in around  # said around the kept bytes, not in them
    assert around.rstrip().endswith('<fieldset disabled lang="fr">')
    assert after.lstrip().startswith("</fieldset>")
    assert record["notice"]["notice_sha256"] in seen.text


async def test_the_version_can_be_read_by_anyone_and_says_nothing_of_her(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.consented()
    receipt = await paper(house)
    address = receipt["claims"]["record"]["notice"]["privacy_notice"]["url"]
    answer = await new_visitor().get(address.removeprefix(house.server.issuer))
    assert answer.status_code == 200
    assert "Cap Coaching" in answer.text
    assert VALUE not in html.unescape(answer.text)
    assert "Benali" not in answer.text
    for path in ("/notices/" + "0" * 64, "/notices/x", "/notices/%00"):
        assert (await new_visitor().get(path)).status_code in {400, 404}


async def test_after_an_erasure_the_version_alone_is_left(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.consented()
    held = await paper(house)
    notice = held["claims"]["record"]["notice"]
    assert await erase(house) is not None
    tables = await rows(house.server.db)
    assert (tables["notice_shown"], tables["consent_record"]) == ([], [])
    async with house.server.db.reading() as tx:
        assert await replay(tx, house.person_id, house.person, notice["notice_sha256"]) is None
    stranger = new_visitor()
    left = await stranger.get(notice["privacy_notice"]["url"].removeprefix(house.server.issuer))
    assert left.status_code == 200
    assert "Cap Coaching" in left.text
    assert "authentique" in await check(stranger, held["receipt"])  # what she kept still proves


async def test_refusals_and_questions_have_their_receipts(house: World, visitor: Visitor) -> None:
    sent_back(await visitor.decide(await visitor.start(), "refuse"))
    listed = await visitor.get("/account/receipts")
    assert "Vous avez refusé" in listed.text
    assert "Une demande vous a été montrée" in listed.text
    first = re.search(r"/account/receipts/([0-9a-f]{32})", listed.text)
    assert first is not None
    for part in ("", "/seen", "/signed"):
        assert (await visitor.get(first[0] + part)).status_code == 200
    document = (await visitor.get(first[0] + "/signed")).json()
    assert document["claims"]["record"]["events"][0]["event_state"] == "refused"


async def test_nobody_opens_another_s_receipt(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    async with house.server.db.reading() as tx:
        hers = (await records_of_person(tx, house.person_id))[0].event_id
    assert (await visitor.get(f"/account/receipts/{hers}")).status_code == 200
    for path in ("f" * 32, "x", "' OR 1=1", "%00"):
        assert (await visitor.get(f"/account/receipts/{path}")).status_code in {400, 404}
    assert (await visitor.get("/account/receipts?before=x")).status_code == 400


async def test_many_receipts_come_by_pages(house: World, visitor: Visitor) -> None:
    for _ in range(11):
        sent_back(await visitor.decide(await visitor.ask() if _ else await visitor.start(), "refuse"))
    first = await visitor.get("/account/receipts")
    older = re.search(r'href="(/account/receipts\?before=[0-9a-f]{32})"', first.text)
    assert older is not None
    second = await visitor.get(older[1])
    assert second.text.count("/account/receipts/") == 2
    assert "Revenir au début" in second.text


async def test_an_auditor_sees_which_page_was_shown_without_values(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.consented()
    auditor = await someone(house, new_visitor(), "auditor")
    dossier = await auditor.get(f"/audit/grants/{await grant_of(house)}")
    link = re.search(r'href="(/notices/[0-9a-f]{64})"', dossier.text)
    assert link is not None
    notice = await auditor.get(link[1])
    assert "Cap Coaching" in notice.text
    assert VALUE not in html.unescape(notice.text)


# --- the check that anyone can make ----------------------------------------------------------------------


async def check(visitor: Visitor, text: str, proof: str = "") -> str:
    form = read(await visitor.get("/receipts/verify"))
    answer = await visitor.post("/receipts/verify", form.hidden | {"receipt": text, "proof": proof})
    assert "<script>alert" not in answer.text
    assert answer.status_code == (200 if "authentique" in answer.text else 422)
    return html.unescape(answer.text).replace("\u202f", " ").replace("\xa0", " ")


async def test_anyone_checks_a_receipt_without_an_account(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.consented()
    stranger = new_visitor()
    bare = await paper(house)
    said = await check(stranger, bare["receipt"])
    assert "Ce reçu est authentique" in said
    assert "Autorisation donnée" in said
    assert "Sa place dans le journal, hors de ce serveur" in said
    await seal_log(house)
    said = await check(stranger, json.dumps(await paper(house)))
    assert "Sa place dans notre journal est prouvée" in said
    assert "Que l’autorisation tient encore" in said
    assert "Amina" not in said


async def test_a_proof_that_stands_apart_is_taken_beside_the_bare_receipt(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.consented()
    bare, stranger = await paper(house), new_visitor()
    said = await check(stranger, bare["receipt"])
    assert "La même signature promet sa place" in said
    assert "Preuve promise au plus tard" in said
    address = f"/ledger/tlog-proof?event_id={bare['claims']['receipt_id']}"
    assert address in said
    await seal_log(house)
    proof = (await stranger.get(address)).text
    for form in (proof, proof.replace("\n", "\r\n"), f"\n{proof}\n"):
        said = await check(stranger, bare["receipt"], form)
        assert "Sa place dans notre journal est prouvée" in said
        assert "Preuve promise" not in said
    assert "La preuve jointe ne mène pas" in await check(stranger, bare["receipt"], "hello")
    assert "La preuve jointe ne mène pas" in await check(
        stranger, bare["receipt"], proof.replace("index ", "index 1")
    )


async def test_her_receipt_s_page_gives_its_proof(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    page = await visitor.get(f"/account/apps/{await grant_of(house)}/receipts/1")
    event_id = (await paper(house))["claims"]["receipt_id"]
    assert f'href="/ledger/tlog-proof?event_id={event_id}"' in page.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda held: "", "Collez le reçu signé"),
        (lambda held: "<script>alert(1)</script>", "Ce n’est pas un reçu"),
        (lambda held: held["receipt"][:-6] + "AAAAAA", "La signature ne correspond pas"),
        (lambda held: json.dumps({**held, "claims": {}}), "n’est pas ce qui a été signé"),
        (lambda held: json.dumps({**held, "ledger": {"leaf": "{}"}}), "La ligne du journal"),
        (lambda held: "x" * 60_000, "Ce n’est pas un reçu"),
        (lambda held: "[1]", "Ce n’est pas un reçu"),
        (lambda held: '{"receipt": 5}', "Ce n’est pas un reçu"),
        (lambda held: '{"receipt": "a.b.c", "ledger": 7}', "Ce n’est pas un reçu"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_breaks(
    house: World, visitor: Visitor, change: object, says: str
) -> None:
    await visitor.consented()
    said = await check(visitor, change(await paper(house)))  # type: ignore[operator]  # one of the table's
    assert says in said
