"""What GDPR art. 13(1)(f) and 13(2)(f) ask to be told: transfers out of the Union, decisions without a human.

An app declares them, an administrator approves them; where nothing is declared, that is what is said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babel import Locale

from foundation.text import N_

TRANSFERS_ELEMENT = "transfers"
AUTOMATED_ELEMENT = "automated"
MOST_COUNTRIES = 20
# The European Economic Area, and what of France lies overseas and in the Union.
_WITHIN = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    " GF GP MF MQ RE YT"
)
_NO_COUNTRIES = "EU EZ QO UN XA XB ZZ"
# ISO 3166-1 alpha-2 codes of where a transfer is one out of the Union.
OUTSIDE = frozenset(filter(re.compile("[A-Z]{2}").fullmatch, map(str, Locale("en").territories))).difference(
    f"{_WITHIN} {_NO_COUNTRIES}".split()
)


@dataclass(frozen=True, slots=True)
class Safeguard:
    """What protects data that leave the Union. label: French source text; article: of the GDPR."""

    code: str
    label: str
    article: str


SAFEGUARDS: Mapping[str, Safeguard] = MappingProxyType(
    {
        code: Safeguard(code, label, article)
        for code, label, article in (
            ("adequacy", N_("Décision d’adéquation de la Commission européenne"), "45"),
            ("standard_clauses", N_("Clauses types de la Commission européenne"), "46(2)(c)"),
            ("binding_rules", N_("Règles d’entreprise contraignantes"), "47"),
            ("certification", N_("Code de conduite ou certification approuvés"), "46(2)(e)-(f)"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Transfers:
    """Where an app's data go outside the Union (codes of OUTSIDE), and under what (a code of SAFEGUARDS)."""

    countries: tuple[str, ...]
    safeguard: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.countries) <= MOST_COUNTRIES or not OUTSIDE.issuperset(self.countries):
            raise ValueError("countries are ISO 3166 codes of countries outside the European Economic Area")
        if self.safeguard not in SAFEGUARDS:
            raise ValueError(f"a safeguard is one of {', '.join(SAFEGUARDS)}")
