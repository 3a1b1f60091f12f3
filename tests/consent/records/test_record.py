"""Any decision's record: as its schema says, linked data without a word lost, the same after packing."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from consent.acts import Act, Notice, Person, Transition
from consent.catalogue import CATALOGUE
from consent.ledger.append import Recorded
from consent.ledger.canonical import canonical_json
from consent.limits import Frequency
from consent.purposes import LAWFUL_BASES, Grounds
from consent.records.packing import pack, unpack
from consent.records.parties import Holder
from consent.records.receipts import sign_receipt, verify_receipt
from consent.records.record import moment_of, moment_of_question, record_of
from consent.records.telling import told
from consent.records.vocabulary import CONTEXT_PATH, PII_TYPES, State, context_document
from consent.records.words import STATES, STATES_FOR_OTHERS
from consent.requests import Motives, ask_to_share
from consent.transitions import first_standing, paused, resumed
from foundation.clock import DAY
from foundation.ids import new_id
from keys.people import PersonSecrets
from tests.consent.records.checking import faults, record_faults
from tests.consent.sharing import AMINA, COACH, ISSUER, JWKS, SIGNER, answered
from tests.consent.test_coverage import NOW, asking, covers, long

HOLDER = Holder(ISSUER)
PERSON = Person("p1", "pairwise-sub", PersonSecrets(b"k" * 32, b"s" * 32))
BOXES = tuple(name for name, scope in CATALOGUE.items() if scope.box)
SKILLS = tuple(item["id"] for item in AMINA["skills"])


@st.composite
def asks(draw: Any) -> Any:
    """Any question of an app that people have nothing standing with."""
    scopes = draw(st.sets(st.sampled_from(BOXES), min_size=1))
    motives = Motives(
        frequency=draw(
            st.none() | st.builds(Frequency, st.integers(1, 9), st.sampled_from(["day", "month"]))
        ),
        grounds=draw(st.none() | st.builds(Grounds, st.sampled_from(sorted(LAWFUL_BASES)))),
        retention_days=draw(st.none() | st.integers(1, 10_000)),
    )
    required = draw(st.sets(st.sampled_from(sorted(scopes))))
    offline = {"offline_access"} if draw(st.booleans()) else set()
    return asking(covers(None, ask_to_share(COACH, scopes | offline, required, motives), NOW))


@st.composite
def acts(draw: Any) -> Act:
    notice = Notice(draw(st.sampled_from(["fr", "en"])), "ab" * 32, "2", "a page", "a blank")
    by = draw(st.sampled_from(["person", "parent", "app", "administrator", "server"]))
    return Act(PERSON, NOW, None, draw(st.none() | st.just(notice)), by=by)


@st.composite
def records(draw: Any) -> dict[str, Any]:
    """The record of any question, refusal, answer, pause or end."""
    ask, act = draw(asks()), draw(acts())
    kind = draw(
        st.sampled_from(["asked", "refused", "given", "amended", "paused", "resumed", "revoked", "expired"])
    )
    if kind in {"asked", "refused"}:
        return record_of(moment_of_question(ask, new_id(NOW), act, refused=kind == "refused"), act, HOLDER)
    ticked = draw(st.sets(st.sampled_from(ask.scopes)))
    hidden = draw(st.sets(st.sampled_from(SKILLS))) if "skills" in ask.scopes else set()
    choice = answered(
        ask,
        *ticked,
        hide=[f"skills:{item}" for item in hidden],
        duration=[draw(st.sampled_from(["once", "30d", "180d"]))],
    )
    standing = first_standing(new_id(NOW), ask, choice, act)
    after = paused(standing, "person", NOW) if kind == "paused" else standing
    after = resumed(after) if kind == "resumed" else after
    return record_of(moment_of(Transition(kind, standing, after), act), act, HOLDER)


@settings(max_examples=60, deadline=None)
@given(records())
def test_a_record_is_as_its_schema_says(record: dict[str, Any]) -> None:
    assert record_faults(record) == []
    canonical_json(record)  # within RFC 8785's closed subset
    receipt = sign_receipt(record, Recorded(new_id(NOW), b"\x01" * 32), SIGNER.sign, ISSUER)
    claims = verify_receipt(unpack(pack(receipt)), JWKS)
    assert claims["record"] == record
    assert faults("consent-receipt", claims) == []
    assert told(record).state in STATES


@settings(max_examples=25, deadline=None)
@given(records(), st.data())
def test_a_record_that_lacks_or_adds_a_field_is_refused(record: dict[str, Any], data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(record)))
    assert faults("consent-record-2", {key: value for key, value in record.items() if key != name})
    assert faults("consent-record-2", record | {"more": 1})


def loaded(url: str, _options: Any = None) -> dict[str, Any]:
    """The context, as the server publishes it; nothing else is fetched."""
    assert url == ISSUER + CONTEXT_PATH
    return {"contextUrl": None, "documentUrl": url, "document": context_document()}


def values(document: Any) -> list[Any]:
    """Every plain value of a document that JSON-LD keeps: null is no value."""
    if isinstance(document, dict):
        return [one for key, value in document.items() if key != "@context" for one in values(value)]
    if isinstance(document, list):
        return [one for value in document for one in values(value)]
    return [] if document is None else [document]


def terms(expanded: Any) -> set[str]:
    """Every property and class that an expanded document names."""
    if isinstance(expanded, dict):
        named = {key for key in expanded if not key.startswith("@")} | set(expanded.get("@type", ()))
        return named.union(*(terms(value) for value in expanded.values()))
    return set().union(*(terms(value) for value in expanded)) if isinstance(expanded, list) else set()


@settings(max_examples=25, deadline=None)
@given(records())
def test_a_record_is_linked_data_without_a_word_lost(record: dict[str, Any]) -> None:
    expanded = jsonld.expand(record, {"documentLoader": loaded})
    assert len(values(expanded)) >= len(values(record))
    for term in terms(expanded):
        assert term.startswith(("https://w3id.org/dpv", "http://purl.org/dc/terms/", "urn:accord:")), term
    named = terms(expanded)
    for word in ("ConsentRecord", "hasPurpose", "hasDataSubject", "hasLegalBasis", "hasRecipient"):
        assert f"https://w3id.org/dpv#{word}" in named


@pytest.mark.parametrize(
    ("state", "iri"),
    [("given", "ConsentGiven"), ("withdrawn", "ConsentWithdrawn"), ("terminated", "ConsentRevoked")],
)
def test_states_are_concepts_of_the_vocabulary(state: str, iri: str) -> None:
    assert context_document()["@context"]["event_state"]["@context"][state] == f"https://w3id.org/dpv#{iri}"


@pytest.mark.parametrize(
    ("kind", "by", "state"),
    [
        ("given", "person", "given"),
        ("amended", "person", "amended"),
        ("paused", "person", "paused"),
        ("resumed", "person", "reconfirmed"),
        ("revoked", "person", "withdrawn"),
        ("revoked", "parent", "withdrawn"),
        ("revoked", "app", "terminated"),
        ("revoked", "administrator", "terminated"),
        ("expired", "server", "expired"),
    ],
)
def test_each_change_has_its_state(kind: Any, by: Any, state: str) -> None:
    """With "requested" and "refused", of questions, all that TS 27560 has in this list; and who did it."""
    standing = long("skills")
    act = Act(PERSON, NOW, None, by=by)
    (event,) = record_of(moment_of(Transition(kind, standing, standing), act), act, HOLDER)["events"]
    assert event["event_state"] == state
    assert event["actor"] == ("none" if kind == "expired" else by)  # time did that, and nobody


@pytest.mark.parametrize(("refused", "state"), [(False, "requested"), (True, "refused")])
def test_a_question_has_its_state_and_holds_for_no_time(refused: bool, state: str) -> None:
    ask = asking(covers(None, ask_to_share(COACH, ["openid", "skills"], ["openid"]), NOW))
    act = Act(PERSON, NOW, None)
    said = record_of(moment_of_question(ask, "q1", act, refused=refused), act, HOLDER)
    (event,) = said["events"]
    assert (event["event_state"], event["validity_duration"]) == (state, "P0D")
    assert (said["grant_id"], said["revision"], said["terms"]) == (None, None, None)
    decisions = {one["scope"]: one["decision"] for one in said["purposes"][0]["pii_information"]}
    assert decisions == dict.fromkeys(("openid", "skills"), "refused" if refused else "asked")


@pytest.mark.parametrize(
    ("days", "kind", "at", "erased"),
    [
        (None, "given", 0, None),
        (30, "given", 0, 60),  # a month's consent, and a month after it
        (30, "paused", 10, 60),  # a pause moves no term
        (30, "revoked", 10, 40),
        (1, "expired", 30, 31),
        (1, "expired", 45, 31),  # found late: it ended all the same
    ],
)
def test_the_day_of_erasure_counts_from_the_end(days: Any, kind: Any, at: int, erased: Any) -> None:
    asked = ask_to_share(COACH, ["openid"], ["openid"], Motives(retention_days=days))
    ask = asking(covers(None, asked, NOW))
    standing = first_standing("g1", ask, answered(ask, duration=["30d"]), Act(PERSON, NOW, None))
    act = Act(PERSON, NOW + at * DAY, None)
    record = record_of(moment_of(Transition(kind, standing, standing), act), act, HOLDER)
    assert record_faults(record) == []
    assert told(record).erased_by == (None if erased is None else NOW + erased * DAY)
    said = record["purposes"][0]["retention_period"]["fr"]
    assert (f"{days} jour" in said) is (days is not None)


def test_where_nothing_was_shown_no_language_is_claimed() -> None:
    standing = long("skills")
    act = Act(PERSON, NOW, None, by="app")
    notice = record_of(moment_of(Transition("revoked", standing, standing), act), act, HOLDER)["notice"]
    assert (notice["shown"], notice["language"], notice["notice_sha256"]) == (False, "und", None)


def test_every_state_and_scope_has_its_words() -> None:
    states = set(get_args(State))
    assert states == STATES.keys() == STATES_FOR_OTHERS.keys()
    assert states == context_document()["@context"]["event_state"]["@context"].keys()
    missing = {name for name in BOXES if name not in PII_TYPES}
    assert missing <= {"skills:write"}  # reads nothing


def test_what_holds_says_for_how_long() -> None:
    ask = asking(covers(None, ask_to_share(COACH, ["openid"], ["openid"]), NOW))
    choice = answered(ask, duration=["30d"])
    act = Act(PERSON, NOW, None)
    standing = first_standing("g1", ask, choice, act)
    late = Act(PERSON, NOW + 10 * DAY, None)
    durations = {}
    for kind in ("given", "paused", "revoked", "expired"):
        moment = moment_of(Transition(kind, standing, standing), late if kind != "given" else act)  # type: ignore[arg-type]  # a kind
        durations[kind] = record_of(moment, act, HOLDER)["events"][0]["validity_duration"]
    assert durations == {"given": "P30D", "paused": "P20D", "revoked": "P0D", "expired": "P0D"}
