"""What an app says of what it asks: which scopes, why, on what ground, for how long, how often.

A partner writes it, an administrator approves it; only then does the registry hold it and are people asked
by it. What is approved is exactly these words: `digest` names them in the ledger.
"""

import unicodedata
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from consent.abroad import Transfers
from consent.catalogue import CATALOGUE, PURPOSES, Phrase
from consent.limits import Frequency
from consent.purposes import CONSENT, LAWFUL_BASES
from consent.requests import digest_of
from idp.clients.metadata import ClientMetadata

ALWAYS = "openid"  # nobody shares with an app that does not know her
LONGEST = 200
_LATER = ("transfers", "automated", "retention_days")
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

Fault = Literal[
    "missing", "too_long", "unprintable", "address", "unknown", "public_consent", "attest", "same"
]


class Declaration(BaseModel):
    """One version of an app's declaration; fields as in `ClientMetadata`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    required_scopes: tuple[str, ...] = (ALWAYS,)
    optional_scopes: tuple[str, ...] = ()
    scope_reasons: dict[str, Phrase] = Field(default_factory=dict)
    purpose_code: str = "career_guidance"
    purpose: Phrase | None = None
    retention: Phrase | None = None
    retention_days: int | None = None
    frequency: Frequency | None = None
    use_basis: str = ""
    disclosure_basis: str = CONSENT
    public_body: bool = False
    no_detriment: bool = False
    transfers: Transfers | None = None
    automated: Phrase | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope, in the catalogue's order."""
        asked = {*self.required_scopes, *self.optional_scopes}
        return tuple(name for name in CATALOGUE if name in asked)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the canonical JSON (RFC 8785)."""
        said = self.model_dump(mode="json")
        # What came later and says nothing is left out: a declaration from before keeps its digest.
        return digest_of({name: said[name] for name in said if said[name] is not None or name not in _LATER})


def declared_in(metadata: ClientMetadata) -> Declaration:
    """What an app may ask people now."""
    return Declaration(**{name: getattr(metadata, name) for name in Declaration.model_fields})


def put_into(metadata: ClientMetadata, declared: Declaration, version: int) -> ClientMetadata:
    """The registration, asking by an approved declaration from here on."""
    said = {name: getattr(declared, name) for name in Declaration.model_fields}
    return ClientMetadata.model_validate(dict(metadata) | said | {"declaration": version})


def explained(scope: str) -> bool:
    """Whether a partner gives a reason of its own for a scope: those that are a line of the screen."""
    return CATALOGUE[scope].box and scope != ALWAYS


def faults(declared: Declaration) -> dict[str, Fault]:
    """What keeps a partner's declaration from being sent, by the form's field; empty when nothing does.

    Stricter than what the registry holds: each reason and sentence in both languages (people read theirs),
    a ground, and the attestation that refusing harms nobody, without which a public body's people choose
    freely of nothing (recital 43) and nobody consents (art. 7(4)). Moderation stays the administrator's;
    what could never pass (an address to click, marks that turn text around) does not reach her.
    """
    found: dict[str, Fault] = {}
    for scope in filter(explained, declared.scopes):
        _judge(found, f"reason-{scope}", declared.scope_reasons.get(scope))
    _judge(found, "purpose", declared.purpose)
    _judge(found, "retention", declared.retention)
    if declared.automated is not None:
        _judge(found, "automated", declared.automated)
    if declared.purpose_code not in PURPOSES:
        found["purpose_code"] = "unknown"
    if declared.use_basis not in LAWFUL_BASES:
        found["use_basis"] = "missing"
    if (declared.public_body or declared.use_basis == CONSENT) and not declared.no_detriment:
        found["no_detriment"] = "attest"
    return found


def _judge(found: dict[str, Fault], name: str, phrase: Phrase | None) -> None:
    for tag in ("fr", "en"):
        fault = _fault_of("" if phrase is None else getattr(phrase, tag))
        if fault is not None:
            found[f"{name}-{tag}"] = fault


def _fault_of(text: str) -> Fault | None:
    if not text.strip():
        return "missing"
    if len(text) > LONGEST:
        return "too_long"
    if any(unicodedata.category(character) in _FORBIDDEN for character in text):
        return "unprintable"
    return "address" if "://" in text or "www." in text.lower() or "@" in text else None
