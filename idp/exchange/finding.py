"""What an exchange is decided on: the token shown, what stands behind it, the asking app's own grant."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement
from idp.clients.registry import Client, find_client
from idp.token.behalf import Chain, chain_of
from idp.token.loading import GRANT_COLUMNS, GrantRow, Loaded, flat, load_by_token
from idp.token.text import unverified_jti

SUBJECT, ACTOR = "subject_token", "actor_token"


# A grant's columns, and what its app knows the person by.
_OWN = Statement(
    select(*GRANT_COLUMNS, col(Grant.subject)).where(
        col(Grant.person_id) == bindparam("person_id"),
        col(Grant.client_id) == bindparam("client_id"),
        col(Grant.revoked_at).is_(None),
    ),
    flat(len(GRANT_COLUMNS) + 1),
)


class Found(NamedTuple):
    """What a form names, unproved. owner: the app of the token.

    chain: what its line hangs on; None when something of that ended. own: the living grant of the app that
    asks, of the same person; None for none. subject: her name in it.
    """

    owner: Client | None = None
    chain: Chain | None = ()
    own: GrantRow | None = None
    subject: str = ""
    actor: Loaded | None = None


async def load_exchange(tx: Transaction, client_id: str, form: Mapping[str, str]) -> Loaded:
    """The app that asks, the token to exchange with all behind it, and the rest as `found`."""
    loaded = await load_by_token(tx, client_id, unverified_jti(form.get(SUBJECT, "")) or "")
    actor = None
    if form.get(ACTOR):
        actor = await load_by_token(tx, client_id, unverified_jti(form[ACTOR]) or "")
    line, grant = loaded.line, loaded.grant
    if line is None or grant is None or grant.person_id is None:
        return loaded._replace(found=Found(actor=actor))
    # Whether a term is over is found when it is written: what is asked here is what stands behind the line.
    chain = await chain_of(tx, line.id, line.behalf, now=0) if line.behalf else ()
    own = await tx.first(_OWN, person_id=grant.person_id, client_id=client_id)
    found = Found(
        owner=await find_client(tx, line.client_id),
        chain=chain,
        own=None if own is None else GrantRow(*own[:-1]),
        subject="" if own is None else own[-1],
        actor=actor,
    )
    return loaded._replace(found=found)
