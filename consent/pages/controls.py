"""A profile item as a form, and back: one control a field, in the order of the dataset.

What a form does not show (codes of nomenclatures) is kept from the stored item, and dropped when the text it
goes with is changed. Validation is the profile's own; here values only take their types.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from consent.pages.sections import dataset_scopes
from consent.pages.values import show_list, show_place
from consent.profile.fields import DATASETS, Field
from consent.profile.problems import Problem
from consent.profile.schemas import MODELS
from foundation.text import N_
from foundation.web.forms import Form
from foundation.web.i18n import Translator
from foundation.web.templates import FIELD_LABEL

Given = dict[str, Any]

# Not typed by hand: the code a text goes with, and the texts whose change makes it wrong.
_FOLLOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "skills": {"kind": (), "rome_code": ()},
    "experiences": {"rome_code": ("title",)},
    "trainings": {"domain_code": ("domain",)},
    "job_targets": {"label": (), "appellation_code": (), "rome_label": (), "rome_code": ()},
    "contact": {"insee_code": ("city", "postal_code"), "country_code": ("country",)},
    "languages": {"label": ()},
    "licences": {"label": ()},
}
_CHOSEN = {"rome", "soft"}  # kinds of skill whose label is the referential's
_HINTS = {
    "start": N_("Par exemple 2021, 03/2021 ou 15/03/2021."),
    "end": N_("Laissez vide si ce n’est pas fini."),
    "since": N_("Par exemple 2021, 03/2021 ou 15/03/2021."),
    "phones": N_("Un numéro par ligne."),
    "lines": N_("Une ligne par ligne d’adresse."),
    "places": N_("Un lieu par ligne, avec son code postal entre parenthèses : Lille (59000)."),
}
_PROSE_HINT = N_(
    "N’écrivez rien sur votre santé, vos convictions ou vos proches : une application pourrait le lire."
)
_COMPLETE = {
    "given_name": "given-name", "family_name": "family-name", "lines": "street-address",
    "postal_code": "postal-code", "city": "address-level2", "country": "country-name", "email": "email",
}  # fmt: skip
_FRENCH_DATE = re.compile(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})", re.ASCII)
_PLACE = re.compile(r"(.*?)\s*(?:\(([^()]*)\))?")


@dataclass(frozen=True, slots=True)
class Control:
    """One control. kind: "line", "area", "select", "boxes", "box". value: text, or the values ticked."""

    name: str
    label: str
    kind: str
    value: Any
    hint: str
    optional: bool
    options: tuple[tuple[str, str], ...]
    also: Mapping[str, str]


def controls(dataset: str, item: Mapping[str, Any], t: Translator) -> list[Control]:
    """The controls for an item (empty for a new one), with its values in them."""
    return [_control(dataset, field, item.get(field.name), t) for field in typed_fields(dataset, item)]


def typed_fields(dataset: str, item: Mapping[str, Any]) -> list[Field]:
    """The fields that a person fills in herself."""
    hidden = set(_FOLLOWS.get(dataset, {}))
    if dataset == "skills" and item.get("kind") in _CHOSEN:
        hidden.add("label")
    return [field for field in DATASETS[dataset].fields if field.name not in hidden]


def _control(dataset: str, field: Field, value: Any, t: Translator) -> Control:  # noqa: ANN401  # any field's
    required = MODELS[dataset].model_fields[field.name].is_required()
    hint = _HINTS.get(field.name, _PROSE_HINT if field.kind == "prose" else "")
    also = {"autocomplete": _COMPLETE.get(field.name, "off")}
    if field.kind == "number":
        also["inputmode"] = "numeric"
    return Control(
        name=field.name,
        label=t.gettext(_named_by(dataset, field).label),
        kind=_KINDS.get(field.kind, "line") if field.name != "code" else "select",
        value=_written(field, value),
        hint=t.gettext(hint) if hint else "",
        optional=not required and field.kind not in {"flag", "choice"},
        options=_options(dataset, field, t, required=required),
        also=also,
    )


def _named_by(dataset: str, field: Field) -> Field:
    """The field whose label stands at a control: what is picked from a list is a language, not its code."""
    return DATASETS[dataset].fields[0] if field.name == "code" else field


_KINDS = {
    "prose": "area",
    "list": "area",
    "places": "area",
    "choice": "select",
    "choices": "boxes",
    "flag": "box",
}


def _options(dataset: str, field: Field, t: Translator, *, required: bool) -> tuple[tuple[str, str], ...]:
    if field.name == "code":
        return tuple((code, label) for code, label in coded(dataset, t.tag).items())
    known = tuple((value, t.gettext(text)) for value, text in field.values.items())
    default = MODELS[dataset].model_fields[field.name].default
    nothing = not required and field.kind == "choice" and default is None
    return (("", t.gettext("Sans réponse")), *known) if nothing else known


@cache
def coded(dataset: str, tag: str) -> Mapping[str, str]:
    """Code -> label of a dataset whose items are picked from a list: languages (ISO 639-1), licences."""
    if dataset == "licences":
        return _LICENCES
    from babel import Locale  # noqa: PLC0415  # a table of 600 names, wanted by this form alone

    names = Locale.parse("en" if tag == "en" else "fr").languages
    spoken = {code: name[:1].upper() + name[1:] for code, name in names.items() if len(code) == 2}
    return dict(sorted(spoken.items(), key=lambda pair: pair[1]))


_LICENCES = {
    "AM": "AM - Cyclomoteur", "A1": "A1 - Moto légère", "A2": "A2 - Moto intermédiaire", "A": "A - Moto",
    "B1": "B1 - Quadricycle lourd", "B": "B - Véhicule léger", "BE": "BE - Véhicule léger et remorque",
    "C1": "C1 - Poids lourd léger", "C1E": "C1E - Poids lourd léger et remorque", "C": "C - Poids lourd",
    "CE": "CE - Poids lourd et remorque", "D1": "D1 - Minibus", "D1E": "D1E - Minibus et remorque",
    "D": "D - Transport en commun", "DE": "DE - Transport en commun et remorque",
}  # fmt: skip


def _written(field: Field, value: Any) -> Any:  # noqa: ANN401  # any field's
    """A stored value as the control shows it."""
    if field.kind == "choices":
        return tuple(value or ())
    if field.kind == "flag":
        return bool(value)
    if value is None:
        return ""
    if field.kind == "date":
        return "/".join(reversed(value.split("-")))
    if field.kind == "places":
        return "\n".join(show_place(place) for place in value)
    return show_list(value, "\n") if field.kind == "list" else str(value)


def read_item(dataset: str, form: Form, stored: Mapping[str, Any]) -> Given:
    """What a form makes of an item. stored: the item as it stands, empty for a new one."""
    given = {name: value for name, value in stored.items() if value is not None}
    for field in typed_fields(dataset, stored):
        value = _read(field, form, stored.get(field.name))
        given.pop(field.name, None)
        if value is not None:
            given[field.name] = value
    for code, texts in _FOLLOWS.get(dataset, {}).items():
        if any(given.get(text) != stored.get(text) for text in texts):
            given.pop(code, None)
    if dataset in {"languages", "licences"}:
        given["label"] = coded(dataset, "fr").get(given.get("code", ""), "")
    return given


def _read(field: Field, form: Form, before: Any) -> Any:  # noqa: ANN401  # any field's
    if field.kind == "flag":
        return field.name in form
    if field.kind == "choices":
        return form.many(field.name)
    text = form.single(field.name).replace("\r\n", "\n").strip()
    return _typed(field.kind, text, before) if text else None


def _typed(kind: str, text: str, before: Any) -> Any:  # noqa: ANN401  # any field's
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    match kind:
        case "number":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text
        case "date":
            return iso_date(text)
        case "list":
            return lines
        case "places":
            return [_place(line, before or ()) for line in lines]
    return text


def iso_date(text: str) -> str:
    """A date as people write it ("15/03/2021", "3/2021", "2021") as stored; anything else untouched."""
    found = _FRENCH_DATE.fullmatch(text)
    if found is None:
        return text
    day, month, year = found.groups()
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def _place(line: str, before: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A place from its line; one that was there keeps its codes."""
    for place in before:
        if show_place(place) == line:
            return place
    found = _PLACE.fullmatch(line)
    label, code = found.groups() if found else (line, None)
    return {"label": label, "postal_code": code} if code else {"label": label}


def errors_by_field(
    dataset: str, item: Mapping[str, Any], problems: Iterable[Problem], t: Translator
) -> dict[str, str]:
    """The first message of each field of the form; what is not on it is told at a field it goes with.

    Left open in a message: the field's label, which the page puts in.
    """
    shown = [field.name for field in typed_fields(dataset, item)]
    known = {field.name for field in DATASETS[dataset].fields}
    found: dict[str, str] = {}
    for problem in problems:
        text, name = t.gettext(problem.message), re.split(r"[.\[]", problem.path, maxsplit=1)[0]
        if name not in known:
            text = text.replace(FIELD_LABEL, t.gettext(dataset_scopes()[dataset].label))
        found.setdefault(_place_of(dataset, name, shown), text)
    return found


def _place_of(dataset: str, name: str, shown: Sequence[str]) -> str:
    """Where a problem is told: at its field, at the text a code goes with, at the last date, or first."""
    beside = _FOLLOWS.get(dataset, {}).get(name, ())
    return next(one for one in (name, *beside, "end", "code", shown[0]) if one in shown)
