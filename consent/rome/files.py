"""The open-data files of the ROME as France Travail publishes them (CSV, UTF-8), row by row.

A folder or the published archive holds them; `unix_<name>_v<edition>_utf8.csv`. A row that is not what its
file promises is a `BadRow`, named by file and line, and never stops the others.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from foundation.errors import AccordError
from foundation.folding import fold

SHEETS, TITLES, SKILLS, KNOWLEDGE, LINKS, CORE = (
    "referentiel_code_rome",
    "referentiel_appellation",
    "referentiel_competence",
    "referentiel_savoir",
    "liens_rome_referentiels",
    "coherence_item",
)
# In the order in which they are loaded: each names what those before it brought.
FILES = (SHEETS, TITLES, SKILLS, KNOWLEDGE, LINKS)
_NAME = re.compile(rf"unix_({'|'.join((*FILES, CORE))})_v([0-9]{{1,6}})_utf8\.csv")
_SHEET = re.compile(r"[A-N][0-9]{4}", re.ASCII)
_OGR = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST_LABEL = 500
_LARGEST_FILE = 200 * 1024 * 1024
_SKILLS_OF_A_SHEET = "5"  # the block of a sheet's links that holds its skills (unix_composition_bloc)
_SOFT = "Savoir-être professionnel"


class BadRow(NamedTuple):
    """A row that was left out. line: as an editor counts them, the header being 1."""

    file: str
    line: int
    reason: str


class Source(NamedTuple):
    """The files of one edition. texts: file name by what it holds; read: opens one by that."""

    edition: str
    names: Mapping[str, str]
    fingerprint: bytes
    read: Callable[[str], bytes]


def open_source(path: Path) -> Source:
    """The files in a folder or a ZIP archive.

    Raises AccordError `rome_files` naming what is missing, unreadable, or of two editions at once.
    """
    found, read = _in_archive(path) if path.is_file() else _in_folder(path)
    by_role: dict[str, str] = {}
    editions: set[str] = set()
    for name in sorted(found):
        if match := _NAME.fullmatch(name.rsplit("/", 1)[-1]):
            by_role[match[1]] = name
            editions.add(match[2])
    missing = [f"unix_{role}_v…_utf8.csv" for role in (*FILES, CORE) if role not in by_role]
    if missing:
        raise _unusable(f"{path} lacks {', '.join(missing)}")
    if len(editions) > 1:
        raise _unusable(f"{path} holds files of editions {', '.join(sorted(editions))}; give one")
    digest = hashlib.sha256()
    for role in sorted(by_role):
        content = read(by_role[role])
        digest.update(f"{role} {len(content)}\n".encode() + content)
    return Source(editions.pop(), by_role, digest.digest(), lambda role: read(by_role[role]))


def _in_folder(path: Path) -> tuple[list[str], Callable[[str], bytes]]:
    if not path.is_dir():
        raise _unusable(f"{path} is neither a folder nor a ZIP archive")
    return [one.name for one in path.iterdir()], lambda name: _capped(path / name)


def _capped(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise _unusable(f"{file.name} is larger than a file of the ROME may be")
        return file.read_bytes()
    except OSError as error:
        raise _unusable(f"{file.name}: {error.strerror}") from error


def _in_archive(path: Path) -> tuple[list[str], Callable[[str], bytes]]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise _unusable(f"{path} is not a ZIP archive") from error

    def read(name: str) -> bytes:
        if archive.getinfo(name).file_size > _LARGEST_FILE:
            raise _unusable(f"{name} is larger than a file of the ROME may be")
        try:
            return archive.read(name)
        except (OSError, zipfile.BadZipFile, RuntimeError) as error:
            raise _unusable(f"{name} does not come out of the archive: {error}") from error

    return archive.namelist(), read


def _unusable(why: str) -> AccordError:
    return AccordError("rome_files", f"The ROME cannot be loaded: {why}.")


class Line(NamedTuple):
    """A row of a file by column, with its line."""

    number: int
    cells: Mapping[str, str]


def rows_of(source: Source, role: str, wanted: tuple[str, ...]) -> Iterator[Line | BadRow]:
    """Every row of a file; `wanted` are the columns that it must have.

    Raises AccordError `rome_files` for a file that is not UTF-8 or lacks a column.
    """
    name = source.names[role].rsplit("/", 1)[-1]
    try:
        text = source.read(role).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(f"{name} is not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", restkey="beyond", strict=True)
    lacking = [column for column in wanted if column not in (reader.fieldnames or ())]
    if lacking:
        raise _unusable(f"{name} has no column {', '.join(lacking)}")
    while True:
        try:
            cells: dict[str, Any] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(name, reader.line_num, f"not CSV: {error}")
            continue
        yield Line(reader.line_num, {column: (cells[column] or "").strip() for column in wanted})


class Refused(Exception):  # noqa: N818  # a value of the parsers below, never seen outside
    """Why a row is left out."""


def code_of(pattern: re.Pattern[str], cell: str, what: str) -> str:
    """A code of the right shape. Raises Refused."""
    if not pattern.fullmatch(cell):
        raise Refused(f"{what} {cell[:40]!a} is not a code of the ROME")
    return cell


def label_of(cell: str) -> tuple[str, str]:
    """A label, and the label folded. Doubled quotes, as in some editions, become one. Raises Refused."""
    label = " ".join(cell.replace("''", "'").split())
    if not label or len(label) > _LONGEST_LABEL:
        raise Refused(f"its label has {len(label)} characters; 1 to {_LONGEST_LABEL} are wanted")
    if not label.isprintable():
        raise Refused(f"its label holds what cannot be printed: {label[:60]!a}")
    return label, fold(label)


def sheet_code(cell: str) -> str:
    """The code of a job sheet. Raises Refused."""
    return code_of(_SHEET, cell, "the sheet")


def ogr_code(cell: str) -> str:
    """The code of a title or a skill. Raises Refused."""
    return code_of(_OGR, cell, "the OGR code")


def kind_of(category: str) -> str:
    """The kind of a skill from its `cat_comp`."""
    return "soft" if category == _SOFT else "know_how"


def is_skill_link(cells: Mapping[str, str]) -> bool:
    """Whether a link of a sheet leads to a skill (others lead to titles, and to where one works)."""
    return cells["code_compo_bloc"] == _SKILLS_OF_A_SHEET
