"""What a read hangs on and may change is looked at again, by whatever records a read that is remembered."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Column, Insert, Update
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.visitors import iterate

import consent
import idp
import keys
from consent.tables import Grant, ProfileDataset
from foundation.series import Series
from foundation.statements import Statement
from idp.clients.tables import Client
from idp.people.tables import Account
from idp.resource import rows
from idp.token.tables import AccessToken, Line
from keys.tables import PersonKey

TABLES = {one.__tablename__ for one in (AccessToken, Line, Client, Grant, PersonKey, ProfileDataset, Account)}
_SCRIPTS = {"idp.__main__", "idp.migrations.env"}  # run as they are imported
# What changes and is looked at, and yet need not be looked at again.
STANDS_FOR_THEM = {
    ("consent_grant", "choice_json"): "raises the revision; an erasure, which does not, ends the grant",
    ("profile_dataset", "sealed"): "raises the revision",
}


def _statements(found: object) -> Iterator[Statement[Any]]:
    """Those in a module's name, or a collection there."""
    if isinstance(found, Statement):
        yield found
    elif isinstance(found, Mapping):
        yield from chain.from_iterable(map(_statements, found.values()))
    elif isinstance(found, (tuple, list, frozenset)):
        yield from chain.from_iterable(map(_statements, found))


def _every_clause() -> Iterator[ClauseElement]:
    """What the statements of every module say, on both databases."""
    for package in (idp, consent, keys):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name in _SCRIPTS:
                continue
            for one in chain.from_iterable(
                map(_statements, vars(importlib.import_module(module.name)).values())
            ):
                yield from _clauses(one)


def _clauses(statement: Statement[Any]) -> list[ClauseElement]:
    if isinstance(statement, Series):
        return [] if statement._guard is None else [statement._guard]
    clause: Any = statement._clause
    found = [clause] if isinstance(clause, ClauseElement) else map(clause, ("sqlite", "postgresql"))
    return [one for one in found if isinstance(one, ClauseElement)]


def _changed() -> set[tuple[str, str]]:
    """Table and column of whatever an UPDATE, or an INSERT over a row that is there, sets."""
    found = set[tuple[str, str]]()
    for clause in _every_clause():
        for part in iterate(clause):
            if isinstance(part, Update):
                found |= {(part.table.name, column.name) for column in part._values or ()}
            elif isinstance(part, Insert):
                over = getattr(part._post_values_clause, "update_values_to_set", ())
                found |= {(part.table.name, getattr(name, "name", name)) for name in over}
    return {(table, column) for table, column in found if table in TABLES}


def _columns_of(clause: ClauseElement) -> set[tuple[str, str]]:
    columns = [one for one in iterate(clause) if isinstance(one, Column)]
    return {(one.table.name, one.name) for one in columns if one.table.name in TABLES}


def test_what_may_change_is_looked_at_again() -> None:
    changed = _changed()
    assert {
        ("consent_grant", "revision"),
        ("access_token", "revoked_at"),
        ("profile_dataset", "sealed"),
    } <= changed
    for look, then in ((rows.OF_DATA, rows._DATA_THEN), (rows.OF_IDENTITY, rows._IDENTITY_THEN)):
        looked_at, again = (_columns_of(one) for one in (*_clauses(look[0]), *_clauses(then)))
        assert (looked_at & changed) - again == set(STANDS_FOR_THEM)
