"""The auditors' console as data: filters from a query, events as table rows."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from consent.catalogue import CATALOGUE, PURPOSES
from consent.events import ConsentAsked
from consent.ledger.events import catalogue
from consent.ledger.searching.search import Filters, Row
from consent.pages.story import scope_labels
from consent.pages.words import AUDITOR_EVENTS, OUTCOMES
from consent.profile.fields import DATASETS
from foundation.clock import SECOND
from foundation.text import N_
from foundation.web.forms import Form
from foundation.web.i18n import Translator

TEXT_FILTERS = ("client", "person", "grant", "request")
CHOICE_FILTERS = ("event", "log", "outcome", "scope", "purpose")
PLACE_FILTERS = ("first", "last")
_LONGEST = 100
# What the console calls each filter.
FILTERS: Mapping[str, str] = {
    "event": N_("Événement"),
    "since": N_("Du"),
    "until": N_("Au"),
    "client": N_("Application"),
    "person": N_("Pseudonyme"),
    "outcome": N_("Résultat"),
    "scope": N_("Donnée"),
    "purpose": N_("But annoncé"),
    "log": N_("Registre"),
    "grant": N_("Autorisation (identifiant)"),
    "request": N_("Référence de requête"),
    "first": N_("Du rang"),
    "last": N_("Au rang"),
}
_WRONG = {
    "since": N_("%(field)s : cette date n’existe pas."),
    "until": N_("%(field)s : cette date n’existe pas."),
    "first": N_("%(field)s : donnez un nombre."),
    "last": N_("%(field)s : donnez un nombre."),
}
_LONGEST_PLACE = 15  # digits: past every tree there will be
_FEW_FACTS = 3
_LONG_FACT = 24  # beyond, a hash that nobody compares by eye in a table
_TIMES = frozenset(("since", "until"))
_FACTS = {
    "once": N_("une seule fois"),
    "30d": N_("30 jours"),
    "180d": N_("6 mois"),
    "person": N_("par la personne"),
    "app": N_("par l’application"),
    "administrator": N_("par un administrateur"),
    "first": N_("première demande"),
    "changed": N_("demande modifiée"),
    "ended": N_("autorisation terminée"),
    "prompted": N_("à la demande de l’application"),
}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event of a page of the console. at: microseconds; proved: a signed head covers it."""

    event_id: str
    position: int | None
    at: int
    event: str
    words: str
    outcome: str
    outcome_words: str
    client: str
    app: str
    person: str
    grant: str
    detail: str
    proved: bool
    deadline: int | None
    damaged: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A search as typed. values: field -> text, without the empty ones; wrong: fields that cannot be read."""

    values: Mapping[str, str]
    filters: Filters
    wrong: tuple[str, ...]

    @property
    def names(self) -> str:
        """Names of the filters used, space-separated and sorted: what the ledger may say of a search."""
        return " ".join(sorted(self.values))


def read_query(form: Form, zone: tzinfo) -> Query:
    """The search in a query string. zone: the reader's, in which its days begin and end."""
    names = (*CHOICE_FILTERS, *TEXT_FILTERS, *_WRONG)
    values = {name: form.single(name).strip()[:_LONGEST] for name in names}
    values = {name: value for name, value in values.items() if value}
    since = _day(values.get("since", ""), zone, days=0)
    until = _day(values.get("until", ""), zone, days=1)  # the last day counts whole
    read = {"since": since, "until": until} | {name: _place(values.get(name, "")) for name in PLACE_FILTERS}
    wrong = [name for name, number in read.items() if name in values and number is None]
    exact: dict[str, Any] = {name: values.get(name) for name in (*CHOICE_FILTERS, *TEXT_FILTERS)}
    if exact["purpose"] and not exact["event"]:
        exact["event"] = ConsentAsked.SPEC.name  # the one that lists purposes: its index leads there
    return Query(values, Filters(**(exact | read)), tuple(wrong))


def wrong_words(query: Query, t: Translator) -> dict[str, str]:
    """What is said of each field that cannot be read."""
    return {name: t.gettext(_WRONG[name]) for name in query.wrong}


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PLACE else None


def _day(text: str, zone: tzinfo, *, days: int) -> int | None:
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return int(datetime.combine(day, time(), zone).timestamp()) * SECOND
    except (ValueError, OverflowError):
        return None


def scope_choices(t: Translator) -> list[tuple[str, str]]:
    """Every scope, for the filter: (name, words)."""
    return [(name, f"{t.gettext(scope.label)} – {name}") for name, scope in CATALOGUE.items()]


def purpose_choices(t: Translator) -> list[tuple[str, str]]:
    """Every registered purpose, for the filter: (code, words)."""
    return [(code, f"{t.gettext(purpose.label)} – {code}") for code, purpose in PURPOSES.items()]


def event_choices(t: Translator) -> list[tuple[str, str]]:
    """Every type of event that exists, for the filter: (name, words)."""
    return [(line.name, f"{_words(line.name, t)} – {line.name}") for line in catalogue()]


def audit_lines(rows: Sequence[Row], names: Mapping[str, str], t: Translator) -> list[AuditLine]:
    """Events as rows. names: client id -> name of the apps still registered."""
    return [_line(row, names, t) for row in rows]


def _line(row: Row, names: Mapping[str, str], t: Translator) -> AuditLine:
    leaf = row.leaf
    client = (leaf.client if leaf else None) or ""
    outcome = leaf.outcome if leaf else ""
    return AuditLine(
        event_id=row.event_id,
        position=row.position,
        at=leaf.time if leaf else 0,
        event=leaf.event if leaf else "",
        words=_words(leaf.event, t) if leaf else "",
        outcome=outcome,
        outcome_words=t.gettext(OUTCOMES[outcome]) if outcome else "",
        client=client,
        app=names.get(client, client),
        person=(leaf.person if leaf else None) or "",
        grant=(leaf.grant if leaf else None) or "",
        detail=_detail(leaf.scopes, leaf.facts, t) if leaf else "",
        proved=row.state == "integrated",
        deadline=row.deadline,
        damaged=leaf is None,
    )


def _detail(scopes: str | None, facts: Mapping[str, Any], t: Translator) -> str:
    """Scopes in words, and the few facts that tell one row from another."""
    said = [scope_labels(scopes, t)] if scopes else []
    count, hidden = facts.get("count"), facts.get("hidden")
    if count is not None and facts.get("dataset") in DATASETS:
        said.append(t.ngettext("%(num)s élément", "%(num)s éléments", count) % {"num": t.number(count)})
    if hidden:
        said.append(t.ngettext("%(num)s élément gardé", "%(num)s éléments gardés", hidden) % {"num": hidden})
    if facts.get("declined"):
        said.append(t.gettext("refusé : %(what)s") % {"what": scope_labels(str(facts["declined"]), t)})
    said += [
        t.gettext(_FACTS[one]) for name in ("duration", "by", "reason") if (one := facts.get(name)) in _FACTS
    ]
    if facts.get("behalf"):
        said.append(t.gettext("pour le compte de %(app)s") % {"app": facts["behalf"]})
    return " · ".join(said or _few(facts, t))


def _few(facts: Mapping[str, Any], t: Translator) -> list[str]:
    """Technical facts; a flag says its name when it is set, and what is empty says nothing."""
    said = {name: value for name, value in facts.items() if value not in {None, ""} and value is not False}
    told = [
        name if value is True else f"{name} {_short(fact(name, value, t))}" for name, value in said.items()
    ]
    return told[:_FEW_FACTS]


def fact(name: str, value: object, t: Translator) -> str:
    """A fact of a leaf as a page says it: a time in the reader's zone, anything else as it is."""
    is_time = name in _TIMES or name.endswith(("_at", "_until"))
    return t.dates.exact(value) if is_time and type(value) is int else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONG_FACT else f"{text[:_LONG_FACT]}…"


def _words(event: str, t: Translator) -> str:
    return t.gettext(AUDITOR_EVENTS[event]) if event in AUDITOR_EVENTS else event


def short_root(root: bytes) -> str:
    """The first and last characters of a root hash, in base64 as the signed note spells it."""
    text = base64.b64encode(root).decode()
    return f"{text[:6]}…{text[-6:]}"
