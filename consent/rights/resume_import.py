"""From JSON Resume to items of a profile: what can be taken as it stands, and what cannot, with its path.

Nothing is guessed. A name is not split into two; a skill becomes one of ROME only by the identifier that the
file itself gives or by ROME's exact label; a language needs its ISO code, given or by its exact name. What
has no place here is said, not bent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import orjson
from babel import Locale

from consent.profile.editing import check_item
from consent.profile.fields import LANGUAGE_LEVELS, SKILL_LEVELS
from consent.profile.problems import Problem, ProfileError, path_of
from consent.profile.schemas import Item
from consent.rights.resume_parts import CannotError, Part
from foundation.errors import AccordError

LONGEST = 512 * 1024  # bytes; a hundred times the richest CV
MOST_ITEMS = 300
_LEVELS = {"master": "advanced", "expert": "advanced", "senior": "advanced", "junior": "beginner"}
_FLUENCY = {
    "native": "fluent",
    "native speaker": "fluent",
    "langue maternelle": "fluent",
    "bilingue": "fluent",
}
_SECTIONS = ("work", "volunteer", "education", "certificates", "skills", "languages", "interests")
# Of the schema, and nothing of a profile here.
_UNUSED = ("awards", "publications", "references", "projects")


_Path = tuple[int | str, ...]


class Draft(NamedTuple):
    """One item that the file offers. path: where it stands in the file. rome: the ROME code that it names."""

    dataset: str
    path: str
    item: Item
    rome: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a file holds. problems: what cannot be taken, and why; nothing of it is lost silently."""

    drafts: tuple[Draft, ...]
    problems: tuple[Problem, ...]


def read_resume(raw: bytes) -> Offered:
    """What a hostile file offers. Raises AccordError not_a_resume when it is no JSON Resume at all."""
    document = _parsed(raw)
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for path, dataset, make in _entries(document, problems):
        try:
            drafts += [_draft(dataset, path, one) for one in make()]
        except ProfileError as error:
            problems += error.problems
        except CannotError as error:
            problems.append(Problem(path_of([*path, *error.where]), error.kind, error.english))
    if len(drafts) > MOST_ITEMS:
        raise _not_a_resume(f"it has more than {MOST_ITEMS} items", "too_many_items")
    return Offered(tuple(drafts), tuple(problems))


def _draft(dataset: str, path: _Path, given: Mapping[str, Any]) -> Draft:
    rome = str(given.get("rome") or "")
    fields = {name: value for name, value in given.items() if name != "rome"}
    return Draft(dataset, path_of(path), check_item(dataset, fields, under=path), rome)


def _not_a_resume(why: str, code: str = "not_a_resume") -> AccordError:
    return AccordError(code, f"This is not a JSON Resume: {why}.", status=422)


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST:
        raise _not_a_resume(f"it has more than {LONGEST} bytes", "file_too_big")
    try:
        document = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise _not_a_resume("it is not JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise _not_a_resume("an object is expected")
    if not any(name in document for name in ("basics", *_SECTIONS)):
        raise _not_a_resume("none of its sections is there")
    return document


_Entry = tuple[_Path, str, Callable[[], Iterable[Mapping[str, Any]]]]


def _entries(document: Mapping[str, Any], problems: list[Problem]) -> Iterator[_Entry]:
    """Every entry: its path, the dataset that it goes to, and what makes items of it."""
    basics = document.get("basics", {})
    if isinstance(basics, dict):
        yield ("basics",), "identity", lambda: _identity(Part(basics))
        yield ("basics",), "contact", lambda: _contact(Part(basics))
    else:
        problems.append(Problem("basics", "not_object", "an object is expected"))
    for section in _SECTIONS:
        entries = document.get(section, [])
        if not isinstance(entries, list):
            problems.append(Problem(section, "list_type", "a list is expected"))
            continue
        for place, entry in enumerate(entries[: MOST_ITEMS + 1]):
            path = (section, place)
            if isinstance(entry, dict):
                dataset, make = _MAKERS[section]
                part = Part(entry)
                yield path, dataset(part), _bound(make, part)
            else:
                problems.append(Problem(path_of(path), "not_object", "an object is expected"))
    for section in _UNUSED:
        if document.get(section):
            problems += [Problem(section, "no_place", "there is no place for this in a profile here")]


def _bound(make: "_Make", part: Part) -> Callable[[], Iterable[Mapping[str, Any]]]:
    return lambda: make(part)


_Make = Callable[[Part], Iterable[Mapping[str, Any]]]


def _held(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], ())}


def _identity(basics: Part) -> Iterable[Mapping[str, Any]]:
    """Her names, only where the file itself tells which is which."""
    names = {name: basics.beside.get(name) for name in ("given_name", "family_name")}
    return [names] if all(isinstance(one, str) for one in names.values()) else []


