"""Text as somebody who types it would have it found: without case or accents. Pure."""

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents."""
    ligatures = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    apart = unicodedata.normalize("NFKD", ligatures.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
