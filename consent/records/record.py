"""The record of one moment of a consent: every field of ISO/IEC TS 27560 (6.3), and ours. Pure functions.

No profile value is in it: item ids, and the name that the app alone knows the person by. What she read of her
own values is kept apart, under her key (notices.py); the record holds its hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.acts import Act, Notice, Transition
from consent.catalogue import CATALOGUE
from consent.choices import Choice
from consent.coverage import Ask, Standing
from consent.limits import frequency_to_json
from consent.records.parties import Holder, parties_of, purpose_of
from consent.records.vocabulary import CONTEXT_PATH, PII_TYPES, State
from consent.requests import SCOPE_ELEMENT, Element
from foundation.clock import DAY, SECOND, to_datetime

SCHEMA_VERSION = "accord-consent-record/2"
# The words of TS 27560 for what became of a consent; of an end that was not hers, "terminated".
_STATES: Mapping[str, State] = {
    "given": "given",
    "amended": "amended",
    "paused": "paused",
    "resumed": "reconfirmed",
    "revoked": "withdrawn",
    "expired": "expired",
}
_NOTHING_VALID = frozenset(("requested", "refused", "withdrawn", "expired", "terminated"))
_NO_LANGUAGE = "und"  # BCP 47: none that anybody knows of, where nothing was shown
_BY_TIME = {"actor": "none", "method": "term", "auth_level": "none"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """The record before this one of the same grant. notice: what it referred to, None for nothing."""

    record_id: str
    sha256: str
    notice: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What a record is about, whichever way it came.

    elements: what was agreed to, or asked. decisions: scope -> "granted", "refused" or "asked". standing:
    the grant as it is now, None for none. at: when it took place. until: when what is allowed ends.
    """

    state: State
    record_id: str
    client_id: str
    elements: Mapping[str, Element]
    required: frozenset[str]
    decisions: Mapping[str, str]
    standing: Standing | None
    at: int
    until: int


def moment_of(transition: Transition, act: Act) -> Moment:
    """A change of a grant."""
    after = transition.after
    return Moment(
        state=_state(transition, act),
        record_id=f"{after.grant_id}.{after.revision}",
        client_id=after.client_id,
        elements=after.terms,
        required=after.required,
        decisions=_decided(after.choice),
        standing=after,
        at=transition.moment(act.now),
        until=after.expires_at,
    )


def moment_of_question(ask: Ask, record_id: str, act: Act, *, refused: bool) -> Moment:
    """A question shown, or refused."""
    request = ask.request
    return Moment(
        state="refused" if refused else "requested",
        record_id=record_id,
        client_id=request.asker.client_id,
        elements=request.elements,
        required=request.required,
        decisions=dict.fromkeys(ask.scopes, "refused" if refused else "asked"),
        standing=None,
        at=act.now,
        until=act.now,
    )


def record_of(moment: Moment, act: Act, holder: Holder, earlier: Earlier | None = None) -> dict[str, Any]:
    """The consent record of a moment. earlier: the record before it of the same grant."""
    standing = moment.standing
    parties = parties_of(moment.client_id, moment.elements, holder)
    purpose = purpose_of(moment.elements, holder) | {"collection_method": act.method}
    purpose["pii_information"] = [_scope(name, moment) for name in CATALOGUE if name in moment.decisions]
    return {
        "@context": holder.issuer + CONTEXT_PATH,
        "@type": "ConsentRecord",
        "schema_version": SCHEMA_VERSION,
        "record_id": moment.record_id,
        "previous_record_id": earlier.record_id if earlier else None,
        "previous_record_sha256": earlier.sha256 if earlier else None,
        "grant_id": standing.grant_id if standing else None,
        "revision": standing.revision if standing else None,
        "pii_principal_id": act.person.subject,
        "notice": _notice(act.notice, earlier, moment, holder),
        "parties": parties,
        "purposes": [purpose],
        "terms": _terms(standing, moment) if standing else None,
        "events": [_event(moment, act)],
    }


def _state(transition: Transition, act: Act) -> State:
    if transition.kind == "revoked" and act.by not in {"person", "parent"}:
        return "terminated"
    return _STATES[transition.kind]


def _decided(choice: Choice) -> dict[str, str]:
    answered = choice.scopes.keys() | choice.declined
    return {name: "granted" if name in choice.scopes else "refused" for name in answered}


