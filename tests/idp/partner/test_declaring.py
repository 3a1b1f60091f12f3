"""A partner asks to ask something else; an administrator answers; people are asked what changed alone."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from consent.abroad import Transfers
from consent.records.receipts import read_claims
from consent.records.store import records_of_person
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import find_client
from idp.commands.clients import register_client
from idp.people.accounts import Role
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.room import People
from tests.consent.records.checking import record_faults
from tests.idp.support import REDIRECT, World
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, quick_hasher, read, sent_back

APP, FORM = "/partner/apps/mine", "/partner/apps/mine/declaration"
ONE = "/admin/declarations/mine/2"
GOOD = {
    "purpose_code": "job_matching",
    "purpose-fr": "vous proposer des offres près de chez vous",
    "purpose-en": "suggest offers near you",
    "ask-profile": "required",
    "reason-profile-fr": "pour créer votre espace",
    "reason-profile-en": "to create your space",
    "ask-skills": "optional",
    "reason-skills-fr": "pour trouver les offres qui vous vont",
    "reason-skills-en": "to find the offers that suit you",
    "ask-offline_access": "optional",
    "reads": "1 000",
    "per": "week",
    "retention-fr": "Nous effaçons tout sous un mois.",
    "retention-en": "We erase everything within a month.",
    "use_basis": "contract",
    "public_body": "no",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough for pages: what they write is tried on both by test_declarations."""
    return sqlite_url


async def staff(house: World, visitor: Visitor, role: Role, email: str = "") -> str:
    """Sign a member of the staff in; her account's id."""
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount(email or f"{role}@example.org", PASSWORD, role=role))
    hasher.close()
    async with house.server.db.transaction() as tx:
        holder = await create_account(tx, house.server, draft, house.clock.now())
    await visitor.sign_in(await visitor.get("/login"), email or f"{role}@example.org")
    return holder.id


@pytest.fixture
async def partner(house: World, new_visitor: NewVisitor) -> Visitor:
    """A partner with one app, which she wants to ask more."""
    visitor = new_visitor()
    owner = await staff(house, visitor, "partner")
    metadata = ClientMetadata(name="Mine", redirect_uris=(REDIRECT,), optional_scopes=("languages",))
    await register_client(house.server, "mine", metadata, "mine-secret", owner)
    return visitor


@pytest.fixture
async def admin(house: World, new_visitor: NewVisitor) -> Visitor:
    visitor = new_visitor()
    await staff(house, visitor, "administrator")
    return visitor


async def press(visitor: Visitor, page: httpx.Response, **fields: Any) -> httpx.Response:
    """Send the first form of a page, with more or other fields."""
    form = read(page)
    return await visitor.post(form.action, form.hidden | fields)


async def send(partner: Visitor, **changed: str) -> httpx.Response:
    """Fill the form, check the answers, send."""
    check = await press(partner, await partner.get(FORM), step="check", **GOOD | changed)
    assert check.status_code == 200, check.text
    assert "Vérifiez vos réponses" in check.text
    return await partner.follow(await press(partner, check, step="send"))


async def answer(admin: Visitor, how: str, **fields: str) -> httpx.Response:
    page = await admin.get(ONE)
    token = read(page).hidden["form_token"]
    return await admin.follow(await admin.post(f"{ONE}/{how}", {"form_token": token} | fields))


async def mails(house: World) -> list[tuple[str, str]]:
    """The mails about declarations so far: template and recipient."""
    people = People.open(house.server)
    async with house.server.db.reading() as tx:
        letters = await people.outbox.recent(tx, 10)
    people.close()
    return [(letter.template, letter.to) for letter in letters if letter.template.startswith("declaration-")]


async def declared_by(house: World) -> ClientMetadata:
    async with house.server.db.reading() as tx:
        client = await find_client(tx, "mine")
    assert client is not None
    return client.metadata


ABROAD = {
    "countries": "us, MA us",
    "safeguard": "standard_clauses",
    "automated-fr": "Un programme classe les profils.",
    "automated-en": "A program ranks profiles.",
    "retention_days": "45",
}


