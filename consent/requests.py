"""What an app asks a person, frozen: who asks, which scopes, why, for how long it keeps.

A request is cut into elements, each with a digest of what it says. A person's answer is remembered by
element, so that she is asked again about what changed and about nothing else.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from consent.abroad import AUTOMATED_ELEMENT, TRANSFERS_ELEMENT, Transfers
from consent.catalogue import CATALOGUE, OFFLINE, PURPOSES, Phrase
from consent.choices import fields_of
from consent.ledger.canonical import canonical_json
from consent.limits import Duration, Frequency, frequency_to_json, is_duration, offered
from consent.purposes import Grounds
from foundation.errors import AccordError

SCOPE_ELEMENT = "scope:"
FREQUENCY_ELEMENT = "frequency"
GROUNDS_ELEMENT = "grounds"
Element = dict[str, Any]

# Said when an app declared nothing: a person must not read a promise that nobody made.
UNDECLARED_RETENTION = Phrase(
    "L’application n’a pas indiqué combien de temps elle garde vos données.",
    "The application has not said how long it keeps your data.",
)
MOST_DAYS_KEPT = 10_000


def kept_for(said: Phrase | None, days: int | None) -> Phrase:
    """How long an app keeps what it read, in words: its own, then the days after the end that it promised."""
    if days is None:
        return said or UNDECLARED_RETENTION
    fr = f"Tout est effacé au plus tard {days} jour{'s' if days > 1 else ''} après la fin."
    en = f"All of it is erased {days} day{'s' if days > 1 else ''} after the end at the latest."
    return Phrase(f"{said.fr} {fr}", f"{said.en} {en}") if said else Phrase(fr, en)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as registered.

    legal_entity: the controller's legal name. verified_on: ISO date on which it was checked, or empty.
    loopback: anyone on the person's machine could pose as this app, so each sign-in is confirmed.
    unknown: it registered by itself, and nobody here has looked at it; place: the host that it sends her to.
    """

    client_id: str
    name: str
    legal_entity: str = ""
    homepage: str = ""
    privacy_url: str = ""
    verified_on: str = ""
    contact: str = ""
    loopback: bool = False
    unknown: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class ScopeAsk:
    """One scope of a request. reason: why it is asked. fields: names of those asked, None for all.

    later: whether what she adds afterwards may be shared too, if she says so.
    """

    scope: str
    required: bool
    reason: Phrase
    fields: frozenset[str] | None = None
    later: bool = True


@dataclass(frozen=True, slots=True)
class Motives:
    """An app's own words, as registered; what it leaves out is the catalogue's.

    purpose_code: a registered purpose. retention: how long it keeps the data; retention_days: the same as a
    number after the end, None for words alone. reasons: by scope.
    frequency: how often it promises to read at most. duration: the longest it asks for, None for any of the
    usual ones. fields: by scope, the only ones it asks; all of them for a scope that is not named. current:
    scopes of which it asks nothing that comes later. grounds: on what legal ground each controller acts; None
    where the app never said its own. transfers, automated: what it declares of data that leave the Union and
    of decisions that no human takes; None for nothing.
    """

    purpose_code: str = "career_guidance"
    purpose: Phrase | None = None
    retention: Phrase | None = None
    retention_days: int | None = None
    reasons: Mapping[str, Phrase] = field(default_factory=dict)
    frequency: Frequency | None = None
    duration: Duration | None = None
    fields: Mapping[str, Collection[str]] = field(default_factory=dict)
    current: Collection[str] = ()
    grounds: Grounds | None = None
    transfers: Transfers | None = None
    automated: Phrase | None = None


