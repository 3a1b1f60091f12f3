"""Languages: French is what the source says, English is complete, two made-up ones serve tests.

Catalogues are gettext `.po` files, one a room and language (`<room>/locales/en.po`), read once at start.
Who reads decides the language: `?lang=`, then the cookie it sets, then the `ui_locales` of the application
that sent the person (OpenID Connect Core section 3.1.2.1), then Accept-Language (RFC 9110 section 12.5.4).
"""

import gettext
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from foundation.web import pseudo
from foundation.web.dates import Dates, zone_of

SOURCE = "fr"
LANGUAGES = {"fr": "Français", "en": "English"}
_PSEUDO = {pseudo.ACCENTED: "Accented", pseudo.MIRRORED: "Mirrored"}
_FORMATS = {"fr": "fr_FR", "en": "en_GB"}  # day before month for everyone: these are European dates
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LONGEST_HEADER = 500
_WIDE = re.compile(r" ([:»])")
_HIGH = re.compile(r" ([?!;])")
_ELLIPSIS_DAYS = 2


@cache
def typeset(text: str) -> str:
    """French punctuation with the no-break spaces it wants, so that sources need no invisible characters."""
    return _HIGH.sub("\u202f\\1", _WIDE.sub("\u00a0\\1", text)).replace("« ", "«\u00a0")


class _Source(gettext.NullTranslations):
    """The source language itself: French counts 0 and 1 as singular, unless that would say "one" of none."""

    def gettext(self, message: str) -> str:
        return typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        singular = abs(n) < 2 and (n or "%(" in msgid1)
        return typeset(msgid1 if singular else msgid2)


@dataclass(frozen=True)
class Language:
    """One language a page can be written in."""

    tag: str  # BCP 47, as in <html lang>
    name: str  # in itself: "Français"
    direction: str  # "ltr" or "rtl"
    formats: Locale
    messages: gettext.NullTranslations
    shown: Callable[[str], str] | None = None  # what a made-up language does to each text


class Translator:
    """Texts, counts, numbers and dates for one reader."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self.language = language
        self.dates = Dates(language.formats, zone)

    @property
    def tag(self) -> str:
        return self.language.tag

    def gettext(self, message: str) -> str:
        """The text of a French msgid (itself, when the catalogue has none)."""
        return self._shown(self.language.messages.gettext(message))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form that `count` takes in this language; still holds its `%(num)s`."""
        return self._shown(self.language.messages.ngettext(singular, plural, count))

    def number(self, value: float) -> str:
        """As in "1 284 311"."""
        return format_decimal(value, locale=self.language.formats)

    def moment(self, moment: int, now: int | None = None) -> str:
        """A date and time; with `now`, "aujourd’hui" and "hier" where they are true."""
        time = self.dates.time(moment)
        days = self.dates.days_between(moment, now) if now is not None else _ELLIPSIS_DAYS
        if days == 0:
            return self.gettext("aujourd’hui à %(time)s") % {"time": time}
        if days == 1:
            return self.gettext("hier à %(time)s") % {"time": time}
        return self.gettext("%(day)s à %(time)s") % {"day": self.dates.day(moment), "time": time}

    def _shown(self, text: str) -> str:
        return self.language.shown(text) if self.language.shown else text


class Catalogues:
    """Every language the server speaks, read at start.

    folders: each room's `locales` folder, holding `en.po`.
    made_up: whether the two languages of tests can be asked for.
    """

    def __init__(self, folders: Iterable[Path], *, made_up: bool = False) -> None:
        english = _merged(folders, "en")
        self._languages = {
            "fr": Language("fr", LANGUAGES["fr"], "ltr", Locale.parse(_FORMATS["fr"]), _Source()),
            "en": Language("en", LANGUAGES["en"], "ltr", Locale.parse(_FORMATS["en"]), english),
        }
        if made_up:
            formats = Locale.parse(_FORMATS["fr"])
            for tag, direction, shown in (
                (pseudo.ACCENTED, "ltr", pseudo.accent),
                (pseudo.MIRRORED, "rtl", pseudo.mirror),
            ):
                self._languages[tag] = Language(tag, _PSEUDO[tag], direction, formats, _Source(), shown)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of every language, the source first."""
        return tuple(self._languages)

    @property
    def languages(self) -> tuple[Language, ...]:
        return tuple(self._languages.values())

    def translator(self, tag: str, zone: str | None = None) -> Translator:
        """The translator of a tag that `choose` returned; `zone` may be hostile text."""
        return Translator(self._languages[tag], zone_of(zone))

    def match(self, text: str | None) -> str | None:
        """Our tag for one asked-for tag ("en-US" is served by "en"), or None."""
        if not text or len(text) > 35 or not _TAG.fullmatch(text):
            return None
        if text in self._languages:
            return text
        primary = text.split("-", 1)[0].lower()
        return primary if primary in self._languages else None

    def choose(self, *, asked: str | None, cookie: str | None, ui_locales: str, accept: str) -> str:
        """The tag to answer in; every argument may be hostile text."""
        wishes = [asked, cookie, *ui_locales[:_LONGEST_HEADER].split(), *_accepted(accept)]
        return next((tag for wish in wishes if (tag := self.match(wish))), SOURCE)


def _accepted(header: str) -> Iterator[str]:
    """Tags of Accept-Language, the best liked first; what cannot be read is left out."""
    liked: list[tuple[float, str]] = []
    for item in header[:_LONGEST_HEADER].split(","):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if 0 < weight <= 1:
            liked.append((-weight, tag.strip()))
    return (tag for _, tag in sorted(liked, key=lambda pair: pair[0]))


def _merged(folders: Iterable[Path], tag: str) -> gettext.GNUTranslations:
    """The rooms' catalogues of one language as one."""
    whole = Catalog(locale=tag)
    for folder in folders:
        path = folder / f"{tag}.po"
        if path.exists():
            with path.open("rb") as file:
                for message in read_po(file, locale=tag):
                    if message.id and message.string:
                        whole.add(message.id, message.string, context=message.context)
    buffer = io.BytesIO()
    write_mo(buffer, whole)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)
