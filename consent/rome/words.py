"""Text as searches compare it: lower case, without accents, cut into words. Pure."""

import re

from foundation.folding import fold

MOST_WORDS = 5
_LONGEST_QUERY = 100
_LONGEST_WORD = 40
_SHORTEST_BEGINNING = 3
_WORD = re.compile(r"[0-9a-z]+")


def words_of(text: str) -> list[str]:
    """The words of a text, each once, sorted: what it is found by."""
    return sorted({word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))})


def wanted(query: str) -> list[str]:
    """The words a person typed, in her order; what begins another word is left to that one."""
    typed = list(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(fold(query[:_LONGEST_QUERY]))))
    kept = [word for word in typed if not any(other != word and other.startswith(word) for other in typed)]
    return kept[:MOST_WORDS]


def last_led_to(word: str) -> str:
    """No word that a typed one leads to sorts after this, wherever digits sort before letters.

    A typed word leads to those that it begins; one of a letter or two (C, IA) to itself alone, since it
    begins a tenth of the referential.
    """
    return word if len(word) < _SHORTEST_BEGINNING else word + "z" * _LONGEST_WORD
