"""What was shown comes back to the last byte, whatever templates become; without her key, it does not."""

import zlib
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader
from sqlalchemy import bindparam, select, update
from sqlmodel import col
from starlette.requests import Request

from consent.catalogue import CATALOGUE
from consent.coverage import covers
from consent.limits import Frequency
from consent.pages.consent import ConsentPage
from consent.records.blanks import BLANK
from consent.records.notices import NoticeError, read_version, replay, salt_of, text_hash
from consent.records.packing import pack, restore, squeeze, unpack
from consent.records.receipts import read_claims, record_hash
from consent.records.store import find_record, records_of_grant, records_of_person
from consent.records.tables import ConsentRecord, NoticeShown, NoticeVersion
from foundation.clock import DAY
from foundation.statements import Statement, Write
from foundation.web.templates import Visitor
from keys.people import PersonSecrets
from tests.consent.pages.site import _web
from tests.consent.records.checking import record_faults
from tests.consent.sharing import (
    AMINA,
    COACH,
    answered,
    asking,
    first_ask,
    home,
    request,
    shelf_of_persona,
)
from tests.consent.test_coverage import NOW, long

ALL = tuple(name for name in CATALOGUE if name != "offline_access")


class _Packed(NamedTuple):
    packed: bytes


class _Key(NamedTuple):
    key: str


@pytest.fixture
def amina(db, clock):
    return home(db, clock)


def page(ask, shelf=AMINA, *, language="fr", salt="ab" * 16, email="amina@example.org"):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/ask",
        "headers": [(b"accept-language", language.encode())],
        "query_string": b"",
        "accord.web": _web(),
        "state": {"visitor": Visitor(form_secret=b"f" * 32)},
    }
    return ConsentPage(Request(scope), ask, shelf, email, "/ask", "https://coach.example", salt=salt)


async def shown_and_accepted(home, ask=None, shelf=AMINA, **look):
    """She is shown the question and agrees; what she was shown."""
    ask = ask or asking(await home.ask(request()))
    notice = page(ask, shelf, salt=salt_of(home.person.secrets, "coach"), **look).notice
    async with home.db.transaction() as tx:
        await home.decisions.asked(tx, ask, notice, home.act(notice=notice))
    async with home.db.transaction() as tx:
        choice = answered(ask, "skills", shelf=shelf, duration=["30d"])
        await home.decisions.accept(tx, ask, choice, home.act(notice=notice))
    return notice


async def count(db, table):
    async with db.reading() as tx:
        key = next(iter(table.__table__.primary_key.columns))
        return len(await tx.all(Statement(select(key), _Key)))


@contextmanager
def other_templates():
    """As after a release: not one template says what it said."""
    environment = _web().templates
    before, environment.loader = environment.loader, DictLoader({"consent/shown.html": "tout autre chose"})
    environment.cache.clear()
    try:
        yield
    finally:
        environment.loader = before
        environment.cache.clear()


async def test_a_page_comes_back_bit_for_bit_after_the_templates_changed(amina):
    notice = await shown_and_accepted(amina)
    with other_templates():
        assert page(first_ask()).notice.text != notice.text
        async with amina.db.reading() as tx:
            text = await replay(tx, amina.person.id, amina.person.secrets, notice.sha256)
    assert text == notice.text
    assert text_hash(text) == notice.sha256
    assert "Accueillir" in text


FRAME = ("form_token", "href=", "action=", "src=", 'name="page"', "request=")
HEADS = {  # what the page was headed and answered by, question by question
    "first": ("Cap Coaching vous demande de partager", "Continuer sur Cap Coaching", "Refuser"),
    "change": ("Cap Coaching demande un changement", "Accepter ce changement", "Refuser ce changement"),
}


def questions():
    change = asking(covers(long("skills"), request("openid", "profile", "skills", "languages"), NOW + 1))
    return {"first": first_ask(), "change": change}


@pytest.mark.parametrize("name", HEADS)
def test_what_is_kept_is_all_that_was_shown_and_nothing_of_the_frame(name):
    """Title, who signs in, what is asked, both answers: the very bytes that left; no address, no token."""
    shown = page(questions()[name])
    sent = shown.response().body.decode()
    kept = shown.notice.text
    assert sent.count(kept) == 1
    for part in (f"<h1>{HEADS[name][0]}", "<strong>Amina Benali</strong>", 'class="equal"'):
        assert part in kept
    for button, label in zip(("accept", "refuse"), HEADS[name][1:], strict=True):
        assert f'id="{button}" name="decision" value="{button}">{label}</button>' in kept
    assert not [word for word in FRAME if word in kept]
    before, after = sent.split(kept)
    assert "<h1" not in before + after
    assert 'name="decision"' not in before + after


