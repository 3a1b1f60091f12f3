"""What the law gives a person: a consent of her own, information, access, erasure, portability."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from consent.catalogue import CATALOGUE
from consent.ledger.verifying.verify import verify
from consent.records.receipts import verify_receipt
from foundation.clock import DAY, MINUTE, to_datetime
from foundation.errors import AccordError
from idp.cli import app as command
from idp.rights.reading import Reading, read_evidence
from idp.rights.settling import end_evidence
from tests.idp.receipts.papers import seal_log
from tests.idp.rights.remains import rows, tables_saying
from tests.idp.support import World
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import Visitor, read, sent_back
from tests.law.papers import COACH, erase_herself, export, facts, main, receipts, revoke, shared, told

RESUME = Path(__file__).parents[1] / "consent" / "rights" / "data" / "jsonresume-1.3.1.schema.json"
# --- conditions for consent (articles 7 and 8) -----------------------------------------------------------


async def test_gdpr_7_1_a_consent_can_be_demonstrated(coach: World, visitor: Visitor) -> None:
    shown = await visitor.start(**COACH)
    back = sent_back(await visitor.decide(shown, scope=["skills"], hide=["skills:s02"]))
    accepted_at = to_datetime(coach.clock.now())
    tokens = (await coach.redeem(back["code"])).json()
    given = (await receipts(visitor))[0]
    keys = (await coach.http.get("/receipts/jwks")).json()
    record = verify_receipt(given["receipt"], keys)["record"]
    assert record["pii_principal_id"] == claims_of(tokens["id_token"])["sub"]  # who
    event, notice = record["events"][0], record["notice"]
    assert (event["event_state"], event["actor"]) == ("given", "person")
    assert event["event_time"] == accepted_at.strftime("%Y-%m-%dT%H:%M:%SZ")  # when
    assert (notice["language"], notice["shown"], event["method"]) == ("fr", True, "web_form")
    assert notice["page_version"]
    field = f'name="page" value="{notice["notice_sha256"]}">\n'
    text = shown.text.partition(field)[2].partition("\n</form>")[0]  # title and buttons too
    assert hashlib.sha256(text.encode()).hexdigest() == notice["notice_sha256"]  # the text as rendered
    assert text in given["seen"].text  # and it can be shown again
    (purpose,) = record["purposes"]
    choice = {one["scope"]: (one["decision"], one["item_filter"]) for one in purpose["pii_information"]}
    assert choice["skills"][0] == "granted"
    assert choice["skills"][1]["held_back"] == ["s02"]
    assert {name for name, (said, _) in choice.items() if said == "refused"} == {
        "email", "experiences", "trainings",
    }  # fmt: skip


async def test_gdpr_7_3_it_is_as_easy_to_withdraw_as_to_give(coach: World, visitor: Visitor) -> None:
    tokens = await shared(coach, visitor)
    assert (await coach.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    assert 'href="/account/apps"' in (await visitor.get("/account")).text  # one click to the list
    after, asked = await revoke(visitor)  # one click to withdraw
    assert asked == ["form_token"]  # nothing to fill in, no password, no second page to confirm
    assert "ne lit plus rien de vous" in main(after)
    refused(await coach.read("/v1/me/skills", tokens["access_token"]), "invalid_token", 401)
    refused(await coach.refresh(tokens["refresh_token"]), "invalid_grant")
    withdrawn = (await receipts(visitor))[0]["claims"]["record"]
    assert withdrawn["events"][0]["event_state"] == "withdrawn"


async def test_gdpr_7_4_and_recital_43_nothing_hangs_on_what_is_optional(
    coach: World, visitor: Visitor
) -> None:
    page = await visitor.start(**COACH)
    form = read(page)
    assert {value for name, value in form.boxes if name == "scope"} == {
        "email", "skills", "experiences", "trainings",
    }  # fmt: skip
    assert form.ticked == []
    assert "Rien ne change pour vos allocations ni pour votre accompagnement." in main(page)
    tokens = (await coach.redeem(sent_back(await visitor.decide(page))["code"])).json()
    assert claims_of(tokens["id_token"])["sub"]  # she is signed in all the same
    assert set(tokens["scope"].split()) == {"openid", "profile", "offline_access"}
    refused(await coach.read("/v1/me/skills", tokens["access_token"]), "insufficient_scope", 403)


# --- principles (article 5) ------------------------------------------------------------------------------


async def test_gdpr_5_1_b_and_c_no_more_than_the_purpose_and_the_grant(
    coach: World, visitor: Visitor
) -> None:
    tokens = await shared(coach, visitor, hide=["skills:s02"])
    assert set(tokens["scope"].split()) <= {"openid", "profile", "skills", "offline_access"}
    told = (await coach.post("/introspect", {"token": tokens["access_token"]})).json()
    assert told["scope"].split() == claims_of(tokens["access_token"])["scope"].split()
    assert set(told["scope"].split()) <= set(tokens["scope"].split())
    items = (await coach.read("/v1/me/skills", tokens["access_token"])).json()["data"]
    hers = (await coach.shelf())["skills"]
    hidden = next(one["label"] for one in hers if one["id"] == "s02")
    assert {one["label"] for one in items} == {one["label"] for one in hers} - {hidden}
    allowed = {one.name for one in CATALOGUE["skills"].fields(CATALOGUE["skills"].edition)}
    assert all(set(one) <= allowed for one in items)
    refused(await coach.read("/v1/me/experiences", tokens["access_token"]), "insufficient_scope", 403)
    back = sent_back(await visitor.ask(**COACH, scope="openid profile benefits"))
    assert back["error"] == "invalid_scope"


def test_gdpr_5_1_b_and_c_a_purpose_that_is_not_registered_is_refused(operator: CliRunner) -> None:
    words = ["client", "register", "--name", "X", "--redirect-uri", "https://x.example/cb"]
    words += ["--scope", "openid profile skills"]
    assert operator.invoke(command, [*words, "--purpose", "job_matching", "--json"]).exit_code == 0
    ended = operator.invoke(command, [*words, "--purpose", "profiling", "--json"])
    assert ended.exit_code == 1
    assert "unknown purpose" in " ".join(ended.output.split())


# --- information (articles 12 to 14) ---------------------------------------------------------------------

FOURTEEN = {
    "Qui demande": ("Cap Coaching SAS", "dpo@coach.example"),
    "Qui détient vos données": ("Accord",),
    "Pourquoi": ("préparer avec vous votre plan d’action",),
    "Sur quelle base": ("autorisation", "mission d’intérêt public"),
    "Quelles données": ("valeurs d’aujourd’hui",),
    "D’où elles viennent": ("vous les avez écrites",),
    "Qui les reçoit": ("Cap Coaching", "personne d’autre"),
    "Hors d’Europe ?": ("Aucun transfert",),
    "Quand, combien de fois": ("jusqu’à la date choisie", "5 lectures"),
    "Après la fin": ("Tout est effacé sous trois mois.",),
    "Obligatoire ou non": ("Rien n’est obligatoire", "Refuser n’a aucun effet"),
    "Vos droits": ("Voir, corriger, emporter, effacer", "retirer", "https://coach.example/privacy"),
    "Décision automatique": ("ne vous note pas",),
    "Un désaccord ?": ("CNIL",),
}


async def test_gdpr_12_to_14_the_fourteen_items_are_on_the_screen(coach: World, visitor: Visitor) -> None:
    page = await visitor.start(**COACH)
    said = facts(page)
    assert len(FOURTEEN) == 14
    for item, needed in FOURTEEN.items():
        for text in needed:
            assert text in said[item], item
    text = main(page)
    for value in (await coach.shelf())["skills"]:
        assert value["label"] in text  # what would leave, not a category of it
    assert "pour bâtir ce plan" in text  # why, beside each
    for duration in ("once", "30d", "180d"):
        assert f'name="duration" value="{duration}"' in page.text
    # Who, why and the effect of a refusal come before the long read
    long_read = page.text.rindex('<details class="more"')
    for first in ("Cap Coaching SAS", "préparer avec vous", "Si vous refusez"):
        assert page.text.index(first) < long_read


# --- her rights (articles 15, 17, 20) --------------------------------------------------------------------


async def test_gdpr_15_she_gets_her_data_the_recipients_and_every_read(
    coach: World, visitor: Visitor
) -> None:
    token = (await shared(coach, visitor, scope=["skills", "experiences"]))["access_token"]
    for path in ("/v1/me/skills", "/v1/me/experiences", "/v1/me/skills"):
        coach.clock.advance(MINUTE)
        assert (await coach.read(path, token)).status_code == 200
    found = await export(visitor)
    document = json.loads(found["accord.json"])
    hers = await coach.shelf()
    labels = [[one["label"] for one in those] for those in (document["profile"]["skills"], hers["skills"])]
    assert labels[0] == labels[1]
    assert hers.keys() <= document["profile"].keys()  # each dataset, shared or not
    for value in ("8 rue des Lilas", "1991-04-23"):
        assert value in found["accord.json"].decode()
    assert {one["recipient"]["name"] for one in document["grants"]} == {"Cap Coaching"}
    reads = list(csv.DictReader(io.StringIO(found["csv/reads.csv"].decode("utf-8-sig"))))
    assert [(one["app"], one["data"]) for one in reads] == [
        ("Cap Coaching", "skills"), ("Cap Coaching", "experiences"), ("Cap Coaching", "skills"),
    ]  # fmt: skip
    assert all(one["item_ids"] for one in reads)


async def test_gdpr_17_erased_here_told_there_and_every_proof_stands(coach: World, visitor: Visitor) -> None:
    tokens = await shared(coach, visitor)
    subject = claims_of(tokens["id_token"])["sub"]
    before, after = await erase_herself(visitor)
    assert "17-3-e" in before  # that evidence stays, and how long, she reads before she decides
    assert "5 ans" in before
    assert "preuve" in after
    tables = await rows(coach.server.db)
    assert all(row.person_id != coach.person_id for row in tables["profile_dataset"])
    assert all(row.person_id != coach.person_id for row in tables["person_key"])
    refused(await coach.read("/v1/me/skills", tokens["access_token"]), "invalid_token", 401)
    refused(await coach.refresh(tokens["refresh_token"]), "invalid_grant")
    signals = await told(coach)  # article 19
    assert {one["sub_id"]["sub"] for one in signals} == {subject}
    assert "http://127.0.0.1:8000/signals/events/grant-erased" in {
        kind for one in signals for kind in one["events"]
    }
    await seal_log(coach)
    verdict = await verify(coach.server.db, [coach.server.sequencer.verifier])
    assert verdict.ok, verdict.message()


async def test_gdpr_17_3_e_the_evidence_opens_for_a_case_until_its_period_ends(
    coach: World, visitor: Visitor
) -> None:
    await shared(coach, visitor)
    await erase_herself(visitor)
    (given,) = await coach.events("consent.given")
    assert "evidence" not in await tables_saying(coach.server.db, "amina@example.org")
    reading = Reading(given["grant"], "claim", "RC-2027/1", coach.clock.now())
    piece = await read_evidence(coach.server, reading)
    assert piece["person"]["email"] == "amina@example.org"
    assert [leaf["facts"]["case"] for leaf in await coach.events("evidence.opened")] == ["RC-2027/1"]
    coach.clock.advance(5 * 366 * DAY)
    await end_evidence(coach.server)
    with pytest.raises(AccordError) as ended:
        await read_evidence(coach.server, replace(reading, now=coach.clock.now()))
    assert ended.value.code == "no_evidence"


async def test_gdpr_20_she_leaves_with_formats_that_others_read(coach: World, visitor: Visitor) -> None:
    token = (await shared(coach, visitor))["access_token"]
    found = await export(visitor)
    resume = json.loads(found["resume.json"])
    jsonschema.validate(resume, json.loads(RESUME.read_text("utf-8")), jsonschema.Draft7Validator)
    document = json.loads(found["accord.json"])
    published = (await visitor.get("/schemas/accord-export-1.json")).json()
    jsonschema.validate(document, published, jsonschema.Draft202012Validator)
    labels = {one["label"] for one in document["profile"]["skills"]}
    sent = (await coach.read("/v1/me/skills", token)).json()["data"]  # directly, to whom she chose
    assert {one["label"] for one in sent} == labels == {one["name"] for one in resume["skills"]}
