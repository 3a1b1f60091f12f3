"""Asking who is affected, on the record: the answer leaves once the ledger has who asked, what and why."""

from typing import Any, NamedTuple

from foundation.errors import AccordError
from idp.clients.registry import Client, list_clients
from idp.context import Server
from idp.duties.breach import Answer, Question, affected
from idp.duties.events import BreachQueried, BreachQueriedByOperator
from keys.people import PersonSecrets

LONGEST_REASON = 1_000
_PAGE = 200


class Administrator(NamedTuple):
    """Who asks, from a page, and why; request_id: trace id."""

    secrets: PersonSecrets
    reason: str
    request_id: str


async def ask(server: Server, question: Question, by: Administrator | str, *, listed: bool) -> Answer:
    """Who is affected; recorded first. by: an administrator, or an operator's case reference.

    listed: whether names are about to leave. Raises AccordError reason_missing.
    """
    answer = await affected(server.db, question)
    facts: dict[str, Any] = {
        "client": question.client_id,
        "dataset": question.dataset,
        "field": question.field,
        "since": question.since,
        "until": question.until,
        "people": len(answer.people),
        "erased": len(answer.erased),
        "reads": answer.reads,
        "listed": listed,
    }
    now, ledger = server.clock.now(), server.ledger
    async with server.db.transaction() as tx:
        if isinstance(by, str):
            await ledger.append(
                tx, BreachQueriedByOperator(**facts, case=by), person=None, now=now, request_id=None
            )
            return answer
        reason = by.reason.strip()
        if not reason or len(reason) > LONGEST_REASON:
            raise AccordError("reason_missing", "Say why you ask, in a sentence or two.", status=422)
        event = BreachQueried(**facts, reason=reason)
        await ledger.append(tx, event, person=by.secrets, now=now, request_id=by.request_id)
    return answer


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
