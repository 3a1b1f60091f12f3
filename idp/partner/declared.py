"""A declaration in words: line by line as it will be read, and what two of them say differently.

Sentences stand in both languages, whoever looks: people will read theirs, so both are moderated.
"""

from collections.abc import Iterator
from typing import NamedTuple

from consent.catalogue import CATALOGUE, OFFLINE, PURPOSES, Phrase
from consent.limits import Frequency, Period
from consent.pages.abroad import transfers_words
from consent.purposes import LAWFUL_BASES
from consent.requests import kept_for
from foundation.text import N_
from foundation.web.i18n import Translator
from idp.clients.declaration import Declaration, explained

PERIODS: dict[Period, str] = {"day": N_("par jour"), "week": N_("par semaine"), "month": N_("par mois")}
_BASIS = N_("%(basis)s (RGPD, art. %(article)s)")
REQUIRED, OPTIONAL = N_("Obligatoire"), N_("Facultative")


class Said(NamedTuple):
    """A part of a line. lang: of a sentence as its partner wrote it, "" for words of ours."""

    text: str
    lang: str = ""


class Line(NamedTuple):
    """One thing declared. key: what makes it the same line in another version. said: in parts."""

    key: str
    label: str
    said: tuple[Said, ...]


class Difference(NamedTuple):
    """A line that says something else; before is empty where it is new, after where it is gone."""

    label: str
    before: tuple[Said, ...]
    after: tuple[Said, ...]


def lines_of(declared: Declaration, t: Translator) -> list[Line]:
    """A whole declaration, in the order of its form."""
    return [
        *_why(declared, t),
        *_scopes(declared, t),
        *_limits(declared, t),
        *_grounds(declared, t),
        *_abroad(declared, t),
    ]


def differences(before: Declaration, after: Declaration, t: Translator) -> list[Difference]:
    """What `after` says differently, in the order of the form."""
    old = {line.key: line for line in lines_of(before, t)}
    new = {line.key: line for line in lines_of(after, t)}
    found = []
    for key in dict.fromkeys([*new, *old]):
        label = (new.get(key) or old[key]).label
        was, now = (lines[key].said if key in lines else () for lines in (old, new))
        if was != now:
            found.append(Difference(label, was, now))
    return found


def _why(declared: Declaration, t: Translator) -> Iterator[Line]:
    purpose = PURPOSES[declared.purpose_code]
    label = Said(t.gettext(purpose.label))
    yield Line("purpose", t.gettext(N_("Pourquoi")), (label, *_both(declared.purpose or purpose.sentence)))


def _scopes(declared: Declaration, t: Translator) -> Iterator[Line]:
    for name in declared.scopes:
        scope = CATALOGUE[name]
        kind = Said(t.gettext(REQUIRED if name in declared.required_scopes else OPTIONAL))
        reason = _both(declared.scope_reasons.get(name, scope.reason)) if explained(name) else ()
        yield Line(f"scope:{name}", t.gettext(scope.label), ((kind, *reason) if name != OFFLINE else (kind,)))


def _limits(declared: Declaration, t: Translator) -> Iterator[Line]:
    yield Line(
        "frequency", t.gettext(N_("Lectures au plus")), (Said(frequency_words(declared.frequency, t)),)
    )
    said = declared.retention or declared.retention_days
    kept = kept_for(declared.retention, declared.retention_days)
    told = _both(kept) if said else (Said(t.gettext(N_("Non précisé"))),)
    yield Line("retention", t.gettext(N_("Conservation après la fin")), told)


def frequency_words(frequency: Frequency | None, t: Translator) -> str:
    """A promise in words."""
    if frequency is None:
        return t.gettext(N_("Aucune limite promise"))
    said = t.ngettext(
        "%(num)s lecture de chaque donnée", "%(num)s lectures de chaque donnée", frequency.reads
    )
    return f"{said % {'num': t.number(frequency.reads)}} {t.gettext(PERIODS[frequency.per])}"


def _grounds(declared: Declaration, t: Translator) -> Iterator[Line]:
    use = basis_words(declared.use_basis, t)
    yield Line("use_basis", t.gettext(N_("Base légale de son usage")), (Said(use),))
    ours = basis_words(declared.disclosure_basis, t)
    yield Line("disclosure_basis", t.gettext(N_("Base légale de la transmission par Accord")), (Said(ours),))
    body = N_("Organisme public") if declared.public_body else N_("Organisme privé")
    told = N_("Atteste que refuser n’a aucun effet sur les droits de la personne")
    silent = N_("N’atteste rien sur l’effet d’un refus")
    yield Line(
        "attests",
        t.gettext(N_("Organisme")),
        (Said(t.gettext(body)), Said(t.gettext(told if declared.no_detriment else silent))),
    )


def _abroad(declared: Declaration, t: Translator) -> Iterator[Line]:
    transfers, automated = declared.transfers, declared.automated
    where = t.gettext(N_("Aucun transfert déclaré"))
    if transfers is not None:
        where = transfers_words({"countries": transfers.countries, "safeguard": transfers.safeguard}, t)
    yield Line("transfers", t.gettext(N_("Hors de l’Union européenne")), (Said(where),))
    decided = _both(automated) if automated else (Said(t.gettext(N_("Aucune déclarée"))),)
    yield Line("automated", t.gettext(N_("Décisions prises sans intervention humaine")), decided)


def basis_words(code: str, t: Translator) -> str:
    """A lawful basis in words, with its article."""
    basis = LAWFUL_BASES.get(code)
    if basis is None:
        return t.gettext(N_("Non déclarée"))
    return t.gettext(_BASIS) % {"basis": t.gettext(basis.label), "article": basis.article}


def _both(phrase: Phrase) -> tuple[Said, Said]:
    return Said(phrase.fr, "fr"), Said(phrase.en, "en")
