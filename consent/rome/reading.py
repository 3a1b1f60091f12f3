"""What each file of the ROME brings: rows of our tables, checked against the files read before it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlmodel import SQLModel

from consent.rome.files import (
    CORE,
    KNOWLEDGE,
    LINKS,
    SHEETS,
    SKILLS,
    TITLES,
    BadRow,
    Line,
    Refused,
    Source,
    is_skill_link,
    kind_of,
    label_of,
    ogr_code,
    rows_of,
    sheet_code,
)
from consent.rome.tables import RomeExpected, RomeSheet, RomeSkill, RomeTitle, RomeWord
from consent.rome.words import words_of

Rows = list[tuple[type[SQLModel], dict[str, Any]]]  # what one row of a file becomes
_CORE = "Principale"


@dataclass
class Loaded:
    """What the files read so far brought. core: (sheet, skill) at the heart of a job, None until read."""

    sheets: dict[str, str] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    skills: set[str] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)
    core: set[tuple[str, str]] | None = None


Read = Callable[[Mapping[str, str], Loaded], Rows]


class Step(NamedTuple):
    """A file and what its rows become."""

    role: str
    columns: tuple[str, ...]
    become: Read

    def read(self, source: Source, loaded: Loaded) -> Iterator[Rows | BadRow]:
        """Each row of the file, in order."""
        if self.role == LINKS:
            loaded.core = read_core(source)
        name = source.names[self.role].rsplit("/", 1)[-1]
        for line in rows_of(source, self.role, self.columns):
            yield self._one(name, line, loaded) if isinstance(line, Line) else line

    def _one(self, name: str, line: Line, loaded: Loaded) -> Rows | BadRow:
        try:
            return self.become(line.cells, loaded)
        except Refused as refused:
            return BadRow(name, line.number, str(refused))

    def count(self, source: Source) -> int:
        """About how many rows the file has: its lines, less the header."""
        return max(source.read(self.role).count(b"\n") - 1, 0)


def sheet_rows(cells: Mapping[str, str], loaded: Loaded) -> Rows:
    code, (label, _) = sheet_code(cells["code_rome"]), label_of(cells["libelle_rome"])
    if code in loaded.sheets:
        raise Refused(f"the sheet {code} came before")
    loaded.sheets[code] = label
    return [(RomeSheet, {"code": code, "label": label})]


def title_rows(cells: Mapping[str, str], loaded: Loaded) -> Rows:
    code, sheet = ogr_code(cells["code_ogr"]), sheet_code(cells["code_rome"])
    label, folded = label_of(cells["libelle_appellation_long"])
    if sheet not in loaded.sheets:
        raise Refused(f"there is no sheet {sheet}")
    if code in loaded.titles:
        raise Refused(f"the title {code} came before")
    loaded.titles.add(code)
    title = {"code": code, "label": label, "folded": folded, "sheet": sheet}
    return [(RomeTitle, title), *_words("title", code, f"{label} {loaded.sheets[sheet]} {sheet}")]


def skill_rows(cells: Mapping[str, str], loaded: Loaded) -> Rows:
    kind = kind_of(cells["cat_comp"])
    return _skill(cells["code_ogr"], kind, cells["libelle_competence"], loaded)


def knowledge_rows(cells: Mapping[str, str], loaded: Loaded) -> Rows:
    return _skill(cells["code_ogr_savoir"], "knowledge", cells["libelle_savoir"], loaded)


def _skill(code: str, kind: str, label: str, loaded: Loaded) -> Rows:
    code, (label, folded) = ogr_code(code), label_of(label)
    if code in loaded.skills:
        raise Refused(f"the skill {code} came before")
    loaded.skills.add(code)
    skill = {"code": code, "kind": kind, "label": label, "folded": folded}
    return [(RomeSkill, skill), *_words("skill", code, f"{label} {code}")]


def link_rows(cells: Mapping[str, str], loaded: Loaded) -> Rows:
    if not is_skill_link(cells):
        return []
    sheet, skill = sheet_code(cells["code_rome"]), ogr_code(cells["code_ogr"])
    if sheet not in loaded.sheets:
        raise Refused(f"there is no sheet {sheet}")
    if skill not in loaded.skills:
        raise Refused(f"there is no skill {skill}")
    place = loaded.places[sheet] = loaded.places.get(sheet, -1) + 1
    core = int((sheet, skill) in (loaded.core or ()))
    return [(RomeExpected, {"sheet": sheet, "skill": skill, "core": core, "place": place})]


def _words(of: str, code: str, text: str) -> Rows:
    return [(RomeWord, {"of": of, "word": word, "code": code}) for word in words_of(text)]


def read_core(source: Source) -> set[tuple[str, str]]:
    """The skills at the heart of each job."""
    columns = ("code_rome", "code_ogr", "coeur_metier")
    lines = (line for line in rows_of(source, CORE, columns) if isinstance(line, Line))
    return {
        (line.cells["code_rome"], line.cells["code_ogr"])
        for line in lines
        if line.cells["coeur_metier"] == _CORE
    }


STEPS = (
    Step(SHEETS, ("code_rome", "libelle_rome"), sheet_rows),
    Step(TITLES, ("code_ogr", "libelle_appellation_long", "code_rome"), title_rows),
    Step(SKILLS, ("code_ogr", "libelle_competence", "cat_comp"), skill_rows),
    Step(KNOWLEDGE, ("code_ogr_savoir", "libelle_savoir"), knowledge_rows),
    Step(LINKS, ("code_rome", "code_compo_bloc", "code_ogr"), link_rows),
)
