"""Marks texts that a page will show, where they are declared far from the page.

French is the source language: the marked text is the catalogue's key, and the page translates it with
`_()` at the moment it knows the reader's language.
"""


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for "mark, translate later"
    """The text itself; the extraction of catalogues finds it by this call."""
    return text
