"""People, requests and decisions for the tests of this room."""

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from joserfc.jwk import ECKey
from sqlalchemy import select
from sqlmodel import col

from consent.acts import Act, Decided, Notice, Person
from consent.answers import read_form
from consent.catalogue import Phrase
from consent.choices import Choice, Shelf
from consent.coverage import Ask, Covered, Standing, covers
from consent.decisions import Decisions
from consent.grants import find_standing
from consent.ledger.append import Ledger
from consent.ledger.tables import LedgerEvent
from consent.profile.editing import new_item_id, stored
from consent.profile.personas import load_persona
from consent.requests import Asker, Motives, SharingRequest, ask_to_share
from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.ids import new_id
from foundation.statements import Statement
from keys.people import PersonSecrets
from keys.sign import Signer

ISSUER = "https://accord.example"
NOTICE = Notice("fr", "ab" * 32, "1")
COACH = Asker("coach", "Cap Coaching", "Cap Coaching SAS", "https://coach.example", "https://coach.example/p")
SCOPES = ("openid", "profile", "skills", "experiences", "trainings", "offline_access")
KEY = ECKey.generate_key("P-256", {"kid": "receipt-1", "alg": "ES256", "use": "sig"})
JWKS = {"keys": [KEY.as_dict(private=False)]}
SIGNER = Signer("receipt-1", "ES256", KEY)


class _Leaf(NamedTuple):
    leaf: str


_LEAVES = Statement(select(col(LedgerEvent.leaf)).order_by(col(LedgerEvent.id)), _Leaf)


async def leaves(db: Database) -> list[dict[str, Any]]:
    """Every leaf of the ledger, oldest first."""
    async with db.reading() as tx:
        return [json.loads(row.leaf) for row in await tx.all(_LEAVES)]


def shelf_of_persona(name: str) -> dict[str, tuple[dict[str, Any], ...]]:
    return {
        dataset: tuple(stored(item, item.id or new_item_id()) for item in items)
        for dataset, items in load_persona(name).items()
    }


AMINA = shelf_of_persona("amina")


def request(
    *scopes: str,
    asker: Asker = COACH,
    required: Collection[str] = ("openid", "profile"),
    reasons: dict[str, str] | None = None,
    purpose: str | None = None,
    **limits: Any,
) -> SharingRequest:
    """limits: frequency, duration, fields, as `Motives` has them."""
    words = {name: Phrase(text, f"{text} (en)") for name, text in (reasons or {}).items()}
    motives = Motives(purpose=Phrase(purpose, purpose) if purpose else None, reasons=words, **limits)
    return ask_to_share(asker, scopes or SCOPES, required, motives)


def asking(answer: Covered | Ask) -> Ask:
    assert isinstance(answer, Ask)
    return answer


def first_ask(*scopes: str, **words: Any) -> Ask:
    return asking(covers(None, request(*scopes, **words), 0))


def answered(ask: Ask, *ticked: str, shelf: Shelf = AMINA, **fields: Collection[str]) -> Choice:
    return read_form({"scope": ticked, **fields}, ask, shelf)


@dataclass
class Home:
    """A person with the rooms she deals with."""

    db: Database
    clock: FrozenClock
    decisions: Decisions
    person: Person

    def act(self, **words: Any) -> Act:
        self.clock.advance(1_000)  # events of one millisecond have no order
        return Act(self.person, self.clock.now(), "trace", **{"notice": NOTICE, **words})

    async def standing(self, client_id: str = "coach") -> Standing | None:
        async with self.db.reading() as tx:
            return await find_standing(tx, self.person.id, client_id)

    async def ask(self, asked: SharingRequest, **words: Any) -> Covered | Ask:
        return covers(await self.standing(asked.asker.client_id), asked, self.clock.now(), **words)

    async def accept(self, ask: Ask, choice: Choice) -> Any:
        async with self.db.transaction() as tx:
            return await self.decisions.accept(tx, ask, choice, self.act())

    async def refuse(self, ask: Ask) -> Any:
        async with self.db.transaction() as tx:
            return await self.decisions.refuse(tx, ask, self.act())

    async def revoke(self, grant_id: str, **words: Any) -> Decided | None:
        async with self.db.transaction() as tx:
            return await self.decisions.revoke(tx, grant_id, self.act(notice=None, **words))

    async def agreed(self, *ticked: str, duration: str = "30d", **words: Any) -> Decided:
        """A grant to the coach."""
        ask = asking(await self.ask(request(**words)))
        decided = await self.accept(ask, answered(ask, *ticked, duration=[duration]))
        assert isinstance(decided, Decided)
        return decided


def home(db: Database, clock: FrozenClock) -> Home:
    decisions = Decisions(Ledger(), SIGNER.sign, ISSUER)
    keys = PersonSecrets(secrets.token_bytes(32), secrets.token_bytes(32))
    return Home(db, clock, decisions, Person(new_id(clock.now()), "pairwise-sub", keys))
