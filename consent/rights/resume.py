"""Her career as JSON Resume (jsonresume.org, schema 1.x): what a CV says, and nothing else of her.

Benefits, status, advisers, date of birth and employers' declarations are no matter of a CV: the complete JSON
has them. What the schema has no word for stands under `accord` beside it, with ROME identifiers (the schema
allows further keys); nothing is translated into a referential that it does not come from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consent.profile.fields import LANGUAGE_LEVELS, SKILL_LEVELS
from foundation.clock import to_datetime

SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
VERSION = "v1.0.0"
Item = Mapping[str, Any]
Shelf = Mapping[str, Sequence[Item]]


def to_resume(shelf: Shelf, email: str, now: int) -> dict[str, Any]:
    """The document. email: her account's address, where her profile has none for contact."""
    return {
        "$schema": SCHEMA,
        "basics": _basics(shelf, email),
        "work": [_work(item) for item in shelf.get("experiences", ())],
        "education": [_education(item) for item in shelf.get("trainings", ())],
        "certificates": [_with({"name": item["label"]}, item, "code") for item in shelf.get("licences", ())],
        "skills": [_skill(item) for item in shelf.get("skills", ())],
        "languages": [_language(item) for item in shelf.get("languages", ())],
        "interests": [_with({"name": item["label"]}, item, "detail") for item in shelf.get("interests", ())],
        "meta": {"version": VERSION, "lastModified": to_datetime(now).strftime("%Y-%m-%dT%H:%M:%S")},
    }


def _basics(shelf: Shelf, email: str) -> dict[str, Any]:
    identity, contact = _only(shelf, "identity"), _only(shelf, "contact")
    targets = shelf.get("job_targets", ())
    names = [identity.get("given_name"), identity.get("family_name")]
    location = {
        "address": "\n".join(contact.get("lines") or ()),
        "postalCode": contact.get("postal_code"),
        "city": contact.get("city"),
        "countryCode": contact.get("country_code"),
    }
    basics = {
        "name": " ".join(name for name in names if name),
        "label": targets[0]["label"] if targets else None,
        "email": contact.get("email") or email,
        "phone": next(iter(contact.get("phones") or ()), None),
        "location": _held(location),
    }
    return _held(basics) | _beside(identity | contact, "given_name", "family_name", "insee_code", "country")


def _work(item: Item) -> dict[str, Any]:
    told = {
        "name": item.get("company"),
        "position": item["title"],
        "location": item.get("place"),
        "startDate": item.get("start"),
        "endDate": item.get("end"),
        "summary": item.get("description"),
    }
    return _with(told, item, "rome_code", "current", "abroad")


def _education(item: Item) -> dict[str, Any]:
    year = item.get("end_year")
    told = {
        "studyType": item["title"],
        "area": item.get("domain"),
        "endDate": None if year is None else str(year),
    }
    return _with(told, item, "level", "domain_code", "obtained", "place", "abroad", "description")


def _skill(item: Item) -> dict[str, Any]:
    return _with(
        {"name": item["label"], "level": _word(item, SKILL_LEVELS)}, item, "kind", "level", "rome_code"
    )


def _language(item: Item) -> dict[str, Any]:
    told = {"language": item["label"], "fluency": _word(item, LANGUAGE_LEVELS)}
    return _with(told, item, "code", "level")


def _word(item: Item, words: Mapping[str, str]) -> str | None:
    """A level in French, as the profile page says it; nothing for one that was not given."""
    return None if item.get("level") == "unrated" else words.get(item.get("level", ""))


def _with(told: dict[str, Any], item: Item, *names: str) -> dict[str, Any]:
    return _held(told) | _beside(item, *names)


def _beside(item: Item, *names: str) -> dict[str, Any]:
    held = {name: item[name] for name in names if item.get(name) not in {None, False, "unrated"}}
    return {"accord": held} if held else {}


def _held(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


def _only(shelf: Shelf, dataset: str) -> dict[str, Any]:
    return dict(next(iter(shelf.get(dataset, ())), {}))
