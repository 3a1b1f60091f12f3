"""Apps as their operator looks at them: how each came to be registered, and what it is at now."""

from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement
from foundation.text import N_
from idp.clients.registry import CLIENT_COLUMNS, Client, ClientRow, read_client
from idp.clients.tables import Client as ClientTable
from idp.documents.tables import ClientDocument
from idp.registration.tables import ClientRegistration, RegistrationToken

_STATES = {
    "active": (N_("Active"), "ok"),
    "suspended": (N_("Suspendue"), "stop"),
    "changed": (N_("Suspendue, son adresse a changé"), "warn"),
    "ended": (N_("Arrêtée par elle-même"), "none"),
}


class StandingRow(NamedTuple):
    """An app, and how it registered where it did so by itself. Times are microseconds.

    issued_at, deleted_at: of its registration; contact: whom the token was given to, None where it came
    without one. digest, changed: of its document, None where its client_id is no address, or none changed.
    """

    id: str
    secret_hash: bytes | None
    metadata_json: str
    suspended_at: int | None
    created_at: int
    issued_at: int | None
    deleted_at: int | None
    statement: str | None
    contact: str | None
    digest: str | None
    changed: str | None

    @property
    def client(self) -> Client:
        return read_client(ClientRow(self.id, self.secret_hash, self.metadata_json, self.suspended_at))

    @property
    def state(self) -> tuple[str, str]:
        """What it is at: a French msgid, and the kind of its pill."""
        if self.deleted_at is not None:
            return _STATES["ended"]
        if self.suspended_at is None:
            return _STATES["active"]
        return _STATES["suspended" if self.changed is None else "changed"]

    @property
    def way(self) -> str:
        """How it came to be registered: a French msgid; `%(who)s` in it is whom its token was given to."""
        if self.digest is not None:
            return N_("par l’adresse qui est son identifiant")
        if self.issued_at is None:
            return N_("par vous ou un autre exploitant")
        if self.contact is None:
            return N_("d’elle-même, sans jeton")
        named = N_("d’elle-même, par le jeton de %(who)s")
        return named if self.contact else N_("d’elle-même, par un jeton")

    @property
    def may_stop(self) -> bool:
        return self.suspended_at is None

    @property
    def may_go_on(self) -> bool:
        """Whether an administrator may let it go on: not when it ended itself."""
        return self.suspended_at is not None and self.deleted_at is None


_APPS = (
    select(
        *CLIENT_COLUMNS,
        col(ClientTable.created_at),
        col(ClientRegistration.issued_at),
        col(ClientRegistration.deleted_at),
        col(ClientRegistration.software_statement),
        col(RegistrationToken.contact),
        col(ClientDocument.digest),
        col(ClientDocument.changed),
    )
    .outerjoin(ClientRegistration, col(ClientRegistration.client_id) == col(ClientTable.id))
    .outerjoin(RegistrationToken, col(RegistrationToken.id) == col(ClientRegistration.token_id))
    .outerjoin(ClientDocument, col(ClientDocument.client_id) == col(ClientTable.id))
)
_BY_ITSELF = or_(col(ClientRegistration.client_id).is_not(None), col(ClientDocument.client_id).is_not(None))
_PAGE = _APPS.where(col(ClientTable.id) > bindparam("after")).order_by(col(ClientTable.id))
_LIST = Statement(_PAGE.limit(bindparam("most")), StandingRow)
_LIST_BY_ITSELF = Statement(_PAGE.where(_BY_ITSELF).limit(bindparam("most")), StandingRow)
_ONE = Statement(_APPS.where(col(ClientTable.id) == bindparam("client_id")), StandingRow)


async def list_standing(
    tx: Transaction, *, after: str = "", most: int, by_itself: bool = False
) -> list[StandingRow]:
    """A page of apps by id. by_itself: of those alone that registered by themselves."""
    return await tx.all(_LIST_BY_ITSELF if by_itself else _LIST, after=after, most=most)


async def find_standing(tx: Transaction, client_id: str) -> StandingRow | None:
    """One app, or None."""
    return await tx.first(_ONE, client_id=client_id)
