"""What the rooms of idp know of a person, for the archive that she takes along."""

import json
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.public import vkey_text
from consent.rights.document import iso
from consent.rights.pages import AccountFacts, Known
from foundation.database import Transaction
from foundation.statements import Statement
from idp.context import Server
from idp.people.sessions import Sessions
from idp.people.tables import Account
from keys.people import PersonSecrets


class _Account(NamedTuple):
    locale: str
    created_at: int
    email_verified_at: int | None


_FIND = Statement(
    select(col(Account.locale), col(Account.created_at), col(Account.email_verified_at)).where(
        col(Account.id) == bindparam("account_id")
    ),
    _Account,
)


def account_facts(server: Server) -> AccountFacts:
    """The function that the pages of the archive ask."""
    sessions = Sessions(server.settings, server.secrets.token_hash, server.people)

    async def known(tx: Transaction, person_id: str, secrets: PersonSecrets, email: str) -> Known:
        row = await tx.one(_FIND, account_id=person_id)
        browsers = await sessions.browsers(tx, person_id, secrets, server.clock.now())
        facts: dict[str, Any] = {
            "email": email,
            "email_verified": row.email_verified_at is not None,
            "locale": row.locale,
            "created_at": iso(row.created_at),
            "sessions": [
                {
                    "browser": one.agent,
                    "since": iso(one.created_at),
                    "last_seen_at": iso(one.last_seen_at),
                }
                for one in browsers
            ],
        }
        return Known(
            facts, row.created_at, _receipt_keys(server), vkey_text(server.sequencer.verifier).strip()
        )

    return known


def _receipt_keys(server: Server) -> dict[str, Any]:
    """Every public key that ever signed a receipt, retired ones too: old receipts stay checkable."""
    return {"keys": [json.loads(row.public_jwk) for row in server.ring.rows() if row.purpose == "receipt"]}
