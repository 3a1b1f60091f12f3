"""The people of a breach by name: whom to write to (GDPR art. 34), and the files that leave with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.rights import csv_files
from consent.rights.document import iso
from foundation.database import Database
from foundation.statements import Statement
from idp.duties.breach import Affected, Answer, Question
from idp.people.accounts import open_email
from idp.people.tables import Account
from keys.people import PeopleKeys
from keys.tables import PersonKey

_COLUMNS = ("email", "locale", "fields", "reads", "first_read", "last_read", "grants")


class _Reached(NamedTuple):
    sealed_email: bytes
    locale: str
    wrapped: bytes


_REACH = Statement(
    select(col(Account.sealed_email), col(Account.locale), col(PersonKey.wrapped))
    .join(PersonKey, col(PersonKey.person_id) == col(Account.id))
    .where(col(Account.id) == bindparam("person_id")),
    _Reached,
)


async def named(db: Database, keys: PeopleKeys, people: Iterable[Affected]) -> list[dict[str, Any]]:
    """Each person with her address; one who was erased meanwhile is left out."""
    found = []
    for one in people:
        async with db.reading() as tx:
            row = await tx.first(_REACH, person_id=one.person_id)
        if row is not None and one.person_id is not None:
            email = open_email(keys.open(one.person_id, row.wrapped), one.person_id, row.sealed_email)
            found.append({"email": email, "locale": row.locale} | told(one))
    return found


def told(one: Affected) -> dict[str, Any]:
    """What is said of one of those affected, beside a name."""
    return {
        "fields": sorted(one.fields),
        "reads": one.reads,
        "first_read": iso(one.first_at),
        "last_read": iso(one.last_at),
        "grants": sorted(one.grant_ids),
    }


def summary(question: Question, answer: Answer) -> dict[str, Any]:
    """How many, and what, without a name."""
    return {
        "client_id": question.client_id,
        "dataset": question.dataset or None,
        "field": question.field or None,
        "from": iso(question.since),
        "until": iso(question.until),
        "people": len(answer.people),
        "erased": len(answer.erased),
        "reads": answer.reads,
        "fields": by_field([*answer.people, *answer.erased]),
    }


def by_field(everyone: Iterable[Affected]) -> dict[str, int]:
    """How many people each field is about, the most first."""
    counted: dict[str, int] = {}
    for one in everyone:
        for name in one.fields:
            counted[name] = counted.get(name, 0) + 1
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def as_csv(people: Sequence[Mapping[str, Any]]) -> bytes:
    """The list for a spreadsheet, safe in it."""
    return csv_files.MARK + csv_files.lines(_rows(people))


def _rows(people: Sequence[Mapping[str, Any]]) -> Iterator[list[object]]:
    yield list(_COLUMNS)
    for one in people:
        yield [one[name] for name in _COLUMNS]
