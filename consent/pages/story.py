"""Events as a person reads them: in words, by day, without what says nothing of her data.

An app may ask what it may read as often as it likes: the log keeps each time, her history one line a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from consent.catalogue import CATALOGUE
from consent.disputes.words import EVENTS as DISPUTES
from consent.events import is_listing
from consent.ledger.leaf import Leaf
from consent.ledger.searching.search import Row
from consent.mirror.days import DayLine
from consent.mirror.entries import date_of
from consent.pages.words import LISTED, EventWords, event_words
from consent.profile.fields import DATASETS
from foundation.text import N_
from foundation.web.i18n import Translator

Names = Mapping[str, str]  # grant id -> name of its app


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event as she reads it, or the newest of several that are told together. at: microseconds.

    times: how many they are. disputable: whether it is something an app did or may do.
    """

    at: int
    app: str
    grant_id: str
    event_id: str
    text: str
    detail: str
    drawing: str
    times: int
    disputable: bool


class Told(NamedTuple):
    """Lines, and the id of the last event in them: those that follow are older."""

    lines: list[HistoryLine]
    last: str | None


def tell(rows: Sequence[Row], names: Names, t: Translator, most: int) -> Told:
    """At most `most` lines of events, newest first. One whose text is damaged is left to the auditors."""
    together: dict[object, list[Leaf]] = {}
    last = None
    for row in rows:
        if row.leaf is not None:
            key = (row.leaf.grant, _day(row.leaf.time, t)) if is_listing(row.leaf) else row.event_id
            if key not in together and len(together) == most:
                break
            together.setdefault(key, []).append(row.leaf)
        last = row.event_id
    return Told([_line(leaves[0], len(leaves), names, t) for leaves in together.values()], last)


def by_day(lines: Sequence[HistoryLine], t: Translator) -> list[tuple[date, list[HistoryLine]]]:
    """Lines by day of the reader's zone."""
    return [(day, list(same)) for day, same in groupby(lines, key=lambda line: _day(line.at, t))]


def tell_days(lines: Iterable[DayLine], names: Names, t: Translator) -> list[tuple[date, list[HistoryLine]]]:
    """Days of the summaries, in their order; within a day, the newest first."""
    days = groupby(lines, key=lambda line: line.day)
    return [
        (
            date_of(day),
            [
                _line(line.leaf, line.times, names, t)
                for line in sorted(same, key=lambda line: line.leaf.id, reverse=True)
            ],
        )
        for day, same in days
    ]


def scope_labels(scopes: str, t: Translator) -> str:
    """The labels of space-separated scopes, in the catalogue's order; unknown ones as they are."""
    names = scopes.split()
    known = [t.gettext(CATALOGUE[name].label) for name in CATALOGUE if name in names]
    return ", ".join([*known, *(name for name in names if name not in CATALOGUE)])


def grants_in(leaf: Leaf) -> tuple[str, ...]:
    """The grants whose apps an event names."""
    return tuple(str(one) for one in (leaf.grant, leaf.facts.get("behalf_grant")) if one)


def line_of(leaf: Leaf, t: Translator) -> HistoryLine:
    """One event by itself; the page that shows it says of which app."""
    return _line(leaf, 1, {}, t)


def _day(moment: int, t: Translator) -> date:
    return t.dates.local(moment).date()


def _line(leaf: Leaf, times: int, names: Names, t: Translator) -> HistoryLine:
    grant_id, listing = leaf.grant or "", is_listing(leaf)
    words = LISTED if listing else _words(leaf.event)
    return HistoryLine(
        at=leaf.time,
        app=names.get(grant_id, ""),
        grant_id=grant_id,
        event_id=leaf.id,
        text=t.gettext(words.text),
        detail=_behalf(leaf, _times(times, t) if listing else _detail(leaf, t), names, t),
        drawing=words.drawing,
        times=1 if listing else times,
        disputable=leaf.event.partition(".")[0] in {"data", "code", "token"} or leaf.event == "consent.given",
    )


def _words(event: str) -> EventWords:
    found = DISPUTES.get(event)
    return event_words(event) if found is None else EventWords(*found)


def _times(count: int, t: Translator) -> str:
    text = t.ngettext(
        "Aucune de vos données n’est sortie.", "%(num)s fois. Aucune de vos données n’est sortie.", count
    )
    return text % {"num": t.number(count)}


def _behalf(leaf: Leaf, detail: str, names: Names, t: Translator) -> str:
    """The detail, with the app on whose behalf another one acted."""
    grant_id = leaf.facts.get("behalf_grant")
    if not grant_id:
        return detail
    app = names.get(str(grant_id)) or str(leaf.facts.get("behalf"))
    said = N_("%(what)s, pour le compte de %(app)s") if detail else N_("Pour le compte de %(app)s")
    return t.gettext(said) % {"what": detail, "app": app}


def _detail(leaf: Leaf, t: Translator) -> str:
    """What was read or decided: "Compétences, 4 éléments"."""
    labels = scope_labels(leaf.scopes or "", t)
    if leaf.event == "consent.expired":
        # The event's own time is that of its record, which may be later.
        until = t.moment(int(leaf.facts.get("expires_at") or leaf.time))
        return t.gettext(N_("%(what)s, jusqu’au %(moment)s")) % {"what": labels, "moment": until}
    if leaf.event != "data.read":
        return labels if leaf.event.startswith("consent.") else ""
    dataset = DATASETS.get(str(leaf.facts.get("dataset")))
    if dataset is None or dataset.single:
        return labels
    count = int(leaf.facts.get("count") or 0)
    text = t.ngettext("%(what)s : %(num)s élément", "%(what)s : %(num)s éléments", count)
    return text % {"what": labels, "num": t.number(count)}