@dataclass(frozen=True)
class SharingRequest:
    """A whole request. asks: in the order of the catalogue. offline: to read while the person is away.

    frequency: how often each dataset is read at most, None for no limit. proposed: the longest duration
    asked for, offered and never chosen in advance. grounds: the lawful basis of each controller.
    """

    asker: Asker
    asks: tuple[ScopeAsk, ...]
    purpose_code: str
    purpose: Phrase
    offline: bool
    retention: Phrase = UNDECLARED_RETENTION
    retention_days: int | None = None
    frequency: Frequency | None = None
    proposed: Duration | None = None
    grounds: Grounds | None = None
    transfers: Transfers | None = None
    automated: Phrase | None = None

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """What she answers to, piece by piece: recipient, purpose, retention, frequency, offline, each scope.

        A scope's element names the fields it lets out: when the catalogue widens it, it is asked again.
        Whether it is required stays out: a scope already shared changes nothing for her by becoming so.
        """
        asker = self.asker
        found: dict[str, Element] = {
            "recipient": {
                "name": asker.name,
                "legal_entity": asker.legal_entity,
                "privacy_url": asker.privacy_url,
            },
            "purpose": {"code": self.purpose_code} | _both(self.purpose),
            "retention": _both(self.retention) | _days(self.retention_days),
            FREQUENCY_ELEMENT: frequency_to_json(self.frequency),
        }
        if self.grounds is not None:
            found[GROUNDS_ELEMENT] = asdict(self.grounds)
        if self.transfers is not None:
            transfers = self.transfers
            found[TRANSFERS_ELEMENT] = {
                "countries": list(transfers.countries),
                "safeguard": transfers.safeguard,
            }
        if self.automated is not None:
            found[AUTOMATED_ELEMENT] = _both(self.automated)
        if self.offline:
            found["offline"] = {"asked": True}
        for ask in self.asks:
            found[SCOPE_ELEMENT + ask.scope] = _scope_element(ask)
        return MappingProxyType(found)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256, in hexadecimal, of each element's canonical JSON.

        For a scope of which some fields alone are asked: that of the whole scope, and those fields. An
        answer then stands for every later question about no more than these (`is_answered`).
        """
        found = {name: digest_of(element) for name, element in self.elements.items()}
        for ask in self.asks:
            if ask.fields is not None:
                whole = digest_of(_scope_element(replace(ask, fields=None)))
                found[SCOPE_ELEMENT + ask.scope] = " ".join([whole, *sorted(ask.fields)])
        return MappingProxyType(found)

    @property
    def digest(self) -> str:
        """One digest for the whole."""
        return digest_of(dict(self.digests))

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(ask.scope for ask in self.asks)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(ask.scope for ask in self.asks if ask.required)

    @property
    def fields(self) -> Mapping[str, frozenset[str] | None]:
        """By scope, the names of the only fields asked; None for all."""
        return {ask.scope: ask.fields for ask in self.asks}

    @property
    def durations(self) -> tuple[Duration, ...]:
        """The durations to choose among, shortest first."""
        return offered(self.proposed)


def is_answered(asked: str, said: str | None) -> bool:
    """Whether an answer stands for a question, both as `SharingRequest.digests` has them.

    Asking again with some fields fewer is not a new question, so no app can wear a person down with it.
    """
    if said is None or asked == said:
        return said is not None
    (whole, *some), (before, *then) = asked.split(" "), said.split(" ")
    return whole == before and (not then or (bool(some) and set(some) <= set(then)))


def _scope_element(ask: ScopeAsk) -> Element:
    scope = CATALOGUE[ask.scope]
    names = [item.name for item in fields_of(ask.scope, scope.edition, ask.fields)] or list(scope.claims)
    return _both(ask.reason) | {"fields": names}


def _days(number: int | None) -> Element:
    # Where none are promised nothing is said: who was asked before there was a number is not asked again.
    return {} if number is None else {"days": number}


def _both(phrase: Phrase) -> Element:
    return {"fr": phrase.fr, "en": phrase.en}


def digest_of(element: Element) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON (RFC 8785)."""
    return hashlib.sha256(canonical_json(element)).hexdigest()


def ask_to_share(
    asker: Asker, scopes: Collection[str], required: Collection[str] = (), motives: Motives | None = None
) -> SharingRequest:
    """The request of `asker` for `scopes`, in the catalogue's words where it brings none of its own.

    scopes: `offline_access` among them is no box, it makes the request an offline one. required: those of
    them without which the app cannot serve.
    Raises AccordError `unknown_scope`, `unknown_purpose`, `unknown_field` or `invalid_duration`, naming what
    it does not know.
    """
    motives = motives or Motives()
    refuse_unknown("unknown_scope", scopes, CATALOGUE)
    refuse_unknown("unknown_purpose", [motives.purpose_code], PURPOSES)
    if motives.duration is not None and not is_duration(motives.duration):
        raise AccordError("invalid_duration", "A duration is once, or 1d to 365d.")
    asks = tuple(
        ScopeAsk(
            name,
            name in required,
            motives.reasons.get(name, scope.reason),
            _only(name, motives),
            later=name not in motives.current,
        )
        for name, scope in CATALOGUE.items()
        if name in scopes and scope.box
    )
    purpose = motives.purpose or PURPOSES[motives.purpose_code].sentence
    return SharingRequest(
        asker=asker,
        asks=asks,
        purpose_code=motives.purpose_code,
        purpose=purpose,
        offline=OFFLINE in scopes,
        retention=kept_for(motives.retention, motives.retention_days),
        retention_days=motives.retention_days,
        frequency=motives.frequency,
        proposed=motives.duration,
        grounds=motives.grounds,
        transfers=motives.transfers,
        automated=motives.automated,
    )


def _only(scope: str, motives: Motives) -> frozenset[str] | None:
    """The fields asked of a scope; None for all of them, however that was said."""
    if scope not in motives.fields:
        return None
    known = frozenset(item.name for item in fields_of(scope, CATALOGUE[scope].edition))
    asked = frozenset(motives.fields[scope])
    refuse_unknown("unknown_field", asked or {""}, known)
    return None if asked == known else asked


def refuse_unknown(code: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise AccordError `code` listing the names that are not known; each is quoted and cut short."""
    unknown = [ascii(name[:60]) for name in names if name not in known]
    if unknown:
        raise AccordError(code, f"Not known here: {', '.join(sorted(unknown)[:10])}.")
