"""Text and date types of the profile: bounded, and free of what hides or reorders what a reader sees.

A control character, a bidirectional override or an invisible separator in a name can make a consent screen
show something else than what is shared (Unicode TR 36 section 2.10), so they are refused, not dropped.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

_REORDERS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # embeddings, overrides, isolates (Unicode TR 9)
_INVISIBLE = re.compile("[\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\ufffb]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")  # and lone surrogates, private use
_LINE_BREAKS = re.compile("[\t\n]")
_LONGEST_READ = 20_000  # beyond it no field can accept the text, whatever is trimmed
_PARTIAL_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100
_LA_POSTE = "356000000"  # its offices follow a rule of their own: the digits sum to a multiple of 5


def _refuse_hidden(text: str, visible: str) -> None:
    """Refuse `visible`, which is `text` without the controls that its field allows."""
    if len(text) > _LONGEST_READ:
        raise PydanticCustomError("string_too_long", "this text is too long")
    if _REORDERS.search(visible):
        raise PydanticCustomError("text_direction", "characters that reverse the reading order are refused")
    if _INVISIBLE.search(visible):
        raise PydanticCustomError("invisible_character", "invisible characters are refused")
    if _CONTROLS.search(visible):
        raise PydanticCustomError("control_character", "control characters are refused")


def _one_line(text: object) -> object:
    """Composed form, checked before surrounding spaces are dropped: a line break at the edge is refused."""
    if not isinstance(text, str):
        return text
    _refuse_hidden(text, text)
    return unicodedata.normalize("NFC", text)


def _several_lines(text: object) -> object:
    if not isinstance(text, str):
        return text
    unix = text.replace("\r\n", "\n")  # what browsers send from a textarea
    _refuse_hidden(unix, _LINE_BREAKS.sub("", unix))
    return unicodedata.normalize("NFC", unix)


def _partial_date(text: str) -> str:
    """`2019`, `2019-03` or `2019-03-15`, kept as written: a time zone can never shift it."""
    found = _PARTIAL_DATE.fullmatch(text)
    if found is None:
        raise PydanticCustomError("date_form", "a date is written YYYY, YYYY-MM or YYYY-MM-DD")
    year = int(found["year"])
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        raise PydanticCustomError("date_year", "the year of a date is between 1900 and 2100")
    try:
        date(year, int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        raise PydanticCustomError("date_day", "there is no such day or month") from None
    return text


def _whole_date(text: str) -> str:
    if len(_partial_date(text)) != len("YYYY-MM-DD"):
        raise PydanticCustomError("date_whole", "this date needs year, month and day: YYYY-MM-DD")
    return text


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled)


def _siret(text: str) -> str:
    """A French establishment's number: 14 digits whose check digit is right (INSEE)."""
    if not re.fullmatch(r"\d{14}", text, re.ASCII):
        raise PydanticCustomError("siret", "a SIRET has 14 digits")
    of_la_poste = text.startswith(_LA_POSTE) and sum(map(int, text)) % 5 == 0
    if _luhn(text) % 10 and not of_la_poste:
        raise PydanticCustomError("siret", "the check digit of this SIRET is wrong")
    return text


def _line(longest: int) -> StringConstraints:
    return StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=longest)


_ONE_LINE = BeforeValidator(_one_line)
_SEVERAL_LINES = BeforeValidator(_several_lines)

# The last validator of an Annotated runs first: texts are looked at as they came, then trimmed and measured.
Name = Annotated[str, _line(100), _ONE_LINE]
Line = Annotated[str, _line(200), _ONE_LINE]
Prose = Annotated[str, _line(2000), _SEVERAL_LINES]
PartialDate = Annotated[str, StringConstraints(strict=True, max_length=10), AfterValidator(_partial_date)]
WholeDate = Annotated[str, StringConstraints(strict=True, max_length=10), AfterValidator(_whole_date)]
Siret = Annotated[str, StringConstraints(strict=True, max_length=14), AfterValidator(_siret)]
Phone = Annotated[str, StringConstraints(strict=True, pattern=r"^\+?[0-9 .\-]{6,20}$"), _ONE_LINE]
Email = Annotated[
    str, StringConstraints(strict=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$"), _ONE_LINE
]


def matching(pattern: str) -> StringConstraints:
    """Constraint of a code: the whole text matches `pattern`."""
    return StringConstraints(strict=True, pattern=f"^(?:{pattern})$")


ItemId = Annotated[str, matching("[A-Za-z0-9_-]{1,32}")]
RomeSheet = Annotated[str, matching("[A-N][0-9]{4}")]
RomeCode = Annotated[str, matching("[0-9]{5,6}")]
