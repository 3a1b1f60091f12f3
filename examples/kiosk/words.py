"""The texts of the pages, in French and English: two flat files with the same keys."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from examples.coach import words as coach

_FOLDER = Path(__file__).parent / "data"


@cache
def words(language: str) -> Mapping[str, str]:
    texts: dict[str, str] = json.loads((_FOLDER / f"words.{language}.json").read_text("utf-8"))
    return texts


class Translator(coach.Translator):
    """Texts of one language. A key that does not exist is an error: pages are tested whole."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = words(language)
