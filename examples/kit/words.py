"""The texts of the pages, in French and English: two flat files with the same keys."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")


@cache
def words(folder: Path, language: str) -> Mapping[str, str]:
    """The texts of the app in `folder`."""
    texts: dict[str, str] = json.loads((folder / "data" / f"words.{language}.json").read_text("utf-8"))
    return texts


class Translator:
    """Texts of one language. A key that does not exist is an error: pages are tested whole."""

    def __init__(self, folder: Path, language: str) -> None:
        self.language = language
        self._words = words(folder, language)

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format_map(values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The text of `key`, or of `key.one` where the language says one (French: below two)."""
        one = number < 2 if self.language == "fr" else number == 1
        return self(f"{key}.one" if one else key, **values)


def preferred(accept_language: str) -> str:
    """The one of our languages that an Accept-Language header gives the most weight; French otherwise."""
    best, best_weight = LANGUAGES[0], 0.0
    for part in accept_language[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        weight = _weight(parameters)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0
