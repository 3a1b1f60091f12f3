"""A record of any version, as pages tell it: one form, whatever was signed at the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.clock import SECOND

_FIRST = "accord-consent-record/1"


@dataclass(frozen=True, slots=True)
class ScopeTold:
    """One scope. decision: "asked", "granted" or "refused". held_back: how many items."""

    scope: str
    decision: str
    held_back: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a record says. Times are microseconds, None where no grant came of it; texts by language.

    erased_by: when the recipient will have erased what it read; None where it named no number of days.
    transfers, automated: as in the record, None where nothing was declared (or asked, in the first version).
    holder: who kept the profile, a party of the record; None in the first version.
    """

    state: str
    at: int
    client_id: str
    recipient: str
    service: str
    purpose: Mapping[str, str]
    retention: Mapping[str, str]
    withdrawal: str
    since: int | None
    until: int | None
    scopes: tuple[ScopeTold, ...]
    notice: Mapping[str, Any] | None
    actor: str
    erased_by: int | None = None
    transfers: Mapping[str, Any] | None = None
    automated: Mapping[str, str] | None = None
    holder: Mapping[str, Any] | None = None

    @property
    def notice_sha256(self) -> str:
        return (self.notice or {}).get("notice_sha256") or ""


def told(record: Mapping[str, Any]) -> Told:
    """What a checked record says. Raises KeyError for what is no record."""
    first = record["schema_version"] == _FIRST
    event = record["event"] if first else record["events"][-1]
    purpose = record["purpose"] if first else record["purposes"][0]
    terms, automated = record["terms"] or {}, purpose.get("automated_decision")
    return Told(
        **(_recipient_of_first(record) if first else _recipient(record)),
        state=event["event_state"],
        at=_moment(event["event_time"]),
        actor=event["actor"],
        purpose=purpose["purpose"],
        retention=purpose["retention_period"],
        withdrawal=purpose["withdrawal_method"],
        since=_moment(terms["valid_from"]) if terms else None,
        until=_moment(terms["expires_at"]) if terms else None,
        erased_by=_moment(terms["data_erase_at"]) if terms.get("data_erase_at") else None,
        scopes=tuple(_scope(one) for one in (record["scopes"] if first else purpose["pii_information"])),
        notice=record["notice"],
        transfers=purpose.get("transfers"),
        holder=None if first else _party(record, "holder"),
        automated=automated if isinstance(automated, dict) else None,
    )


def _recipient(record: Mapping[str, Any]) -> dict[str, str]:
    party = _party(record, "recipient")
    return {"client_id": party["party_id"], "recipient": party["party_name"], "service": party["service"]}


def _party(record: Mapping[str, Any], role: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in record["parties"] if one["party_role"] == role)
    return found


def _recipient_of_first(record: Mapping[str, Any]) -> dict[str, str]:
    party = record["recipient"]
    entity = party["legal_entity"] or party["name"]
    return {"client_id": party["client_id"], "recipient": entity, "service": party["name"]}


def _scope(one: Mapping[str, Any]) -> ScopeTold:
    items = one.get("item_filter") or {}
    return ScopeTold(one["scope"], one["decision"], len(items.get("held_back", ())))


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND
