"""The people of a breach by name: whom to write to (GDPR art. 34), and the files that leave with them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Executable, select
from sqlmodel import col

from consent.mirror.lists import given
from consent.rights import csv_files
from consent.rights.document import iso
from foundation.database import Database
from foundation.statements import Statement
from idp.duties.breach import Affected, Question, Tally
from idp.people.accounts import open_email
from idp.people.tables import Account
from keys.people import PeopleKeys
from keys.tables import PersonKey

_COLUMNS = ("email", "locale", "fields", "reads", "first_read", "last_read", "grants")


class _Reached(NamedTuple):
    person_id: str
    sealed_email: bytes
    locale: str
    wrapped: bytes


def _reach(dialect: str) -> Executable:
    account = col(Account.id)
    return (
        select(account, col(Account.sealed_email), col(Account.locale), col(PersonKey.wrapped))
        .join(PersonKey, col(PersonKey.person_id) == account)
        .where(account.in_(given(dialect, "people")))
    )


_REACH = Statement(_reach, _Reached)


async def named(db: Database, keys: PeopleKeys, people: Iterable[Affected]) -> list[dict[str, Any]]:
    """Each person with her address; one who was erased, by now or before, is left out."""
    by_id = {one.person_id: one for one in people if one.person_id is not None}
    if not by_id:
        return []
    async with db.reading() as tx:
        rows = await tx.all(_REACH, people=orjson.dumps(list(by_id)).decode())
    reached = {row.person_id: row for row in rows}
    return [_named(keys, reached[name], one) for name, one in by_id.items() if name in reached]


def _named(keys: PeopleKeys, row: _Reached, one: Affected) -> dict[str, Any]:
    secrets = keys.open(row.person_id, row.wrapped)
    return {"email": open_email(secrets, row.person_id, row.sealed_email), "locale": row.locale} | told(one)


def told(one: Affected) -> dict[str, Any]:
    """What is said of one of those affected, beside a name."""
    return {
        "fields": sorted(one.fields),
        "reads": one.reads,
        "first_read": iso(one.first_at),
        "last_read": iso(one.last_at),
        "grants": sorted(one.grant_ids),
    }


def summary(question: Question, tally: Tally) -> dict[str, Any]:
    """How many, and what, without a name."""
    return {
        "client_id": question.client_id,
        "dataset": question.dataset or None,
        "field": question.field or None,
        "from": iso(question.since),
        "until": iso(question.until),
        "people": tally.people,
        "erased": tally.erased,
        "reads": tally.reads,
        "fields": tally.by_field(),
    }


HEADING = csv_files.MARK + csv_files.lines([_COLUMNS])


def as_lines(people: Iterable[Mapping[str, Any]]) -> bytes:
    """Lines of the list for a spreadsheet, safe in it; HEADING opens the file."""
    return csv_files.lines([one[name] for name in _COLUMNS] for one in people)
