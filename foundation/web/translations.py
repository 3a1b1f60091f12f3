"""Keep the catalogues up to date: `python -m foundation.web.translations [--check]`.

A text belongs to the nearest folder above it that has a `locales/`, or to its room. Updating keeps what is
translated, takes over what another catalogue already translates alike, drops what nothing says any more,
and leaves the rest empty: `--check` (and the test suite) fails until someone fills it in.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

ROOMS = ("foundation", "keys", "consent", "idp")
TAG = "en"

_METHODS = {
    ".py": ("python", {}),
    ".html": (
        "jinja2.ext:babel_extract",
        {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"},
    ),
    ".txt": (
        "jinja2.ext:babel_extract",
        {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"},
    ),
}
_KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%%|<[^>]*>", re.IGNORECASE)
# Sources are typed with plain spaces: which are narrow, and where no line ends, i18n.py says for all alike.
_HARD_SPACE = re.compile("[\u00a0\u202f](?=[?;!])")


def extracted(top: Path) -> dict[Path, Catalog]:
    """What the source says today: folder that holds (or will hold) `locales/` -> untranslated catalogue."""
    homes = {folder.parent for room in ROOMS for folder in (top / room).rglob("locales")}
    found: dict[Path, Catalog] = {}
    for path in _sources(top):
        method, options = _METHODS[path.suffix]
        for line, message, comments, context in extract_from_file(
            method, str(path), keywords=_KEYWORDS, comment_tags=("i18n:",), options=options
        ):
            place = path.relative_to(top)
            room = top / place.parts[0]
            home = next((above for above in path.parents if above in homes or above == room), room)
            catalogue = found.setdefault(home, Catalog(locale=TAG, fuzzy=False))
            catalogue.add(message, locations=[(str(place), line)], auto_comments=comments, context=context)
    return found


def _sources(top: Path) -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((top / room).rglob("*")):
            if path.suffix in _METHODS and (path.suffix == ".py" or "templates" in path.parts):
                yield path


def stored(home: Path) -> Catalog:
    """The catalogue of a home as it stands on disk; empty when there is none yet."""
    path = home / "locales" / f"{TAG}.po"
    if not path.exists():
        return Catalog(locale=TAG)
    with path.open("rb") as file:
        return read_po(file, locale=TAG)


def update(top: Path) -> None:
    """Rewrite every catalogue from the source, keeping translations."""
    wanted = extracted(top)
    everything = [stored(home) for home in wanted]
    for home, fresh in wanted.items():
        for message in fresh:
            if message.id:
                message.string = _translation(message, [stored(home), *everything])
        (home / "locales").mkdir(exist_ok=True)
        with (home / "locales" / f"{TAG}.po").open("wb") as file:
            write_po(file, fresh, width=110, omit_header=True, sort_by_file=True, include_lineno=False)


def _translation(message: Message, catalogues: Iterable[Catalog]) -> str | tuple[str, ...]:
    for catalogue in catalogues:
        known = catalogue.get(message.id, message.context)
        if known is not None and all(forms := _forms(known.string)) and forms:
            return forms[0] if isinstance(known.string, str) else tuple(forms)
    return ("", "") if message.pluralizable else ""


def problems(top: Path) -> list[str]:
    """What is wrong with the catalogues, one sentence each; empty when they are complete."""
    found = []
    for home, fresh in extracted(top).items():
        there = stored(home)
        for message in fresh:
            if message.id:
                found += [f"{home.relative_to(top)}: {problem}" for problem in _of_message(message, there)]
        gone = [message for message in there if message.id and fresh.get(message.id, message.context) is None]
        found += [f"{home.relative_to(top)}: nothing says any more {message.id!r}" for message in gone]
    return found


def _of_message(message: Message, catalogue: Catalog) -> list[str]:
    known = catalogue.get(message.id, message.context)
    strings = _forms(known.string) if known is not None else []
    if not strings or not all(strings):
        return [f"not translated {message.id!r}"]
    wanted = set(_PLACEHOLDER.findall(_forms(message.id)[-1]))
    found = [
        f"other placeholders or markup in {text!r}"
        for text in strings
        if set(_PLACEHOLDER.findall(text)) - {"%(num)s"} != wanted - {"%(num)s"}
    ]
    found += [f"a hard space in {text!r}" for text in _forms(message.id) if _HARD_SPACE.search(text)]
    return found + [f"said twice: {text!r}" for text in strings if text == text[: len(text) // 2] * 2]


def _forms(text: str | Iterable[str] | None) -> list[str]:
    if text is None:
        return []
    return [text] if isinstance(text, str) else list(text)


def main(arguments: list[str]) -> int:
    """The command. Returns its exit status."""
    top = Path(__file__).parents[2]
    if "--check" not in arguments:
        update(top)
    left = problems(top)
    sys.stdout.write("".join(f"{problem}\n" for problem in left) or "every text is translated\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
