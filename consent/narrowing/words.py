"""Durations, frequencies and fields, in words."""

from collections.abc import Mapping, Sequence

from consent.limits import ONCE, Duration, Frequency, days_of
from consent.profile.fields import Field
from foundation.text import N_
from foundation.web.i18n import Translator

_MONTHS = 30
_IN_MONTHS = frozenset({90, 180})
_YEAR = 365


def duration_words(duration: Duration, t: Translator) -> str:
    """As in "Une seule fois", "45 jours", "6 mois"."""
    if duration == ONCE:
        return t.gettext("Une seule fois")
    days = days_of(duration)
    if days == _YEAR:
        return t.gettext("12 mois")
    if days in _IN_MONTHS:
        return t.gettext("%(num)s mois") % {"num": days // _MONTHS}
    return t.ngettext("%(num)s jour", "%(num)s jours", days) % {"num": days}


def frequency_words(frequency: Frequency | None, t: Translator) -> str:
    """As in "5 lectures par jour de chaque donnée, au plus"."""
    if frequency is None:
        return t.gettext("Aussi souvent que l’application le veut")
    often = _often(frequency, t) % {"num": t.number(frequency.reads)}
    return t.gettext("%(often)s de chaque donnée, au plus") % {"often": often}


def _often(frequency: Frequency, t: Translator) -> str:
    match frequency.per:
        case "day":
            return t.ngettext("%(num)s lecture par jour", "%(num)s lectures par jour", frequency.reads)
        case "week":
            return t.ngettext("%(num)s lecture par semaine", "%(num)s lectures par semaine", frequency.reads)
    return t.ngettext("%(num)s lecture par mois", "%(num)s lectures par mois", frequency.reads)


def field_words(fields: Sequence[Field], t: Translator) -> str:
    """The names of fields, as in "Compétence, Niveau"."""
    return ", ".join(t.gettext(field.label) for field in fields)


PAUSES: Mapping[str, str] = {
    "person": N_("Vous l’avez mis en pause."),
    "unused": N_("Il ne servait plus : nous l’avons mis en pause pour vous."),
    "reconfirmation": N_("Il attend que vous le confirmiez."),
}
