"""`python -m bench.seed_accord`: codes in bulk, as if a thousand people had just agreed.

Opens the database of the environment's ACCORD_* settings beside the running server. The first call for a
client makes the people, with a profile and a grant each; later calls only mint codes on those grants.
Everything is made by the functions of the journey, events and receipts included, save the codes: their
lines are inserted in bulk, without an event each.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.acts import Act, Notice, Person, Stale
from consent.choices import Choice, share
from consent.coverage import Ask, covers
from consent.decisions import Decisions
from consent.profile.document import import_document
from consent.profile.personas import load_persona
from consent.profile.store import Owner, load_all, shelf_of
from consent.requests import Asker, ask_to_share
from consent.tables import Grant
from foundation.clock import MINUTE
from foundation.database import Transaction
from foundation.ids import new_id
from foundation.settings import load_settings
from foundation.statements import Statement
from idp.clients.registry import Client, find_client
from idp.clients.subjects import subject_for
from idp.context import Server
from idp.people.accounts import Draft, Holder, insert_account
from idp.people.addresses import parse_address
from idp.running.opening import open_server
from idp.token.lines import OPEN_LINE
from idp.token.text import new_code
from keys.seal import keyed_hash

PEOPLE = 1000
_CODES_A_UNIT = 2000
_PERSONA = "amina"
_NO_PASSWORD = "!"  # nobody signs in; hashing a thousand passwords would take half a minute
_NOTICE = Notice("fr", "0" * 64, "bench")


class Granted(NamedTuple):
    """A grant that codes are minted on."""

    grant_id: str
    person_id: str
    subject: str


_GRANTED = Statement(
    select(col(Grant.id), col(Grant.person_id), col(Grant.subject))
    .where(col(Grant.client_id) == bindparam("client_id"), col(Grant.revoked_at).is_(None))
    .order_by(col(Grant.id)),
    Granted,
)


async def seed(asked: argparse.Namespace) -> list[str]:
    """The codes, ready to redeem."""
    async with open_server(load_settings()) as server:
        async with server.db.reading() as tx:
            client = await find_client(tx, asked.client)
            granted = await tx.all(_GRANTED, client_id=asked.client)
        if client is None:
            raise SystemExit(f"no client {asked.client}")
        if not granted:
            granted = await people(server, client, asked.scope.split(), PEOPLE)
        codes: list[str] = []
        while len(codes) < asked.count:
            count = min(_CODES_A_UNIT, asked.count - len(codes))
            codes += await mint(server, granted, count, asked)
        return codes


async def people(server: Server, client: Client, scopes: Sequence[str], count: int) -> list[Granted]:
    """So many people who agreed to everything, for half a year."""
    asker = Asker(client.id, client.metadata.name)
    asked = covers(None, ask_to_share(asker, scopes), server.clock.now())
    if not isinstance(asked, Ask):
        raise TypeError("a first request is always asked")
    decisions = Decisions(server.ledger, server.ring.signer("receipt", "ES256").sign, server.issuer)
    found = []
    for number in range(count):
        async with server.db.transaction() as tx:
            holder = await _person(server, tx, number)
            found.append(await _agreed(server, tx, decisions, asked, client, holder))
    return found


async def _person(server: Server, tx: Transaction, number: int) -> Holder:
    """An account with a full profile."""
    now, address = server.clock.now(), parse_address(f"bench-{number}@example.org")
    if address is None:
        raise ValueError("not an address")
    draft = Draft(address, _NO_PASSWORD)
    holder = await insert_account(tx, server.people, server.secrets.lookup, draft, now)
    await import_document(tx, _owner(holder), load_persona(_PERSONA), now)
    return holder


async def _agreed(  # noqa: PLR0913, PLR0917  # what an agreement is made of
    server: Server, tx: Transaction, decisions: Decisions, asked: Ask, client: Client, holder: Holder
) -> Granted:
    """Her grant of everything asked, with its receipt and its event."""
    shelf = shelf_of(await load_all(tx, _owner(holder)))
    shared = {name: share(name, shelf) for name in asked.scopes}
    choice = Choice(shared, frozenset(), "180d", offline=True)
    person = Person(holder.id, subject_for(client, holder.person), holder.person)
    act = Act(person=person, now=server.clock.now(), request_id=None, notice=_NOTICE)
    decided = await decisions.accept(tx, asked, choice, act)
    if isinstance(decided, Stale):
        raise TypeError("a first answer is never stale")
    return Granted(decided.standing.grant_id, holder.id, person.subject)


def _owner(holder: Holder) -> Owner:
    return Owner(holder.id, holder.person.data_key)


async def mint(
    server: Server, granted: Sequence[Granted], count: int, asked: argparse.Namespace
) -> list[str]:
    """One unit's worth of codes, spread over the people."""
    now = server.clock.now()
    codes, rows = [], []
    for number in range(count):
        line_id = new_id(now)
        code, secret = new_code(line_id)
        codes.append(code)
        rows.append(_line(granted[number % len(granted)], line_id, now, asked))
        rows[-1]["code_hash"] = keyed_hash(server.secrets.token_hash, secret.encode())
    async with server.db.transaction() as tx:
        await tx.run_many(OPEN_LINE, rows)
    return codes


def _line(granted: Granted, line_id: str, now: int, asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "id": line_id,
        "client_id": asked.client,
        "grant_id": granted.grant_id,
        "session_id": new_id(now),
        "account_id": granted.person_id,
        "subject": granted.subject,
        "scope": asked.scope,
        "details": None,
        "renews": None,
        "redirect_uri": asked.redirect_uri,
        "nonce": None,
        "code_challenge": asked.challenge,
        "dpop_jkt": None,
        "acr": None,
        "id_claims": None,
        "auth_time": now,
        "code_expires_at": now + 10 * MINUTE,
        "redeemed_at": None,
        "refreshable": 1,
        "generation": 0,
        "rotated_at": None,
        "refresh_until": None,
        "behalf": None,
        "revoked_at": None,
        "created_at": now,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("client", "redirect-uri", "scope", "challenge"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.write_text("\n".join(asyncio.run(seed(asked))), "ascii")


if __name__ == "__main__":
    main()
