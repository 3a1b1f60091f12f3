"""Asking who is affected, on the record: the answer leaves once the ledger has who asked, what and why."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, NamedTuple

from foundation.errors import AccordError
from idp.clients.registry import Client, list_clients
from idp.context import Server
from idp.duties.breach import BEGINNING, WHOLE, Part, Question, Tally
from idp.duties.breach_walk import count, walk
from idp.duties.events import BreachListed, BreachQueried, BreachQueriedByOperator
from idp.duties.people import named
from keys.people import PersonSecrets

LONGEST_REASON = 1_000
_PAGE = 200


class Administrator(NamedTuple):
    """Who asks, from a page, and why; request_id: trace id."""

    secrets: PersonSecrets
    reason: str
    request_id: str


class Asked(NamedTuple):
    """The ledger's event of a question, and what was counted by then."""

    event_id: str
    tally: Tally


async def ask(
    server: Server,
    question: Question,
    by: Administrator | str,
    part: Part = WHOLE,
    watch: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Who is affected, without a name; recorded before it is told. part, watch: as `count`.

    by: an administrator, or an operator's case. Raises AccordError reason_missing.
    """
    reason = _reason(by)
    tally = await count(server.db, question, part, watch)
    await _record(server, by, reason, _facts(question, tally, listed=False))
    return tally


async def begin_list(server: Server, question: Question, by: Administrator | str) -> Asked:
    """That the list is asked for, recorded before its first line is made. Raises as `ask`."""
    nobody = Tally(rest=BEGINNING)
    facts = _facts(question, nobody, listed=True)
    return Asked(await _record(server, by, _reason(by), facts), nobody)


async def list_people(
    server: Server, question: Question, asked: Asked, watch: Callable[[int], None] = lambda _: None
) -> AsyncGenerator[list[dict[str, Any]], None]:
    """Those affected by name, as they are found; that all of them left is recorded at the end.

    asked: of `begin_list`; its tally grows on the way. watch: as `count`.
    """
    tally, done = asked.tally, 0
    async for step in walk(server.db, question):
        for one in step.people:
            tally.add(one)
        done += step.grants
        watch(done)
        yield await named(server.db, server.people, step.people)
    tally.rest = None
    event = BreachListed(
        client=question.client_id,
        asked=asked.event_id,
        people=tally.people,
        erased=tally.erased,
        reads=tally.reads,
    )
    async with server.db.transaction() as tx:
        await server.ledger.append(tx, event, person=None, now=server.clock.now(), request_id=None)


def _reason(by: Administrator | str) -> str:
    reason = by if isinstance(by, str) else by.reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise AccordError("reason_missing", "Say why you ask, in a sentence or two.", status=422)
    return reason


def _facts(question: Question, tally: Tally, *, listed: bool) -> dict[str, Any]:
    return {
        "client": question.client_id,
        "dataset": question.dataset,
        "field": question.field,
        "since": question.since,
        "until": question.until,
        "people": tally.people,
        "erased": tally.erased,
        "reads": tally.reads,
        "complete": tally.rest is None,
        "listed": listed,
    }


async def _record(server: Server, by: Administrator | str, reason: str, facts: dict[str, Any]) -> str:
    now, append = server.clock.now(), server.ledger.append
    async with server.db.transaction() as tx:
        if isinstance(by, str):
            told = BreachQueriedByOperator(**facts, case=reason)
            return (await append(tx, told, person=None, now=now, request_id=None)).event_id
        event = BreachQueried(**facts, reason=reason)
        return (await append(tx, event, person=by.secrets, now=now, request_id=by.request_id)).event_id


async def every_client(server: Server) -> list[Client]:
    """Every app, suspended ones too."""
    found: list[Client] = []
    while True:
        after = found[-1].id if found else ""
        async with server.db.reading() as tx:
            page = await list_clients(tx, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found
