"""People with keys in the database, apps that read them, and a ledger that takes it all in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from consent.acts import Decided
from consent.events import DataRead
from consent.ledger.sequencing.sequencer import Sequencer
from consent.mirror.folder import Folder
from consent.requests import Asker
from foundation.clock import FrozenClock
from foundation.database import Database
from keys.people import PeopleKeys
from tests.consent.ledger.support import signer_of
from tests.consent.sharing import COACH, Home, answered, asking, home, request

KEYS = PeopleKeys(b"w" * 32)
FIELDS = {"skills": "label level", "experiences": "title employer", "grant": "sub", "identity": "given_name"}


@dataclass
class Life:
    """One database with its people, its sequencer and its projection."""

    db: Database
    clock: FrozenClock
    sequencer: Sequencer
    folder: Folder

    async def person(self) -> Home:
        someone = home(self.db, self.clock)
        async with self.db.transaction() as tx:
            secrets = await KEYS.create(tx, someone.person.id)
        return replace(someone, person=replace(someone.person, secrets=secrets))

    async def share(self, who: Home, app: str = "coach", duration: str = "180d", *scopes: str) -> Decided:
        """She lets an app read skills and experiences (or what is said)."""
        ask = asking(await who.ask(request(asker=asker(app))))
        ticked = scopes or ("skills", "experiences")
        decided = await who.accept(ask, answered(ask, *ticked, duration=[duration]))
        assert isinstance(decided, Decided)
        return decided

    async def read(self, who: Home, app: str = "coach", dataset: str = "skills", count: int = 3) -> str:
        """An app reads; the id of the event."""
        standing = await who.standing(app)
        assert standing is not None
        event = DataRead(
            client=app,
            grant=standing.grant_id,
            revision=standing.revision,
            scopes=dataset,
            dataset=dataset,
            fields=FIELDS[dataset],
            count=count,
            items=("s01",) * count,
        )
        act = who.act(notice=None)
        async with self.db.transaction() as tx:
            recorded = await who.decisions.ledger.append(
                tx, event, person=who.person.secrets, now=act.now, request_id="t" * 32
            )
        return recorded.event_id

    async def place(self) -> None:
        """Every event gets its place."""
        while await self.sequencer.advance(sign_now=True):
            pass

    async def fold(self) -> int:
        """The same, and every entry is folded; how many were."""
        await self.place()
        return await self.folder.catch_up()


def asker(app: str) -> Asker:
    return COACH if app == "coach" else replace(COACH, client_id=app, name=f"App {app}")


def life_on(db: Database, clock: FrozenClock, **options: Any) -> Life:
    sequencer = Sequencer(db, signer_of("accord.test/log"), clock)
    return Life(db, clock, sequencer, Folder(db, clock, **options))


async def seen(db: Database, look: Callable[..., Any], *words: Any) -> Any:
    """What a function of a reading transaction gives."""
    async with db.reading() as tx:
        return await look(tx, *words)