async def test_what_the_law_asks_to_say_is_declared_approved_shown_and_recorded(
    house: World, partner: Visitor, admin: Visitor, visitor: Visitor
):
    """Nothing is shown before it is approved; then who agreed before is asked about that alone."""
    request = {"client_id": "mine", "scope": "openid profile"}
    first = await visitor.sign_in(await visitor.ask(**request))
    assert "Aucun transfert hors de l’Union européenne" in first.text
    sent_back(await visitor.decide(first))
    form = await partner.get(FORM)
    wrong = await press(partner, form, step="check", **GOOD, countries="FR")
    assert wrong.status_code == 422
    assert "hors de l’Union européenne" in wrong.text
    assert (await press(partner, form, step="check", **GOOD, countries="US")).status_code == 422
    half = ABROAD | {"automated-en": ""}
    assert (await press(partner, form, step="check", **(GOOD | half))).status_code == 422

    check = await press(partner, form, step="check", **(GOOD | ABROAD))
    assert "États-Unis, Maroc" in check.text
    await press(partner, check, step="send")
    assert "code=" in (await visitor.ask(**request)).headers["location"]  # as before: nobody approved
    page = await admin.get(ONE)
    for said in (
        "États-Unis, Maroc",
        ABROAD["automated-fr"],
        ABROAD["automated-en"],
        "au plus tard 45 jours après la fin",
        "erased 45 days after the end",
    ):
        assert said in page.text
    await answer(admin, "approve", disclosure_basis="consent")
    metadata = await declared_by(house)
    assert metadata.transfers == Transfers(("US", "MA"), "standard_clauses")

    asked = await visitor.ask(**request)
    text = asked.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Vers : États-Unis, Maroc. Garantie : clauses types de la Commission européenne" in text
    assert ABROAD["automated-fr"] in text
    assert "Tout est effacé au plus tard 45 jours après la fin." in text
    assert "Aucun transfert hors" not in text
    sent_back(await visitor.decide(asked))
    async with house.server.db.reading() as tx:
        record = read_claims((await records_of_person(tx, house.person_id))[0].receipt)["record"]
    [purpose] = record["purposes"]
    assert record_faults(record) == []
    assert purpose["geographic_restrictions"] == "transfer_declared"
    assert purpose["transfers"] == {"countries": ["US", "MA"], "safeguard": "standard_clauses"}
    assert purpose["automated_decision"] == {"fr": ABROAD["automated-fr"], "en": ABROAD["automated-en"]}
    ends, erased = (datetime.fromisoformat(record["terms"][name]) for name in ("expires_at", "data_erase_at"))
    assert erased - ends == timedelta(days=45)
    listed = await visitor.get("/account/receipts")
    newest = re.search(r"/account/receipts/[0-9a-f]{32}", listed.text)
    assert newest is not None
    receipt = await visitor.get(newest[0])
    assert "États-Unis, Maroc" in receipt.text
    assert "Effacé au plus tard" in receipt.text
    assert ABROAD["automated-fr"] in receipt.text


async def test_asking_checking_sending_and_being_answered(house: World, partner: Visitor, admin: Visitor):
    assert "/partner/apps/mine" in (await partner.get("/partner")).text
    form = await partner.get(FORM)
    assert 'value="optional" checked' in form.text.split('name="ask-languages"', 2)[2]
    check = await press(partner, form, step="check", **GOOD)
    text = check.text.replace("\u202f", " ").replace("\xa0", " ")
    for said in (GOOD["reason-skills-fr"], GOOD["reason-skills-en"], "1 000 lectures", "Supprimé", "Nouveau"):
        assert said in text
    again = await press(partner, check, step="edit")
    assert GOOD["purpose-fr"] in again.text
    assert (await declared_by(house)).optional_scopes == ("languages",)

    sent = await partner.follow(await press(partner, check, step="send"))
    assert "Votre demande est envoyée" in sent.text
    assert "En attente" in sent.text
    queue = await admin.get("/admin/declarations")
    assert f'href="{ONE}"' in queue.text
    page = await admin.get(ONE)
    assert GOOD["reason-skills-en"] in page.text
    approved = await answer(admin, "approve", disclosure_basis="public_task")
    assert "Approuvé" in approved.text
    assert "Rien n’attend" in approved.text
    assert await mails(house) == [("declaration-approved", "partner@example.org")]
    metadata = await declared_by(house)
    assert metadata.optional_scopes == ("offline_access", "skills")
    assert metadata.purpose is not None
    assert metadata.purpose.en == GOOD["purpose-en"]
    assert (metadata.use_basis, metadata.disclosure_basis, metadata.declaration) == (
        "contract",
        "public_task",
        2,
    )
    mine = await partner.get(APP)
    assert "En vigueur" in mine.text
    assert "Mission d’intérêt public" in mine.text


async def test_a_refusal_says_why_and_can_be_sent_again(house: World, partner: Visitor, admin: Visitor):
    await send(partner)
    empty = await answer(admin, "refuse", reason="  ")
    assert empty.status_code == 422
    assert "écrivez une raison" in empty.text
    why = "Pourquoi <b>lire</b> les compétences ?"
    assert "Refusé" in (await answer(admin, "refuse", reason=why)).text
    assert await mails(house) == [("declaration-refused", "partner@example.org")]
    mine = await partner.get(APP)
    assert "Pourquoi &lt;b&gt;lire&lt;/b&gt; les compétences ?" in mine.text
    assert GOOD["reason-skills-fr"] in (await partner.get(FORM)).text  # nothing has to be typed again
    assert (await declared_by(house)).declaration == 1
    assert (
        "Votre demande est envoyée" in (await send(partner, **{"reason-skills-fr": "pour vos offres"})).text
    )


async def test_a_request_can_be_taken_back(house: World, partner: Visitor, admin: Visitor):
    sent = await send(partner)
    assert "Votre demande est retirée" in (await partner.follow(await press(partner, sent))).text
    token = read(await admin.get("/admin/declarations")).hidden["form_token"]
    for how, fields in (("approve", {"disclosure_basis": "consent"}), ("refuse", {"reason": "non"})):
        late = await admin.post(f"{ONE}/{how}", {"form_token": token} | fields)
        assert late.status_code == 409
        assert "n’attend plus de décision" in late.text
    token = read(await partner.get(APP)).hidden["form_token"]
    assert (await partner.post(APP + "/withdraw", {"form_token": token, "version": "2"})).status_code == 409


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason-skills-en": ""}, "Raison, en anglais (Compétences)"),
        ({"purpose-fr": "voir www.cap.example"}, "sans adresse de site"),
        ({"purpose-fr": "é" * 250}, "200 caractères"),
        ({"purpose_code": "profiling"}, "ce choix n’existe pas"),
        ({"reads": ""}, "Lectures de chaque donnée, au plus"),
        ({"reads": "10001"}, "de 1 à 10"),
        ({"reads": "0"}, "de 1 à 10"),
        ({"reads": "²"}, "de 1 à 10"),
        ({"retention_days": "un mois"}, "Effacées au plus tard, en jours après la fin"),
        ({"retention_days": "10001"}, "de 1 à 10"),
        ({"per": "hour"}, "ce choix n’existe pas"),
        ({"use_basis": ""}, "Base légale de votre propre usage"),
        ({"public_body": "yes"}, "Attestez que refuser est sans effet"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    partner: Visitor, changed: dict[str, str], said: str
):
    wrong = await press(partner, await partner.get(FORM), step="check", **GOOD | changed)
    assert wrong.status_code == 422
    assert "à revoir" in wrong.text
    assert said in wrong.text
    assert GOOD["reason-profile-fr"] in wrong.text
    forced = await press(partner, await partner.get(FORM), step="send", **GOOD | changed)
    assert forced.status_code == 422


async def test_asking_the_same_again_is_not_sent(partner: Visitor, admin: Visitor):
    await send(partner)
    await answer(admin, "approve", disclosure_basis="consent")
    check = await press(partner, await partner.get(FORM), step="check", **GOOD)
    assert "Votre application demande déjà exactement cela" in check.text
    assert 'id="send"' not in check.text


async def test_only_her_own_apps_and_only_administrators(
    house: World, partner: Visitor, admin: Visitor, new_visitor: NewVisitor
):
    await send(partner)
    other = new_visitor()
    await staff(house, other, "partner", "other@example.org")
    token = read(await other.get("/partner")).hidden["form_token"]
    for path in (APP, FORM, "/partner/apps/nobody", "/partner/apps/app"):
        assert (await other.get(path)).status_code == 404
    for path in (FORM, APP + "/withdraw"):
        refused = await other.post(path, {"form_token": token, "step": "send", "version": "2", **GOOD})
        assert refused.status_code == 404
    assert (await other.get(ONE)).status_code == 403
    assert (await other.post(ONE + "/approve", {"form_token": token})).status_code == 403
    token = read(await admin.get("/admin/declarations")).hidden["form_token"]
    bad = await admin.post(ONE + "/approve", {"form_token": token, "disclosure_basis": "because"})
    assert bad.status_code == 400
    for version in ("9", "0", "-1", "²", "x" * 200, "99999999999999999999"):
        assert (await admin.get(f"/admin/declarations/mine/{version}")).status_code == 404
    assert (await admin.get(APP)).status_code == 403


async def test_people_are_asked_about_what_changed_and_nothing_else(
    house: World, partner: Visitor, admin: Visitor, new_visitor: NewVisitor
):
    amina = new_visitor()
    asked = {"client_id": "mine", "scope": "openid profile languages"}
    page = await amina.start(**asked)
    sent_back(await amina.decide(page, scope=["languages"]))
    await send(partner, **{"ask-languages": "optional"} | {
        "reason-languages-fr": "pour vos offres à l’étranger",
        "reason-languages-en": "for your offers abroad",
    })  # fmt: skip
    sent_back(await amina.ask(**asked))  # sent is not approved: nobody is asked anything
    await answer(admin, "approve", disclosure_basis="consent")
    changed = await amina.ask(**asked)
    assert "Mine demande un changement" in changed.text
    assert "vous proposer des offres près de chez vous" in changed.text
    assert re.findall(r'name="scope" value="(\w+)"', changed.text) == ["languages"]
    assert "skills" not in changed.text
    sent_back(await amina.decide(changed, scope=["languages"]))
    sent_back(await amina.ask(**asked))
