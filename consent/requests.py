"""What an app asks a person, frozen: who asks, which scopes, why, for how long it keeps.

A request is cut into elements, each with a digest of what it says. A person's answer is remembered by
element, so that she is asked again about what changed and about nothing else.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from consent.catalogue import CATALOGUE, OFFLINE, PURPOSES, Phrase
from consent.ledger.canonical import canonical_json
from foundation.errors import AccordError

SCOPE_ELEMENT = "scope:"
Element = dict[str, Any]

# Said when an app declared nothing: a person must not read a promise that nobody made.
UNDECLARED_RETENTION = Phrase(
    "L’application n’a pas indiqué combien de temps elle garde vos données.",
    "The application has not said how long it keeps your data.",
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as registered.

    legal_entity: the controller's legal name. verified_on: ISO date on which it was checked, or empty.
    loopback: anyone on the person's machine could pose as this app, so each sign-in is confirmed.
    """

    client_id: str
    name: str
    legal_entity: str = ""
    homepage: str = ""
    privacy_url: str = ""
    verified_on: str = ""
    contact: str = ""
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class ScopeAsk:
    """One scope of a request; reason: why it is asked."""

    scope: str
    required: bool
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Motives:
    """An app's own words, as registered; what it leaves out is the catalogue's.

    purpose_code: a registered purpose. retention: how long it keeps the data. reasons: by scope.
    """

    purpose_code: str = "career_guidance"
    purpose: Phrase | None = None
    retention: Phrase = UNDECLARED_RETENTION
    reasons: Mapping[str, Phrase] = field(default_factory=dict)


@dataclass(frozen=True)
class SharingRequest:
    """A whole request. asks: in the order of the catalogue. offline: to read while the person is away."""

    asker: Asker
    asks: tuple[ScopeAsk, ...]
    purpose_code: str
    purpose: Phrase
    offline: bool
    retention: Phrase = UNDECLARED_RETENTION

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """What the person answers to, piece by piece: recipient, purpose, retention, offline, each scope.

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
            "retention": _both(self.retention),
        }
        if self.offline:
            found["offline"] = {"asked": True}
        for ask in self.asks:
            scope = CATALOGUE[ask.scope]
            names = [item.name for item in scope.fields(scope.edition)] or list(scope.claims)
            found[SCOPE_ELEMENT + ask.scope] = _both(ask.reason) | {"fields": names}
        return MappingProxyType(found)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256, in hexadecimal, of each element's canonical JSON."""
        return MappingProxyType({name: digest_of(element) for name, element in self.elements.items()})

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
    Raises AccordError `unknown_scope` or `unknown_purpose`, naming what it does not know.
    """
    motives = motives or Motives()
    refuse_unknown("unknown_scope", scopes, CATALOGUE)
    refuse_unknown("unknown_purpose", [motives.purpose_code], PURPOSES)
    asks = tuple(
        ScopeAsk(name, name in required, motives.reasons.get(name, scope.reason))
        for name, scope in CATALOGUE.items()
        if name in scopes and scope.box
    )
    purpose = motives.purpose or PURPOSES[motives.purpose_code].sentence
    return SharingRequest(
        asker, asks, motives.purpose_code, purpose, OFFLINE in scopes, retention=motives.retention
    )


def refuse_unknown(code: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise AccordError `code` listing the names that are not known; each is quoted and cut short."""
    unknown = [ascii(name[:60]) for name in names if name not in known]
    if unknown:
        raise AccordError(code, f"Not known here: {', '.join(sorted(unknown)[:10])}.")
