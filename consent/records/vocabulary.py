"""Our words as linked data: each term of a record is an IRI of the W3C Data Privacy Vocabulary (DPV 2).

The context is a document that the server publishes; a record names it and stands without it. The mapping
follows the DPV guide for ISO/IEC TS 27560; what DPV has no word for gets one of ours.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

CONTEXT_PATH = "/records/context/2"
_DPV, _PD, _LOC, _DCT = (
    "https://w3id.org/dpv#",
    "https://w3id.org/dpv/pd#",
    "https://w3id.org/dpv/loc#",
    "http://purl.org/dc/terms/",
)
_OURS = "urn:accord:consent-record:2#"

State = Literal[
    "requested",
    "given",
    "refused",
    "reconfirmed",
    "amended",
    "paused",
    "withdrawn",
    "expired",
    "terminated",
]

# Categories of personal data (DPV-PD): by scope, the narrowest that is true of all it lets out.
PII_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "openid": "pd:Identifying",
        "profile": "pd:Identifying",
        "email": "pd:EmailAddress",
        "skills": "pd:Professional",
        "languages": "pd:Language",
        "interests": "pd:Interest",
        "experiences": "pd:Professional",
        "contracts": "pd:Professional",
        "trainings": "pd:Education",
        "licences": "pd:Identifying",
        "job_targets": "pd:Professional",
        "contact": "pd:Contact",
        "birthdate": "pd:BirthDate",
        "status": "pd:Professional",
        "benefits": "pd:Financial",
        "advisers": "pd:Professional",
    }
)

# Values that stand for concepts: what a reader of linked data gets for them.
_CONCEPTS = {
    "requested": _DPV + "ConsentRequested",
    "given": _DPV + "ConsentGiven",
    "refused": _DPV + "ConsentRefused",
    "reconfirmed": _DPV + "RenewedConsentGiven",
    "amended": _OURS + "amended",  # given still, for something else than before
    "paused": _OURS + "paused",
    "withdrawn": _DPV + "ConsentWithdrawn",
    "expired": _DPV + "ConsentExpired",
    "terminated": _DPV + "ConsentRevoked",  # by somebody else than the person
}
_BASES = {
    "consent": "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a",
    "contract": "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b",
    "legal_obligation": "https://w3id.org/dpv/legal/eu/gdpr#A6-1-c",
    "public_task": "https://w3id.org/dpv/legal/eu/gdpr#A6-1-e",
    "legitimate_interests": "https://w3id.org/dpv/legal/eu/gdpr#A6-1-f",
    "not_declared": _OURS + "not_declared",
}
_RELATIONS = {
    "schema_version": _DCT + "conformsTo",
    "record_id": _DCT + "identifier",
    "receipt_id": _DCT + "identifier",
    "previous_record_id": _DCT + "replaces",
    "pii_principal_id": _DPV + "hasDataSubject",
    "notice": _DPV + "hasNotice",
    "privacy_notice": _DPV + "hasNotice",
    "language": _DCT + "language",
    "version": _DCT + "hasVersion",
    "effect_of_refusal": _DPV + "hasConsequence",
    "purposes": _DPV + "hasProcess",
    "purpose": _DPV + "hasPurpose",
    "collection_method": _DPV + "hasDataSource",
    "processing_method": _DPV + "hasProcessing",
    "retention_period": _DPV + "hasStorageCondition",
    "pii_controllers": _DPV + "hasDataController",
    "recipient_third_parties": _DPV + "hasRecipient",
    "authority_party": _DPV + "hasAuthority",
    "withdrawal_method": _DPV + "hasConsentControl",
    "privacy_rights": _DPV + "hasRight",
    "geographic_restrictions": _DPV + "hasRule",
    "transfers": _DPV + "hasProcessingContext",
    "countries": _DPV + "hasThirdCountry",
    "safeguard": _DPV + "hasOrganisationalMeasure",
    "automated_decision": _DPV + "hasAutomationLevel",
    "pii_information": _DPV + "hasPersonalData",
    "pii_attribute_id": _DCT + "identifier",
    "pii_optional": _DPV + "hasNecessity",
    "sensitivity": _DPV + "hasSensitivityLevel",
    "reason": _DPV + "hasJustification",
    "parties": _DPV + "hasEntity",
    "party_id": _DCT + "identifier",
    "party_name": _DPV + "hasName",
    "party_address": _DPV + "hasAddress",
    "party_contact": _DPV + "hasContact",
    "frequency": _DPV + "hasFrequency",
    "duration": _DPV + "hasDuration",
    "expires_at": _DCT + "valid",
    "events": _DPV + "hasContext",
    "event_time": _DCT + "date",
    "validity_duration": _DCT + "valid",
    "entity_id": _DPV + "isIndicatedBy",
    "method": _DPV + "hasIndicationMethod",
}


def _coded(iri: str, concepts: Mapping[str, str]) -> dict[str, Any]:
    """A relation whose values are words of a list: each stands for an IRI (JSON-LD 1.1, scoped context)."""
    return {"@id": iri, "@type": "@vocab", "@context": dict(concepts)}


def context_document() -> dict[str, Any]:
    """The context, as published (JSON-LD 1.1). What no line names keeps a name of ours, nothing is lost."""
    located = {"@id": _DPV + "hasLocation", "@type": "@vocab", "@context": {"@vocab": _LOC}}
    terms: dict[str, Any] = {
        "@version": 1.1,
        "@vocab": _OURS,
        "pd": _PD,
        "dpv": _DPV,
        "ConsentRecord": _DPV + "ConsentRecord",
        "fr": {"@id": _DCT + "description", "@language": "fr"},
        "en": {"@id": _DCT + "description", "@language": "en"},
        "lawful_basis": _coded(_DPV + "hasLegalBasis", _BASES),
        "event_state": _coded(_DPV + "hasConsentStatus", _CONCEPTS),
        "event_type": _coded(_DPV + "hasIndicationMethod", {"expressed": _DPV + "ExpressedConsent"}),
        "purpose_type": {"@id": "@type"},
        "pii_type": {"@id": "@type"},
        "storage_locations": located,
        "jurisdiction": located | {"@id": _DPV + "hasJurisdiction"},
    }
    return {"@context": terms | _RELATIONS}
