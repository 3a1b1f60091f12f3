"""Files beside the tree: older partial ones must be its beginnings, others have no place there."""

from consent.ledger.files.layout import ENTRIES, RETIRED, Part, parse_path, split_entries, width_of
from consent.ledger.files.reading import LieError, Reader, read_part


def check_strays(reader: Reader, size: int) -> None:
    """Raises LieError for a file of the layout's folders that a tree of `size` leaves does not have."""
    for name in reader.names():
        if not name.startswith(("tile/", RETIRED)):
            continue
        part = parse_path(name)
        if part is None:
            raise LieError(name, 0, "no name that the layout has")
        width = width_of(part.level or 0, part.number, size)
        if part.width > width:
            raise LieError(name, 0, f"past the end of a tree of {size} leaves")
        if part.width < width:
            _check_beginning(reader, name, part, width)
        elif part.folder == RETIRED:
            _check_needed(reader, name, part)


def _check_beginning(reader: Reader, name: str, part: Part, width: int) -> None:
    """A partial file that a wider one replaced."""
    whole = read_part(reader, part._replace(width=width)).data
    data = reader.read(name) or b""
    beginning = whole[: len(data)] == data
    if part.level is None:
        beginning &= split_entries(data, part.width)[1] == len(data)
    if not beginning:
        raise LieError(name, 0, "not the beginning of the wider one that replaced it")


def _check_needed(reader: Reader, name: str, part: Part) -> None:
    leaves, _ = split_entries(read_part(reader, part._replace(folder=ENTRIES)).data, part.width)
    if all(leaves):
        raise LieError(name, 0, "no leaf of its bundle is missing")
