"""The consent screen without anybody's values: what its version keeps for everyone who was asked the same.

Made from the question and the catalogue alone. Where her values stood, a blank stands beside the names of the
fields that were shown, so that whoever reads it later sees what was asked, in which words, in which order.
"""

from dataclasses import replace

from consent.catalogue import CATALOGUE
from consent.pages.screen import ItemLine, Reader, ScopeLine, Screen
from consent.pages.values import Shown
from consent.requests import SCOPE_ELEMENT
from foundation.web.i18n import Translator

BLANK = "…"
NOBODY = Reader(BLANK, BLANK, email_verified=True)


def blanked(screen: Screen, t: Translator) -> Screen:
    """The same screen for nobody. Its words depend on what is asked, never on who is asked."""
    return replace(
        screen,
        reader=NOBODY,
        required=tuple(_line(line, screen, t) for line in screen.required),
        optional=tuple(_line(line, screen, t) for line in screen.optional),
        kept=(BLANK,) if screen.kept else (),
        resting=screen.resting and BLANK,
        until=screen.until and BLANK,
        ending=(BLANK,) if screen.ending else (),
    )


def _line(line: ScopeLine, screen: Screen, t: Translator) -> ScopeLine:
    scope = CATALOGUE[line.name]
    if scope.dataset is None:
        facts = ((line.label, BLANK),) if line.name == "email" else ()
        return replace(line, items=(), facts=facts)
    asked = screen.ask.request.elements[SCOPE_ELEMENT + line.name]["fields"]
    labels = tuple(t.gettext(field.label) for field in scope.dataset.fields if field.name in asked)
    if scope.dataset.single:
        return replace(line, items=(), facts=tuple((label, BLANK) for label in labels), empty=False)
    prose = any(field.kind == "prose" and field.name in asked for field in scope.dataset.fields)
    shown = Shown(BLANK, labels, BLANK if prose else "")
    items = (ItemLine(shown, f"{line.name}:{BLANK}", hidden=False),)
    return replace(line, items=items, facts=(), empty=False)
