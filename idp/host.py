"""What the consent room's pages are given: this server's sessions and apps, in that room's words."""

from collections.abc import Collection, Mapping

from starlette.requests import Request

from consent.decisions import Decisions
from consent.pages.host import Host, Member, Posted
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.ciba.finding import how_many_wait
from idp.clients.registry import find_client
from idp.context import Server
from idp.people.access import Access
from idp.people.ages import still_minor, today
from idp.people.session import Session
from idp.signals.state import told_of


def host_of(server: Server, access: Access, decisions: Decisions) -> Host:
    """The `Host` of one server."""
    person = access.require_role("person")
    auditor = access.require_role("auditor")

    async def posted(request: Request) -> Posted:
        posted = await access.posted(request)
        return Posted(_member(posted.session, server.clock.now()), posted.form)

    async def posted_by_person(request: Request) -> Posted:
        await person(request)
        return await posted(request)

    async def posted_by_auditor(request: Request) -> Posted:
        await auditor(request)
        return await posted(request)

    async def member_of_role_person(request: Request) -> Member:
        return _member(await person(request), server.clock.now())

    async def member_of_role_auditor(request: Request) -> Member:
        return _member(await auditor(request), server.clock.now())

    return Host(
        db=server.db,
        clock=server.clock,
        decisions=decisions,
        log_origin=server.sequencer.verifier.name,
        person=member_of_role_person,
        posted_by_person=posted_by_person,
        auditor=member_of_role_auditor,
        posted_by_auditor=posted_by_auditor,
        app_names=_app_names,
        told=lambda tx, grant_id: told_of(server, tx, grant_id, server.clock.now()),
        waiting=lambda tx, person_id: how_many_wait(tx, person_id, server.clock.now()),
    )


def _member(session: Session, now: int) -> Member:
    if session.account_id is None or session.person is None:
        raise AccordError("sign_in_required", "Sign in first.", status=303, headers={"Location": "/login"})
    # Nobody signs in before the address is proved, so a session's address is a confirmed one.
    alone = not still_minor(session.of_age_on, today(now))
    return Member(session.account_id, session.person, session.email, verified=True, alone=alone)


async def _app_names(tx: Transaction, client_ids: Collection[str]) -> Mapping[str, str]:
    found = [await find_client(tx, client_id) for client_id in sorted(set(client_ids))]
    return {client.id: client.metadata.name for client in found if client is not None}