@pytest.mark.parametrize(
    ("standing", "said", "accept"),
    [
        ("needed", "Un parent accepte avec vous", "Demander à un parent"),
        ("asked", "Votre parent n’a pas encore répondu", "Demander à un parent"),
        ("agreed", "Votre parent a accepté", "Continuer sur Cap Coaching"),
        ("refused", "Votre parent n’a pas accepté", "Demander à un parent"),
    ],
)
def test_how_far_a_parent_is_is_part_of_what_was_shown(standing, said, accept):
    alone, together = page(first_ask()), replace(page(first_ask()), with_parent=standing)
    assert together.notice.sha256 != alone.notice.sha256
    assert together.notice.version != alone.notice.version
    assert said in together.notice.text
    assert f'value="accept">{accept}</button>' in together.notice.text
    assert together.notice.text in together.response().body.decode()


async def test_a_version_is_kept_once_and_says_nothing_of_anybody(amina, db, clock):
    first = await shown_and_accepted(amina)
    bruno = home(db, clock)
    second = await shown_and_accepted(bruno, shelf=shelf_of_persona("bruno"))
    assert first.sha256 != second.sha256
    assert first.version == second.version
    assert (await count(db, NoticeVersion), await count(db, NoticeShown)) == (1, 2)
    async with db.reading() as tx:
        version = await read_version(tx, first.version)
    assert version is not None
    assert (version.client_id, version.language) == ("coach", "fr")
    assert "Cap Coaching" in version.text
    for value in ("Amina", "Benali", "Bruno", "Accueillir", "Clinique"):
        assert value not in version.text


async def test_each_language_has_its_version(amina):
    french = await shown_and_accepted(amina)
    english = page(first_ask(), language="en").notice
    assert french.version != english.version
    assert "Refuser" not in english.blank


async def test_without_her_keys_the_version_alone_is_left(amina):
    notice = await shown_and_accepted(amina)
    gone = PersonSecrets(b"\x01" * 32, b"\x02" * 32)
    async with amina.db.reading() as tx:
        with pytest.raises(NoticeError):
            await replay(tx, amina.person.id, gone, notice.sha256)
        assert (await read_version(tx, notice.version)).text == notice.blank
        assert await replay(tx, "somebody", amina.person.secrets, notice.sha256) is None
        assert await replay(tx, amina.person.id, amina.person.secrets, "0" * 64) is None
        assert await read_version(tx, "0" * 64) is None


async def test_what_was_tampered_with_does_not_pass_for_the_page(amina):
    notice = await shown_and_accepted(amina)
    swap = Write(update(NoticeVersion).values(packed=bindparam("packed_now")))
    for packed in (squeeze("une autre page"), b"nothing"):
        async with amina.db.transaction() as tx:
            await tx.run(swap, packed_now=packed)
        async with amina.db.reading() as tx:
            with pytest.raises(NoticeError):
                await read_version(tx, notice.version)
            with pytest.raises(NoticeError):
                await replay(tx, amina.person.id, amina.person.secrets, notice.sha256)


async def test_the_hash_in_the_ledger_tells_nothing_of_a_short_profile(amina):
    """Two people of one name, asked the same, have two hashes: names cannot be tried against a log."""
    ask = first_ask("openid", "profile", required=("openid",))
    one, other = (
        page(ask, salt=salt_of(PersonSecrets(b"k" * 32, key * 32), "coach")) for key in (b"a", b"b")
    )
    assert one.notice.sha256 != other.notice.sha256
    assert one.notice.version == other.notice.version
    assert salt_of(amina.person.secrets, "coach") != salt_of(amina.person.secrets, "kiosk")
    assert (
        salt_of(amina.person.secrets, "coach")
        in page(ask, salt=salt_of(amina.person.secrets, "coach")).notice.text
    )


async def test_a_page_answered_is_not_stored_again(amina):
    await shown_and_accepted(amina)
    assert await count(amina.db, NoticeShown) == 1
    assert await count(amina.db, ConsentRecord) == 2  # the question, the answer


# --- blanks: whatever she has, the version is the same ---------------------------------------------------


PERSONAS = [shelf_of_persona(name) for name in ("amina", "bruno", "chloe")]


