"""The people of the demonstration, each a document as `person add --from` takes."""

from importlib.resources import files

from consent.profile.document import Document, parse_document

PERSONAS = ("amina", "bruno", "chloe")


def load_persona(name: str) -> Document:
    """The profile of a persona: "amina" (full), "bruno" (some datasets empty), "chloe" (identity alone)."""
    if name not in PERSONAS:
        raise LookupError(f"no persona {name!r}; there are {', '.join(PERSONAS)}")
    return parse_document((files("consent.profile") / "data" / f"{name}.json").read_bytes())
