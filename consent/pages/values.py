"""A person's own values, as she reads them: an item as a title and what else leaves with it.

Everything that a release would let out is shown, codes included, and nothing else: the preview is the
promise. Texts of hers are never translated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_skeleton

from consent.profile.fields import Dataset, Field
from foundation.text import N_
from foundation.web.i18n import Translator

Item = Mapping[str, Any]

_NOTHING = object()
_SAYS_NOTHING: tuple[object, ...] = (None, "", [], (), False, "unrated")
_PERIOD = frozenset({"start", "end", "current"})
_CODES = frozenset({"siret", "code"})


@dataclass(frozen=True, slots=True)
class Shown:
    """An item in words. details: short facts about it; prose: her own longer text, if any."""

    title: str
    details: tuple[str, ...]
    prose: str = ""


def show_item(dataset: Dataset, item: Item, t: Translator, fields: Iterable[Field] | None = None) -> Shown:
    """One item of a list. fields: those that would leave; all of the dataset's when not given."""
    chosen = tuple(fields or dataset.fields)
    item = {field.name: item[field.name] for field in chosen if field.name in item}
    title, others = _headed(dataset, item, chosen, t)
    details: list[str] = []
    prose: list[str] = []
    period = show_period(item, t) if any(field.name == "start" for field in others) else ""
    if period:
        details.append(period)
    for field in others:
        value = item.get(field.name)
        if field.name in _PERIOD or value in _SAYS_NOTHING or value == _implied(item, field):
            continue
        if field.kind == "prose":
            prose.append(str(value))
        else:
            details.append(_detail(field, value, t))
    return Shown(title, tuple(details), "\n\n".join(prose))


def _headed(
    dataset: Dataset, item: Item, fields: Sequence[Field], t: Translator
) -> tuple[str, Sequence[Field]]:
    """What an item is called, and the fields that are told beside it."""
    names = [item[name] for name in ("given_name", "family_name") if item.get(name)]
    if dataset.name == "advisers" and names:
        told = [field for field in fields if field.name not in {"given_name", "family_name"}]
        return " ".join(map(str, names)), told
    # Where an app asks a few fields alone, the one that names an item may not be among them.
    title = next((field for field in fields if item.get(field.name) not in _SAYS_NOTHING), None)
    if title is None:
        return t.gettext("Rien de rempli"), ()
    return _text(title, item[title.name], t), [field for field in fields if field is not title]


def show_facts(
    dataset: Dataset, item: Item, t: Translator, fields: Iterable[Field] | None = None
) -> list[tuple[str, str]]:
    """The label and value of each field that holds one; for datasets of one item and for detail pages."""
    return [
        (t.gettext(field.label), _text(field, item[field.name], t))
        for field in fields or dataset.fields
        if item.get(field.name) not in (None, "", [], ())
    ]


def show_date(text: str, t: Translator) -> str:
    """A partial date (YYYY, YYYY-MM, YYYY-MM-DD) in words; no time zone can shift it."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    if len(parts) == 2:
        return format_skeleton("yMMMM", date(parts[0], parts[1], 1), locale=t.language.formats)
    return t.dates.calendar_day(date(*parts))


def show_period(item: Item, t: Translator) -> str:
    """When something was: "mars 2019 – juin 2022", "depuis mars 2019"; "" when nothing is known."""
    start, end = item.get("start"), item.get("end")
    if start and end:
        return f"{show_date(start, t)} – {show_date(end, t)}"
    if start and (item.get("current") or "current" not in item):
        return t.gettext("depuis %(date)s") % {"date": show_date(start, t)}
    if start:
        return t.gettext("à partir de %(date)s") % {"date": show_date(start, t)}
    if end:
        return t.gettext("jusqu’à %(date)s") % {"date": show_date(end, t)}
    return t.gettext("en poste actuellement") if item.get("current") else ""


def _detail(field: Field, value: object, t: Translator) -> str:
    """A field among others: a code, a number or a yes needs its label to be understood."""
    label = t.gettext(field.label)
    if field.kind == "flag":
        return label
    text = _text(field, value, t)
    if field.name == "rome_code":
        return f"ROME {text}"
    if field.kind == "number" or field.name in _CODES or field.name.endswith("_code"):
        return t.gettext("%(label)s : %(value)s") % {"label": label, "value": text}
    return text


def _implied(item: Item, field: Field) -> object:
    """The value that another field says already: a code of the referential tells that a skill is of it."""
    return "rome" if field.name == "kind" and item.get("rome_code") else _NOTHING


def _text(field: Field, value: Any, t: Translator) -> str:  # noqa: ANN401  # a field's value, by its kind
    return _BY_KIND[field.kind](field, value, t)


def _choice(field: Field, value: str, t: Translator) -> str:
    return t.gettext(field.values[value]) if value in field.values else value


def _number(field: Field, value: int, t: Translator) -> str:
    return str(value) if field.name.endswith("year") else t.number(value)


def show_place(place: Item) -> str:
    """As in "Lille (59000)"."""
    return f"{place['label']} ({place['postal_code']})" if place.get("postal_code") else str(place["label"])


def show_list(values: Iterable[str], between: str = ", ") -> str:
    """Texts of a list, as one."""
    return between.join(values)


def _place(place: Item, t: Translator) -> str:
    text = show_place(place)
    if place.get("radius_km"):
        return t.gettext("%(place)s, à %(distance)s km autour") % {
            "place": text,
            "distance": place["radius_km"],
        }
    return text


_Formatter = Callable[[Field, Any, Translator], str]
_BY_KIND: Mapping[str, _Formatter] = {
    "text": lambda _field, value, _t: str(value),
    "prose": lambda _field, value, _t: str(value),
    "date": lambda _field, value, t: show_date(value, t),
    "choice": _choice,
    "choices": lambda field, value, t: ", ".join(_choice(field, one, t) for one in value),
    "flag": lambda _field, value, t: t.gettext(N_("Oui") if value else N_("Non")),
    "number": _number,
    "list": lambda _field, value, _t: show_list(value),
    "places": lambda _field, value, t: ", ".join(_place(place, t) for place in value),
}
