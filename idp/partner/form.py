"""A declaration as a form, and back; what was typed is kept as typed, so that it can be shown again."""

from collections.abc import Mapping
from typing import NamedTuple

from consent.abroad import MOST_COUNTRIES, OUTSIDE, SAFEGUARDS, Transfers
from consent.catalogue import CATALOGUE, OFFLINE, Phrase
from consent.limits import MOST_READS, WINDOWS, Frequency
from consent.requests import MOST_DAYS_KEPT
from foundation.text import N_
from foundation.web.forms import Form
from idp.clients.declaration import ALWAYS, LONGEST, Declaration, Fault, explained, faults

Values = Mapping[str, str]
TAGS = ("fr", "en")
# French source texts; "%(field)s" stands for the field's label.
MESSAGES: Mapping[Fault, str] = {
    "missing": N_("%(field)s : cette information est nécessaire."),
    "too_long": N_("%(field)s : restez en dessous de 200 caractères."),
    "unprintable": N_("%(field)s : ce texte contient des caractères invisibles, qui sont refusés."),
    "address": N_("%(field)s : écrivez une phrase, sans adresse de site ni d’e-mail."),
    "unknown": N_("%(field)s : ce choix n’existe pas."),
    "attest": N_("Attestez que refuser est sans effet, ou choisissez une autre base légale."),
}
NOT_COUNTRIES = N_("%(field)s : écrivez des codes de deux lettres, de pays hors de l’Union européenne.")
NOT_A_NUMBER = N_("%(field)s : écrivez un nombre entier, de 1 à 10 000.")


class Typed(NamedTuple):
    """What a form says. errors: French source texts by field; empty when the declaration can be sent."""

    values: Values
    declared: Declaration
    errors: Mapping[str, str]


def offered_scopes() -> list[str]:
    """The scopes to choose among; who asks anything asks `openid`."""
    return [name for name in CATALOGUE if name != ALWAYS]


def field_names() -> list[str]:
    """Every field of the form."""
    scopes = offered_scopes()
    phrases = ["purpose", "retention", "automated", *(f"reason-{name}" for name in scopes if explained(name))]
    return [
        "purpose_code",
        *(f"ask-{name}" for name in scopes),
        *(f"{phrase}-{tag}" for phrase in phrases for tag in TAGS),
        *("reads", "per", "retention_days"),
        *("use_basis", "public_body", "no_detriment", "countries", "safeguard"),
    ]


def values_of(declared: Declaration) -> Values:
    """The form of a declaration, filled in."""
    frequency = declared.frequency
    values = {
        "purpose_code": declared.purpose_code,
        "reads": str(frequency.reads) if frequency else "",
        "per": frequency.per if frequency else "day",
        "retention_days": "" if declared.retention_days is None else str(declared.retention_days),
        "use_basis": declared.use_basis,
        "public_body": "yes" if declared.public_body else "no",
        "no_detriment": "1" if declared.no_detriment else "",
        "countries": " ".join(declared.transfers.countries) if declared.transfers else "",
        "safeguard": declared.transfers.safeguard if declared.transfers else "",
    }
    for name in declared.scopes:
        values[f"ask-{name}"] = "required" if name in declared.required_scopes else "optional"
    phrases = {name: getattr(declared, name) for name in ("purpose", "retention", "automated")}
    phrases |= {f"reason-{name}": phrase for name, phrase in declared.scope_reasons.items()}
    for name, phrase in phrases.items():
        values |= {f"{name}-{tag}": getattr(phrase, tag) for tag in TAGS if phrase is not None}
    return {name: values.get(name, "") for name in field_names()}


def read_declaration(form: Form, standing: Declaration) -> Typed:
    """What a posted form declares. standing: what holds now, for what is not the partner's to say."""
    values = {name: " ".join(form.single(name)[: 2 * LONGEST].split()) for name in field_names()}
    asked = {name: values[f"ask-{name}"] for name in offered_scopes()}
    (frequency, wrong), (transfers, wrong_there) = _frequency(values), _transfers(values)
    days = _whole(values["retention_days"], MOST_DAYS_KEPT)
    unreadable = {"retention_days": NOT_A_NUMBER} if values["retention_days"] and not days else {}
    declared = Declaration(
        required_scopes=(ALWAYS, *(n for n, how in asked.items() if how == "required" and n != OFFLINE)),
        optional_scopes=tuple(n for n, how in asked.items() if how == "optional" or (how and n == OFFLINE)),
        scope_reasons={n: _phrase(values, f"reason-{n}") for n, how in asked.items() if how and explained(n)},
        purpose_code=values["purpose_code"],
        purpose=_phrase(values, "purpose"),
        retention=_phrase(values, "retention"),
        retention_days=days or None,
        frequency=frequency,
        use_basis=values["use_basis"],
        disclosure_basis=standing.disclosure_basis,
        public_body=values["public_body"] == "yes",
        no_detriment=values["no_detriment"] == "1",
        transfers=transfers,
        automated=_phrase(values, "automated") if any(values[f"automated-{tag}"] for tag in TAGS) else None,
    )
    found = {name: MESSAGES[fault] for name, fault in faults(declared).items()}
    return Typed(values, declared, found | wrong | wrong_there | unreadable)


def _phrase(values: Values, name: str) -> Phrase:
    return Phrase(values[f"{name}-fr"], values[f"{name}-en"])


def _transfers(values: Values) -> tuple[Transfers | None, dict[str, str]]:
    """Where data go outside the Union, and what is wrong with what was written of it; mostly nowhere."""
    codes = tuple(dict.fromkeys(values["countries"].replace(",", " ").upper().split()))
    if not codes:
        return None, {"countries": MESSAGES["missing"]} if values["safeguard"] else {}
    if len(codes) > MOST_COUNTRIES or not OUTSIDE.issuperset(codes):
        return None, {"countries": NOT_COUNTRIES}
    if values["safeguard"] not in SAFEGUARDS:
        return None, {"safeguard": MESSAGES["missing"]}
    return Transfers(codes, values["safeguard"]), {}


def _frequency(values: Values) -> tuple[Frequency | None, dict[str, str]]:
    """The promise, and what is wrong with it: one who reads people's data says how often."""
    number, per = _whole(values["reads"], MOST_READS), values["per"]
    if not number:
        return None, {"reads": NOT_A_NUMBER if values["reads"] else MESSAGES["missing"]}
    for period in WINDOWS:
        if period == per:
            return Frequency(number, period), {}
    return None, {"per": MESSAGES["unknown"]}


def _whole(typed: str, most: int) -> int:
    """A number from 1 to `most`, as people write it; 0 for anything else."""
    digits = typed.replace(" ", "").replace("\u202f", "")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else 0
    return number if number <= most else 0
