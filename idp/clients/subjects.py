"""The name an app knows a person by (`sub`, OpenID Connect Core section 8).

It comes from the person's own secret: no key of ours alone can recompute it, and erasing her keys unlinks
it for good. The sector of a pairwise subject is the app itself, not the host of its redirect URI: two apps
of one host must not be able to recognise the same person without asking her. Apps that say so share theirs:
the sector of a `sector_identifier_uri` is its host (section 8.1), and whoever registers an app with one has
seen that the document there names the app's own addresses.

What an app knows people by never changes under it: once anybody let it read, its sector stays.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.tables import Grant
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client
from keys.people import PersonSecrets
from keys.seal import hmac_sha256
from keys.sign import b64url


class _Id(NamedTuple):
    id: str


_ANY_GRANT = Statement(
    select(col(Grant.id)).where(col(Grant.client_id) == bindparam("client_id")).limit(1), _Id
)


def subject_for(client: Client, person: PersonSecrets) -> str:
    """The `sub` of a person for an app: 43 characters, stable as long as both exist."""
    sector = sector_of(client.id, client.metadata)
    return b64url(hmac_sha256(person.secret, f"subject {sector}".encode()))


def sector_of(client_id: str, metadata: ClientMetadata) -> str:
    """Who knows people by the same names: one app, the apps of one sector, or every public one."""
    if metadata.subject_type == "public":
        return "public"
    if metadata.sector_identifier_uri is not None:
        return f"sector {urlsplit(metadata.sector_identifier_uri).hostname}"
    return f"pairwise {client_id}"


async def check_subjects_stay(
    tx: Transaction, client_id: str, before: ClientMetadata, after: ClientMetadata
) -> None:
    """Refuse to rename the people whom an app knows. Raises AccordError `invalid_client_metadata`."""
    if sector_of(client_id, before) == sector_of(client_id, after):
        return
    if await tx.first(_ANY_GRANT, client_id=client_id) is not None:
        raise AccordError(
            "invalid_client_metadata",
            "subject_type and sector_identifier_uri stay: people let this application read, and it would"
            " know none of them again.",
        )
