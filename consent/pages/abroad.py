"""Transfers out of the Union and decisions without a human, in words for the person who is asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale

from consent.abroad import SAFEGUARDS
from foundation.text import N_
from foundation.web.i18n import Translator

_SAID = N_("Vers : %(countries)s. Garantie : %(safeguard)s (RGPD, art. %(article)s).")


def transfers_words(element: Mapping[str, Any], t: Translator) -> str:
    """The `transfers` element of a request (consent/requests.py), or a record's."""
    safeguard = SAFEGUARDS[element["safeguard"]]
    label = t.gettext(safeguard.label)
    return t.gettext(_SAID) % {
        "countries": country_names(element["countries"], t.tag),
        "safeguard": label[:1].lower() + label[1:],
        "article": safeguard.article,
    }


def country_names(codes: Iterable[str], tag: str) -> str:
    """Countries by their names in a language; a code that has none stands for itself."""
    names = Locale(tag if tag in {"fr", "en"} else "en").territories
    return ", ".join(names.get(code, code) for code in codes)
