"""Looking after living grants as time passes: suggestions, pauses, announcements, reminders.

A grant is looked at when its row says so, and not before. The UPDATE that moves its next look compares the
one it saw: of two nodes one acts, in one unit with the mail or the pause; a unit that was cut did neither.
"""

from typing import NamedTuple

import orjson
import structlog
from sqlalchemy import Executable, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.acts import Act, Person
from consent.choices import read_choice
from consent.decisions import Decisions
from consent.grants import GrantRow, find_grant
from consent.ledger.store import tree_size
from consent.mirror import tail
from consent.mirror.care import REMIND, Action, Cared, Due, due
from consent.mirror.folder import position
from consent.mirror.post import Post
from consent.mirror.reflection import last_use, reflect
from consent.mirror.tables import GrantCare, PersonCare
from consent.mirror.totals import totals_of
from foundation.clock import DAY
from foundation.database import Database, Transaction
from foundation.errors import AccordError
from foundation.statements import Statement, Write
from keys.people import PeopleKeys

log = structlog.get_logger("consent")

BATCH = 20
_MOST = 2_000  # a round
_LATER = DAY
WHOLE = "*"  # in place of a scope: all of the grant


class CareRow(NamedTuple):
    """A row of `grant_care`."""

    grant_id: str
    person_id: str
    since: int
    due_at: int
    suggested: str
    term_told: int | None


class PersonRow(NamedTuple):
    """A row of `person_care`."""

    reminded_at: int | None
    muted_at: int | None


_COLUMNS = tuple(col(getattr(GrantCare, name)) for name in CareRow._fields)
_DUE = Statement(
    select(*_COLUMNS)
    .where(col(GrantCare.due_at) <= bindparam("now"))
    .order_by(col(GrantCare.due_at))
    .limit(BATCH),
    CareRow,
)
CARE_OF = Statement(select(*_COLUMNS).where(col(GrantCare.grant_id) == bindparam("grant_id")), CareRow)
_SEEN = Write(
    update(GrantCare)
    .where(col(GrantCare.grant_id) == bindparam("of"), col(GrantCare.due_at) == bindparam("known"))
    .values(
        due_at=bindparam("next_at"),
        suggested=bindparam("told_scopes"),
        term_told=bindparam("told_term"),
    )
)
_OVER = Write(
    delete(GrantCare).where(
        col(GrantCare.grant_id) == bindparam("grant_id"), col(GrantCare.due_at) == bindparam("due_at")
    )
)
PERSON = Statement(
    select(col(PersonCare.reminded_at), col(PersonCare.muted_at)).where(
        col(PersonCare.person_id) == bindparam("person_id")
    ),
    PersonRow,
)


def _remind(dialect: str) -> Executable:
    asked = (sqlite.insert(PersonCare) if dialect == "sqlite" else postgresql.insert(PersonCare)).values(
        person_id=bindparam("person_id"), reminded_at=bindparam("now"), muted_at=None
    )
    known = col(PersonCare.reminded_at)
    return asked.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"reminded_at": asked.excluded.reminded_at},
        where=or_(known.is_(None), known <= bindparam("before")),
    )


_REMIND = Write(_remind)


class Caretaker:
    """Does what is due. keys: those of all people."""

    def __init__(self, db: Database, decisions: Decisions, keys: PeopleKeys, post: Post) -> None:
        self._db = db
        self._decisions = decisions
        self._keys = keys
        self._post = post

    async def sweep(self, now: int) -> int:
        """Look at the grants that are due; how many.

        Raises AccordError when the database or the ledger cannot take it: what is left waits for the next.
        """
        looked = 0
        while looked < _MOST:
            async with self._db.reading() as tx:
                if await self._is_behind(tx):
                    return looked
                rows = await tx.all(_DUE, now=now)
            looked += sum([await self._look_safely(row, now) for row in rows])
            if len(rows) < BATCH:
                break
        return looked

    async def _is_behind(self, tx: Transaction) -> bool:
        """A projection that is still folding old reads would make busy apps look idle."""
        return await tree_size(tx) - await position(tx) > tail.MOST

    async def _look_safely(self, row: CareRow, now: int) -> bool:
        """One that cannot be read is put off, so that it keeps nobody else's waiting."""
        try:
            return await self._look(row, now)
        except AccordError:
            raise
        except Exception:
            log.exception("a grant could not be looked after", grant=row.grant_id)
            async with self._db.transaction() as tx:
                await _seen(tx, row, Due((), frozenset(row.suggested.split()), row.term_told, now + _LATER))
            return True

    async def _look(self, row: CareRow, now: int) -> bool:
        async with self._db.transaction() as tx:
            grant = await find_grant(tx, row.person_id, row.grant_id)
            if grant is None or not grant.lives(now):
                return await tx.run(_OVER, grant_id=row.grant_id, due_at=row.due_at) > 0
            person = await tx.first(PERSON, person_id=row.person_id) or PersonRow(None, None)
            found = due(await self._cared(tx, grant, row, person, now), now)
            if not await _seen(tx, row, found):
                return False
            for action in found.actions:
                await self._act(tx, action, grant, muted=person.muted_at is not None, now=now)
        return True

    async def _cared(
        self, tx: Transaction, grant: GrantRow, row: CareRow, person: PersonRow, now: int
    ) -> Cared:
        choice, required = read_choice(grant.choice_json), orjson.loads(grant.terms_json)["required"]
        totals = await totals_of(tx, row.person_id, [row.grant_id])
        mirror = reflect(choice, required, totals, row.since, now)
        used_at = max(row.since, last_use(mirror) or 0)
        return Cared(
            granted_at=grant.granted_at,
            expires_at=grant.expires_at,
            paused=grant.paused_at is not None,
            used_at=used_at,
            quiet={WHOLE: used_at} | {one.scope: one.quiet_since for one in mirror if not one.required},
            suggested=frozenset(row.suggested.split()),
            term_told=row.term_told,
            reminded_at=person.reminded_at,
        )

    async def _act(self, tx: Transaction, action: Action, grant: GrantRow, *, muted: bool, now: int) -> None:
        person_id = grant.person_id or ""
        if action == "pause":
            secrets = await self._keys.find(tx, person_id)
            if secrets is not None:
                act = Act(Person(person_id, grant.subject, secrets), now, None, method="unused", by="server")
                await self._decisions.pause(tx, grant.id, "unused", act)  # its event is told by a letter
            return
        first = action != "remind" or await tx.run(_REMIND, person_id=person_id, now=now, before=now - REMIND)
        if first and not muted:
            name = orjson.loads(grant.terms_json)["elements"]["recipient"]["name"]
            path = "/account/apps" if action == "remind" else f"/account/apps/{grant.id}"
            data = {"app": name, "until": grant.expires_at, "path": path}
            await self._post.write(tx, person_id, _TEMPLATES[action], data, now)


_TEMPLATES = {"suggest": "consent-unused", "announce": "consent-ends", "remind": "consent-reminder"}


async def _seen(tx: Transaction, row: CareRow, found: Due) -> bool:
    return (
        await tx.run(
            _SEEN,
            of=row.grant_id,
            known=row.due_at,
            next_at=found.due_at,
            told_scopes=" ".join(sorted(found.suggested)),
            told_term=found.term_told,
        )
        > 0
    )