@st.composite
def shelves(draw):
    """Some items of some people, in some datasets."""
    shelf = {}
    for dataset in {name for persona in PERSONAS for name in persona}:
        items = [item for persona in PERSONAS for item in persona.get(dataset, ())]
        size = 1 if dataset in {"identity", "contact", "birthdate", "status", "benefits"} else 4
        shelf[dataset] = tuple(
            draw(st.lists(st.sampled_from(items), max_size=size, unique_by=id)) if items else ()
        )
    return shelf


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    shelf=shelves(), scopes=st.sets(st.sampled_from(ALL), min_size=1), email=st.sampled_from(["", "a@b.fr"])
)
def test_a_version_depends_on_what_is_asked_alone(shelf, scopes, email):
    ask = first_ask(*scopes, required=())
    found = page(ask, shelf, email=email).notice
    assert found.blank == page(ask).notice.blank
    assert restore(squeeze(found.text, found.blank), found.blank) == found.text
    for item in (item for items in shelf.values() for item in items):
        for value in item.values():
            if isinstance(value, str) and len(value) > 12 and " " in value:
                assert value not in found.blank


def test_a_change_is_blanked_too():
    ask = asking(covers(long("skills"), request("openid", "profile", "skills", "languages"), NOW + 1))
    shown, others = page(ask).notice, page(ask, shelf_of_persona("bruno")).notice
    assert shown.blank == others.blank
    assert f">{BLANK}" in shown.blank
    limited = replace(request(), frequency=Frequency(1, "day"))
    assert page(asking(covers(None, limited, NOW))).notice.version != page(first_ask()).notice.version


def test_what_stands_is_blanked_too():
    """A version is public: when she rests, until when she agreed, what she shares today is not in it."""
    one = replace(long("skills"), paused_at=NOW - 40 * DAY, pause_reason="person")
    other = replace(
        long("skills", "experiences"), expires_at=NOW + 9 * DAY, paused_at=NOW - DAY, pause_reason="unused"
    )
    for why in (None, "replace", "fresh"):
        asks = [asking(covers(standing, request(), NOW, renewal=why)) for standing in (one, other)]
        shown = [page(ask).notice for ask in asks]
        assert shown[0].text != shown[1].text
        assert shown[0].blank == shown[1].blank


# --- packing ---------------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_what_is_squeezed_comes_back(text, like):
    assert restore(squeeze(text, like), like) == text


@given(st.text())
def test_any_text_packs_as_a_receipt(text):
    assert unpack(pack(text)) == text


def test_another_s_text_does_not_open():
    with pytest.raises(ValueError, match="does not open"):
        restore(squeeze("a" * 500, "b" * 100), "c" * 100)
    with pytest.raises(ValueError, match="does not open"):
        restore(b"\xff")
    with pytest.raises(ValueError, match="does not open"):
        restore(squeeze("a" * 500)[:-5])


async def test_a_consent_costs_few_bytes(amina):
    """What one consent adds, question and answer: said in docs/decisions.md."""
    notice = await shown_and_accepted(amina)
    async with amina.db.reading() as tx:
        packed = [row.packed for row in await tx.all(Statement(select(col(ConsentRecord.packed)), _Packed))]
        sealed = [row.packed for row in await tx.all(Statement(select(col(NoticeShown.sealed)), _Packed))]
    assert sum(map(len, packed)) < 3_000
    assert sum(map(len, sealed)) < len(zlib.compress(notice.text.encode(), 9)) / 2
    assert len(squeeze(notice.blank)) < 3_500


# --- the records of all this -----------------------------------------------------------------------------


async def test_records_of_a_grant_form_a_chain(amina):
    await shown_and_accepted(amina)
    grant = (await amina.standing()).grant_id
    await amina.revoke(grant)
    async with amina.db.reading() as tx:
        first, second = [read_claims(row.receipt)["record"] for row in await records_of_grant(tx, grant)]
    assert second["previous_record_id"] == first["record_id"]
    assert second["previous_record_sha256"] == record_hash(first)
    assert not second["notice"]["shown"]
    assert second["notice"]["notice_sha256"] == first["notice"]["notice_sha256"]
    assert record_faults(first) == record_faults(second) == []


async def test_a_refusal_has_its_record_and_no_grant(amina):
    ask = asking(await amina.ask(request(asker=replace(COACH, privacy_url=""))))
    await amina.refuse(ask)
    async with amina.db.reading() as tx:
        (row,) = await records_of_person(tx, amina.person.id)
        record = read_claims(row.receipt)["record"]
        assert await find_record(tx, "somebody", row.event_id) is None
    assert (row.state, row.grant_id, record["terms"]) == ("refused", None, None)
    assert {one["decision"] for one in record["purposes"][0]["pii_information"]} == {"refused"}
    assert record_faults(record) == []