def moment_text(microseconds: int) -> str:
    """ISO 8601 in UTC, to the second."""
    return to_datetime(microseconds).isoformat(timespec="seconds").replace("+00:00", "Z")


def _duration(microseconds: int) -> str:
    """ISO 8601: whole days as days, else seconds."""
    days, rest = divmod(max(0, microseconds), DAY)
    return f"P{days}D" if not rest else f"PT{max(0, microseconds) // SECOND}S"


def _notice(
    notice: Notice | None, earlier: Earlier | None, moment: Moment, holder: Holder
) -> Mapping[str, Any]:
    """What she read; where nothing was shown (the dashboard, a term), what she had read when she agreed."""
    if notice is None:
        known = earlier.notice if earlier else None
        return {**(known or _no_notice(moment, holder)), "shown": False}
    return {
        "privacy_notice": {
            "url": f"{holder.issuer}/notices/{notice.version}" if notice.version else holder.privacy_url,
            "version": notice.version or None,
            "recipient_url": moment.elements["recipient"]["privacy_url"] or None,
        },
        "language": notice.language,
        "notice_sha256": notice.sha256,
        "page_version": notice.page_version,
        "effect_of_refusal": "none_on_benefits_or_support",
        "shown": True,
    }


def _no_notice(moment: Moment, holder: Holder) -> dict[str, Any]:
    url = moment.elements["recipient"]["privacy_url"] or None
    return {
        "privacy_notice": {"url": holder.privacy_url, "version": None, "recipient_url": url},
        "language": _NO_LANGUAGE,
        "notice_sha256": None,
        "page_version": None,
        "effect_of_refusal": "none_on_benefits_or_support",
    }


def _terms(standing: Standing, moment: Moment) -> dict[str, Any]:
    choice = standing.choice
    return {
        "fetch_type": choice.fetch_type,
        "frequency": frequency_to_json(choice.frequency),
        "duration": choice.duration,
        "offline": choice.offline,
        "valid_from": moment_text(standing.granted_at),
        "expires_at": moment_text(standing.expires_at),
        "data_erase_at": _erase_at(standing, moment),
    }


def _erase_at(standing: Standing, moment: Moment) -> str | None:
    """By when the app erases what it read: its days count from the end, which may come before the term.

    None where it declared no number of days; what it keeps and why is then in retention_period, in words.
    """
    days = moment.elements["retention"].get("days")
    if days is None:
        return None
    over = moment.state in _NOTHING_VALID
    return moment_text((min(moment.at, standing.expires_at) if over else standing.expires_at) + days * DAY)


def _event(moment: Moment, act: Act) -> dict[str, Any]:
    """What took place, and when; the receipt's `iat` says when it was recorded."""
    valid = 0 if moment.state in _NOTHING_VALID else moment.until - moment.at
    by_her = {"actor": act.by, "method": act.method, "auth_level": act.auth_level}
    return {
        "event_time": moment_text(moment.at),
        "event_type": "expressed",
        "event_state": moment.state,
        "entity_id": act.person.subject,
        "validity_duration": _duration(valid),
    } | (_BY_TIME if moment.state == "expired" else by_her)


def _scope(name: str, moment: Moment) -> dict[str, Any]:
    scope, element = CATALOGUE[name], moment.elements.get(SCOPE_ELEMENT + name)
    return {
        "scope": name,
        "pii_type": PII_TYPES.get(name, "dpv:PersonalData"),
        "pii_attribute_id": scope.dataset.name if scope.dataset else None,
        "pii_optional": name not in moment.required,
        "special_pii_category": "possible_in_free_text" if scope.free_text else None,
        "sensitivity": scope.sensitivity.value,
        "decision": moment.decisions[name],
        "fields": _fields(name, element, moment.standing),
        "reason": {"fr": element["fr"], "en": element["en"]} if element else None,
        "item_filter": _items(name, moment.standing),
    }


def _fields(name: str, element: Element | None, standing: Standing | None) -> list[str] | None:
    shared = standing.choice.scopes.get(name) if standing else None
    if element is None:
        return None
    return [
        one for one in element["fields"] if shared is None or shared.fields is None or one in shared.fields
    ]


def _items(name: str, standing: Standing | None) -> dict[str, Any] | None:
    shared = standing.choice.scopes.get(name) if standing else None
    if shared is None:
        return None
    return {
        "listed": sorted(shared.items),
        "held_back": sorted(shared.hidden),
        "later_items": shared.future,
    }
