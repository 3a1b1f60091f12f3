"""On what legal ground each controller acts, in words for the person who is asked."""

from collections.abc import Mapping
from typing import Any

from consent.purposes import LAWFUL_BASES
from foundation.text import N_
from foundation.web.i18n import Translator

_BOTH = N_("Accord transmet : %(ours)s. L’application utilise : %(theirs)s.")
_HARMLESS = N_("Elle atteste que refuser n’a aucun effet sur vos droits.")


def grounds_words(element: Mapping[str, Any], t: Translator) -> str:
    """The `grounds` element of a request (consent/requests.py), each controller's ground apart."""
    ours, theirs = (t.gettext(LAWFUL_BASES[element[side]].label).lower() for side in ("disclosure", "use"))
    said = t.gettext(_BOTH) % {"ours": ours, "theirs": theirs}
    return f"{said} {t.gettext(_HARMLESS)}" if element["no_detriment"] else said
