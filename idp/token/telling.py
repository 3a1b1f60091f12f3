"""Claims about the person in an ID token (OpenID Connect Core section 5.5): a read like any other.

Nobody pays for it who did not ask: the line says so.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.choices import Choice
from consent.events import DataRead
from consent.profile.release import email_claims, identity_claims, release
from consent.profile.store import Owner, load
from consent.tables import Grant
from foundation.errors import AccordError
from foundation.statements import Statement
from idp.authorize.claims import scope_of
from idp.details.limits import bounded_choice
from idp.people.accounts import email_claim
from idp.token.plans import Holding, Redeem
from idp.token.writing import Work

if TYPE_CHECKING:
    from idp.token.server import TokenDesk


class _Revision(NamedTuple):
    revision: int
    paused_at: int | None


_REVISION = Statement(
    select(col(Grant.revision), col(Grant.paused_at)).where(col(Grant.id) == bindparam("grant_id")), _Revision
)


async def add_claims(desk: "TokenDesk") -> None:
    """Put what the line's app asked into the ID token that is about to be signed, the last of the drafts."""
    plan = desk.plan
    if not isinstance(plan, Redeem):
        return
    asked = plan.holding.line.id_claims
    if asked is None:
        return
    holding, scopes = plan.holding, plan.minted.names.split()
    names = [name for name in asked.split() if scope_of(name) in scopes]
    choice = bounded_choice(holding.grant.choice_json, holding.line.details)
    desk.drafts[-1].claims.update(await claims_told(desk, holding, choice, names))


async def claims_told(
    desk: "TokenDesk", holding: Holding, choice: Choice, names: Iterable[str]
) -> dict[str, Any]:
    """Those of the claims that she has and `choice` lets out; recorded in the unit of the redemption."""
    grant, server = holding.grant, desk.case.server
    if grant.paused_at is not None or grant.person_id is None:
        return {}
    wanted = set(names)
    async with server.db.reading() as tx:
        items = (await load(tx, Owner(grant.person_id, holding.person.data_key), "identity")).items
        claims = identity_claims(items, choice)
        if not wanted.isdisjoint(("email", "email_verified")):
            kept = await email_claim(tx, grant.person_id, holding.person)
            claims |= {} if kept is None else email_claims(kept.email, choice, verified=kept.email_verified)
    told = {name: value for name, value in claims.items() if name in wanted}
    if told:
        shown = release("profile", items, choice).items if identity_claims(items, choice) else ()
        scopes = " ".join(sorted({scope_of(name) for name in told}))
        event = DataRead(
            client=holding.line.client_id,
            grant=grant.id,
            revision=grant.revision,
            scopes=scopes,
            dataset="identity",
            fields=" ".join(told),
            count=len(shown),
            items=shown,
        )
        desk.besides.append(lambda work: _record(work, holding, event))
    return told


async def _record(work: Work, holding: Holding, event: DataRead) -> None:
    """The read's event, once nothing has changed in the grant that the claim of the code now holds."""
    now = await work.tx.first(_REVISION, grant_id=holding.grant.id)
    if now is None or now != _Revision(holding.grant.revision, None):
        raise AccordError(
            "temporarily_unavailable",
            "The person changed her choice at this very moment. Nothing was spent; try again.",
            status=503,
            headers={"Retry-After": "1"},
        )
    await work.server.ledger.append(
        work.tx, event, person=holding.person, now=work.now, request_id=work.request_id
    )
