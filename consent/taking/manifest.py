"""What goes with each export: what is in it, what it was taken under, and what that proves. Pure."""

from collections.abc import Mapping
from typing import Any

from consent.ledger.moments import moment_of
from consent.rights.document import iso
from consent.taking.job import Come, Order
from consent.taking.ocsf import VERSION
from consent.taking.reading import is_whole

FORMAT_VERSION = 1
_WHOLE = (
    "Complete: the events of these positions, the proof and the signed checkpoint give one root, so that none"
    " of them was left out."
)
_FILTERED = (
    "Each event is proved to stand in the log. That no other event meets the filter is what the server says;"
    " nothing proves it. For proof of completeness, export a whole range and filter it yourself."
)


def manifest_of(order: Order, come: Come, sums: Mapping[str, str]) -> dict[str, Any]:
    """The document. sums: SHA-256 of the file and of its proof, by name, in this order."""
    (file, proof), whole = sums, is_whole(order.filters)
    return {
        "accord_export": FORMAT_VERSION,
        "id": order.id,
        "made_at": iso(order.made_at),
        "format": order.format,
        "schema": f"OCSF {VERSION}" if order.format == "ocsf" else None,
        "filter": dict(order.typed),
        "positions": {"first": order.span.start, "end": order.span.end},
        "times": {"first": _time(come.first_id), "last": _time(come.last_id)},
        "rows": come.rows,
        "retired": come.retired,
        "file": {"name": file, "sha256": sums[file]},
        "proof": {"name": proof, "sha256": sums[proof]},
        "log": order.origin,
        "tree_size": order.size,
        "checkpoint": order.checkpoint,
        "completeness": {"proven": whole, "says": _WHOLE if whole else _FILTERED},
    }


def _time(event_id: str) -> str | None:
    return iso(moment_of(event_id)) if event_id else None
