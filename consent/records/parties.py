"""Who takes part in a processing, in the words of TS 27560 (6.3.4, 6.3.6): holder, recipient, authority."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.abroad import AUTOMATED_ELEMENT, TRANSFERS_ELEMENT
from consent.requests import Element

_RIGHTS = ("access", "complaint", "erasure", "portability", "rectification", "withdraw_consent")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps the profiles: this server, as its operator declares it.

    issuer: URL of this server. contact: URL or address. storage: ISO 3166 codes, or "EU", of where data lie.
    jurisdiction: ISO 3166 code of the law that applies.
    """

    issuer: str
    name: str = "Accord"
    contact: str = ""
    storage: tuple[str, ...] = ("EU",)
    jurisdiction: str = "FR"
    authority: str = "CNIL"
    authority_url: str = "https://www.cnil.fr"

    @property
    def privacy_url(self) -> str:
        return f"{self.issuer}/help"


def parties_of(client_id: str, elements: Mapping[str, Element], holder: Holder) -> list[dict[str, Any]]:
    """Holder, recipient and authority; what nobody declared is null, never guessed."""
    asked = elements["recipient"]
    return [
        _party("holder", holder.issuer, holder.name, holder.contact or holder.issuer, holder.issuer)
        | {"lawful_basis": _grounds(elements).get("disclosure", "consent")},
        _party(
            "recipient",
            client_id,
            asked["legal_entity"] or asked["name"],
            asked.get("contact") or asked["privacy_url"] or None,
            asked["privacy_url"] or None,
        )
        | {"service": asked["name"], "lawful_basis": _grounds(elements).get("use", "not_declared")},
        _party("authority", holder.authority, holder.authority, holder.authority_url, holder.authority_url),
    ]


def purpose_of(elements: Mapping[str, Element], holder: Holder) -> dict[str, Any]:
    """The purpose, and what TS 27560 says per purpose."""
    purpose, retention = elements["purpose"], elements["retention"]
    transfers = elements.get(TRANSFERS_ELEMENT)
    return {
        "purpose": {"fr": purpose["fr"], "en": purpose["en"]},
        "purpose_type": "dpv:Purpose",
        "purpose_code": purpose["code"],
        "lawful_basis": _grounds(elements).get("disclosure", "consent"),
        "pii_controllers": ["holder", "recipient"],
        "processing_method": "disclosure_by_api",
        "storage_locations": list(holder.storage),
        "retention_period": {"fr": retention["fr"], "en": retention["en"]},
        "jurisdiction": holder.jurisdiction,
        "recipient_third_parties": ["recipient"],
        "withdrawal_method": f"{holder.issuer}/account/apps",
        "privacy_rights": list(_RIGHTS),
        "authority_party": "authority",
        "geographic_restrictions": "transfer_declared" if transfers else "no_transfer_declared",
        "transfers": transfers,
        "automated_decision": elements.get(AUTOMATED_ELEMENT, "none_declared"),
    }


def _grounds(elements: Mapping[str, Element]) -> Element:
    """The lawful basis of each controller, where the request says it."""
    return elements.get("grounds") or {}


def _party(role: str, party_id: str, name: str, contact: str | None, url: str | None) -> dict[str, Any]:
    return {
        "party_role": role,
        "party_id": party_id,
        "party_name": name,
        "party_type": "legal_entity",
        "party_address": None,
        "party_contact": contact,
        "party_url": url,
    }
