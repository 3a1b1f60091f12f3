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

DEFAULT_RETENTION = Phrase(
    "L’application efface vos données au plus tard trois mois après la fin de l’autorisation.",
    "The application erases your data no later than three months after the authorisation ends.",
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


@dataclass(frozen=True)
class SharingRequest:
    """A whole request. asks: in the order of the catalogue. offline: to read while the person is away."""

    asker: Asker
    asks: tuple[ScopeAsk, ...]
    purpose_code: str
    purpose: Phrase
    offline: bool
    retention: Phrase = field(default=DEFAULT_RETENTION)

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """What the person answers to, piece by piece: recipient, purpose, retention, offline, each scope.

        A scope's element names the fields it lets out: when the catalogue widens it, it is asked again.
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
            "offline": {"asked": self.offline},
        }
        for ask in self.asks:
            scope = CATALOGUE[ask.scope]
            names = [item.name for item in scope.fields(scope.edition)] or list(scope.claims)
            found[SCOPE_ELEMENT + ask.scope] = _both(ask.reason) | {
                "required": ask.required,
                "fields": names,
            }
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
    asker: Asker,
    scopes: Collection[str],
    *,
    required: Collection[str] = (),
    reasons: Mapping[str, Phrase] | None = None,
    purpose: tuple[str, Phrase | None] = ("career_guidance", None),
) -> SharingRequest:
    """The request of `asker` for `scopes`, in the catalogue's words where it brings none of its own.

    scopes: `offline_access` among them is no box, it makes the request an offline one. required: those of
    them without which the app cannot serve. purpose: a registered code and the app's own sentence.
    Raises AccordError `unknown_scope` or `unknown_purpose`, naming what it does not know.
    """
    refuse_unknown("unknown_scope", scopes, CATALOGUE)
    code, sentence = purpose
    refuse_unknown("unknown_purpose", [code], PURPOSES)
    asks = tuple(
        ScopeAsk(name, name in required, (reasons or {}).get(name, scope.reason))
        for name, scope in CATALOGUE.items()
        if name in scopes and scope.box
    )
    return SharingRequest(asker, asks, code, sentence or PURPOSES[code].sentence, OFFLINE in scopes)


def refuse_unknown(code: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise AccordError `code` listing the names that are not known; each is quoted and cut short."""
    unknown = [ascii(name[:60]) for name in names if name not in known]
    if unknown:
        raise AccordError(code, f"Not known here: {', '.join(sorted(unknown)[:10])}.")
