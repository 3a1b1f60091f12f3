"""Two made-up languages, for tests only.

They show what was never translated, what is too narrow, and what breaks from right to left.

`en-XA` accents and lengthens every text by two fifths, between brackets; `ar-XB` runs from right to left.
Markup, placeholders and entities inside a text are left alone.
"""

import re

ACCENTED = "en-XA"
MIRRORED = "ar-XB"

_KEPT = re.compile(r"(%\([a-z_]+\)[sd]|%%|<[^>]*>|&[a-z#0-9]+;)", re.IGNORECASE)
_WORD = "~" * 11 + " "  # longer than most, as in German
_ACCENTS = str.maketrans("aceinouyACEINOUY", "åçéîñöûýÅÇÉÎÑÖÛÝ")


def accent(text: str) -> str:
    """`text`, accented and longer."""
    parts = _KEPT.split(text)
    parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
    more = len(text) * 2 // 5 + 1
    return f"[{''.join(parts)}{(_WORD * (more // len(_WORD) + 1))[:more]}]"


def mirror(text: str) -> str:
    """`text` between marks that make a browser set it from right to left."""
    return f"\u202e{text}\u202c"
