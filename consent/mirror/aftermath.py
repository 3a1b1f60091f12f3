"""What follows from an event besides its sum: a letter to its person, a grant to look after. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import orjson

from consent.limits import ONCE
from consent.mirror.entries import Entry

Care = Literal["begin", "look", "end", ""]
_TOLD = ("consent.", "dispute.")


class Aftermath(NamedTuple):
    """care: "begin" a silence anew, "look" again soon, "end" with the grant. template: of a mail, or ""."""

    care: Care
    template: str
    revision: int


_NOTHING = Aftermath("", "", 0)


def aftermath(entry: Entry, text: str) -> Aftermath:
    """What follows from an entry. text: its leaf, which was read once already."""
    if not entry.event.startswith(_TOLD):
        return _NOTHING
    leaf = orjson.loads(text)
    facts: Mapping[str, Any] = leaf["facts"]
    revision = leaf.get("revision")
    care, template = _follows(entry.event, facts)
    return Aftermath(care, template, revision if type(revision) is int else 0)


def _follows(event: str, facts: Mapping[str, Any]) -> tuple[Care, str]:
    once = facts.get("duration") == ONCE
    if event == "consent.given":
        return ("", "consent-given-once") if once else ("begin", "consent-given")
    if event == "consent.amended" and facts.get("added"):
        return ("end" if once else "begin"), "consent-widened"
    if event == "consent.paused":
        return "look", "consent-paused-unused" if facts.get("reason") == "unused" else ""
    if event == "dispute.closed":
        return "", "dispute-closed" if facts.get("by") == "administrator" else ""
    return _OTHERWISE.get(event, ("", ""))


_OTHERWISE: Mapping[str, tuple[Care, str]] = {
    "consent.amended": ("look", ""),
    "consent.resumed": ("begin", ""),
    "consent.revoked": ("end", "consent-revoked"),
    "consent.expired": ("end", "consent-expired"),
    "dispute.answered": ("", "dispute-answered"),
}