def _contact(basics: Part) -> Iterable[Mapping[str, Any]]:
    location = basics.part("location")
    phone, address = basics.text("phone"), location.text("address") or ""
    fields = {
        "lines": [line.strip() for line in address.split("\n") if line.strip()],
        "postal_code": location.text("postalCode"),
        "city": location.text("city"),
        "country_code": location.text("countryCode"),
        "phones": [phone] if phone else [],
        "email": basics.text("email"),
        "insee_code": basics.beside.get("insee_code"),
        "country": basics.beside.get("country"),
    }
    return [held] if (held := _held(fields)) else []


def _work(entry: Part) -> Iterable[Mapping[str, Any]]:
    highlights = [f"• {one}" for one in entry.texts("highlights")]
    return [
        _held(
            {
                "title": entry.needed("position"),
                "company": entry.text("name") or entry.text("organization"),
                "place": entry.text("location"),
                "start": entry.date("startDate"),
                "end": entry.date("endDate"),
                "description": "\n".join([*filter(None, [entry.text("summary")]), *highlights]),
                **_beside(entry, "rome_code", "current", "abroad"),
            }
        )
    ]


def _education(entry: Part) -> Iterable[Mapping[str, Any]]:
    title, area, end = entry.needed("studyType", "area"), entry.text("area"), entry.date("endDate")
    return [
        _held(
            {
                "title": title,
                "domain": area if area != title else None,
                "end_year": int(end[:4]) if end else None,
                "place": entry.text("institution"),
                **_beside(entry, "level", "domain_code", "obtained", "place", "abroad", "description"),
            }
        )
    ]


def _certificate(entry: Part) -> Iterable[Mapping[str, Any]]:
    name, date = entry.needed("name"), entry.date("date")
    if "code" in entry.beside:
        return [{"code": entry.beside["code"], "label": name}]
    year = int(date[:4]) if date else None
    return [_held({"title": name, "end_year": year, "place": entry.text("issuer")})]


def _skill(entry: Part) -> Iterable[Mapping[str, Any]]:
    label = entry.needed("name")
    level = entry.beside.get("level") or _level(entry.text("level"), SKILL_LEVELS, _LEVELS)
    names = [label, *(one for one in entry.texts("keywords") if one != label)]
    return [
        {
            "kind": "free",
            "label": name,
            "level": level if name == label else "unrated",
            "rome": entry.beside.get("rome_code") if name == label else None,
        }
        for name in names
    ]


def _language(entry: Part) -> Iterable[Mapping[str, Any]]:
    name = entry.needed("language")
    code = entry.beside.get("code") or _codes().get(name.strip().casefold())
    if code is None:
        raise CannotError("language", "unknown_language", "its ISO 639-1 code is not known by this name")
    level = entry.beside.get("level") or _level(entry.text("fluency"), LANGUAGE_LEVELS, _FLUENCY)
    return [{"code": code, "label": name, "level": level}]


def _interest(entry: Part) -> Iterable[Mapping[str, Any]]:
    detail = entry.beside.get("detail") or ", ".join(entry.texts("keywords"))
    return [_held({"label": entry.needed("name"), "detail": detail})]


def _beside(entry: Part, *names: str) -> dict[str, Any]:
    return {name: entry.beside[name] for name in names if name in entry.beside}


def _level(word: str | None, ours: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Our level for a word that says exactly one; "unrated" for any other."""
    said = (word or "").strip().casefold()
    known = {label.casefold(): code for code, label in ours.items()} | {code: code for code in ours}
    return (known | dict(others)).get(said, "unrated")


@cache
def _codes() -> Mapping[str, str]:
    """Names of languages, in French, in English and their own, to ISO 639-1 codes."""
    found: dict[str, str] = {}
    for tag in ("fr", "en"):
        for code, name in Locale(tag).languages.items():
            if len(code) == 2:  # ISO 639-1
                found.setdefault(str(name).casefold(), code)
                found.setdefault(code, code)
    return found


def _always(dataset: str) -> Callable[[Part], str]:
    return lambda _part: dataset


_MAKERS: Mapping[str, tuple[Callable[[Part], str], _Make]] = {
    "work": (_always("experiences"), _work),
    "volunteer": (_always("experiences"), _work),
    "education": (_always("trainings"), _education),
    "certificates": (lambda part: "licences" if "code" in part.beside else "trainings", _certificate),
    "skills": (_always("skills"), _skill),
    "languages": (_always("languages"), _language),
    "interests": (_always("interests"), _interest),
}


def paths_of(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """(path, French source text) of each problem, for a page."""
    return [(problem.path, problem.message) for problem in problems]
