"""Events as OCSF says them (Open Cybersecurity Schema Framework, schema.ocsf.io). Pure.

Each event has one class and one activity; what OCSF has no word for is a base event. What is particular to
ours stands whole in `unmapped`, and the leaf word for word in `raw_data`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.ledger.export import Followed
from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.moments import moment_of

VERSION = "1.8.0"
_PRODUCT = {"name": "Accord", "vendor_name": "Accord"}
_OTHER = 99
_MILLISECOND = 1_000
_INFORMATIONAL, _LOW, _HIGH = 1, 2, 4
_NOBODY = "unknown"


class Kind(NamedTuple):
    """A class of OCSF and an activity of it."""

    class_uid: int
    activity: int


_BASE = Kind(0, _OTHER)
_AUTHENTICATION, _ENTITY, _ACCESS, _ACCOUNT, _API, _DATASTORE = 3002, 3004, 3005, 3001, 6003, 6005
KINDS: Mapping[str, Kind] = {
    "login.succeeded": Kind(_AUTHENTICATION, 1),
    "login.failed": Kind(_AUTHENTICATION, 1),
    "session.ended": Kind(_AUTHENTICATION, 2),
    "code.issued": Kind(_AUTHENTICATION, 3),
    "code.redeemed": Kind(_AUTHENTICATION, 3),
    "code.replayed": Kind(_AUTHENTICATION, 3),
    "token.issued": Kind(_AUTHENTICATION, 4),
    "token.exchanged": Kind(_AUTHENTICATION, 4),
    "token.refreshed": Kind(_AUTHENTICATION, 5),
    "token.reused": Kind(_AUTHENTICATION, 5),
    "token.revoked": Kind(_AUTHENTICATION, _OTHER),
    "consent.given": Kind(_ACCESS, 1),
    "consent.amended": Kind(_ACCESS, 1),
    "consent.resumed": Kind(_ACCESS, 1),
    "consent.refused": Kind(_ACCESS, 1),
    "consent.paused": Kind(_ACCESS, 2),
    "consent.revoked": Kind(_ACCESS, 2),
    "consent.expired": Kind(_ACCESS, 2),
    "account.created": Kind(_ACCOUNT, 1),
    "account.password_changed": Kind(_ACCOUNT, 3),
    "account.password_reset": Kind(_ACCOUNT, 4),
    "account.locked": Kind(_ACCOUNT, 9),
    "person.erased": Kind(_ENTITY, 4),
    "evidence.destroyed": Kind(_ENTITY, 4),
    "key.staged": Kind(_ENTITY, 1),
    "key.activated": Kind(_ENTITY, 10),
    "key.archived": Kind(_ENTITY, 3),
    "key.resealed": Kind(_ENTITY, 3),
    "key.retired": Kind(_ENTITY, 11),
    "key.revoked": Kind(_ENTITY, 4),
    "client.registered": Kind(_ENTITY, 1),
    "client.changed": Kind(_ENTITY, 3),
    "client.updated": Kind(_ENTITY, 3),
    "client.deleted": Kind(_ENTITY, 4),
    "client.suspended": Kind(_ENTITY, 12),
    "client.resumed": Kind(_ENTITY, 13),
    "data.read": Kind(_DATASTORE, 1),
    "data.limited": Kind(_DATASTORE, 1),
    "data.written": Kind(_DATASTORE, 5),
    "grant.queried": Kind(_API, 2),
    "auditor.searched": Kind(_API, 2),
    "auditor.exported": Kind(_API, 2),
    "unmask.looked": Kind(_API, 2),
    "evidence.opened": Kind(_API, 2),
    "breach.queried": Kind(_API, 2),
    "breach.listed": Kind(_API, 2),
}
_ALARMS = {"token.reused", "code.replayed"}


def ocsf_event(row: Followed) -> dict[str, Any]:
    """One event. Of one that was retired, or is no leaf any more, a base event with what is known."""
    try:
        leaf = None if row.leaf is None else parse_leaf(row.leaf)
    except LeafError:
        leaf = None
    if leaf is None:
        about = {"leaf_hash": row.leaf_hash.hex(), "retired": row.leaf is None}
        return _common(row, _BASE, moment_of(row.event_id), about)
    kind = KINDS.get(leaf.event, _BASE)
    common = _common(row, kind, leaf.time, dict(leaf.facts))
    common["severity_id"] = _severity(leaf)
    common["status_id"] = 1 if leaf.outcome == "success" else 2
    common["metadata"] |= {"event_code": leaf.event, "log_name": leaf.log}
    if leaf.request:
        common["metadata"]["correlation_uid"] = leaf.request
    if leaf.grant:
        common["unmapped"]["grant"] = leaf.grant
    return common | _particular(leaf, kind.class_uid)


def _common(row: Followed, kind: Kind, at: int, unmapped: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "metadata": {"version": VERSION, "product": _PRODUCT, "uid": row.event_id, "sequence": row.position},
        "time": at // _MILLISECOND,
        "category_uid": kind.class_uid // 1_000,
        "class_uid": kind.class_uid,
        "activity_id": kind.activity,
        "type_uid": kind.class_uid * 100 + kind.activity,
        "severity_id": _INFORMATIONAL,
        "unmapped": unmapped,
    }
    return said if row.leaf is None else said | {"raw_data": row.leaf}


def _severity(leaf: Leaf) -> int:
    if leaf.event in _ALARMS:
        return _HIGH
    return _INFORMATIONAL if leaf.outcome == "success" else _LOW


def _particular(leaf: Leaf, class_uid: int) -> dict[str, Any]:
    """What a class asks for beside what all have."""
    user = {"uid": leaf.person or leaf.client or _NOBODY}
    caller = {"app_uid": leaf.client} if leaf.client else {"user": user}
    told: Mapping[int, dict[str, Any]] = {
        _AUTHENTICATION: {
            "user": user,
            "service": {"uid": leaf.client} if leaf.client else {"name": "Accord"},
        },
        _ACCOUNT: {"user": user},
        _ACCESS: {"user": user, "privileges": (leaf.scopes or "").split(), "actor": caller},
        _ENTITY: {"entity": _entity(leaf)},
        _DATASTORE: {
            "actor": caller,
            "src_endpoint": _endpoint(leaf),
            "table": {"name": str(leaf.facts.get("dataset", _NOBODY))},
        },
        _API: {"actor": caller, "src_endpoint": _endpoint(leaf), "api": {"operation": leaf.event}},
    }
    return told.get(class_uid, {})


def _endpoint(leaf: Leaf) -> dict[str, Any]:
    """Where it came from: no address is in the log, so the app's id."""
    return {"uid": leaf.client} if leaf.client else {"name": "Accord"}


def _entity(leaf: Leaf) -> dict[str, Any]:
    what = leaf.event.partition(".")[0]
    uid = {"key": leaf.facts.get("kid"), "client": leaf.client}.get(what) or leaf.person
    return {"name": what} | ({"uid": uid} if uid else {})
