"""Two auditors, an administrator, and amina behind a pseudonym; what each may do, a step at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.database import Database
from idp.people.accounts import Draft
from idp.people.addresses import parse_address
from idp.people.opening import create_account
from idp.people.outbox import Letter, Outbox
from idp.unmasking import rows
from idp.unmasking.ending import end_all, search_on, tell_all
from idp.unmasking.life import Decision, State, Unmask, Wish, state_of
from idp.unmasking.unmasking import Staff, Unmasking
from keys.people import PersonSecrets
from tests.idp.support import World

REASON = "Plainte reçue : l’application aurait lu son profil."


@dataclass
class Scene:
    """staff: account id and opened keys, by name."""

    world: World
    staff: Mapping[str, tuple[str, PersonSecrets]]
    pseudonym: str = ""
    steps: Unmasking = field(init=False)

    def __post_init__(self) -> None:
        self.steps = Unmasking(self.world.server)

    @classmethod
    async def make(cls, world: World, *, granted: bool = True) -> "Scene":
        staff = {}
        roles = {"asker": "auditor", "other": "auditor", "admin": "administrator"}
        for name, role in roles.items():
            address = parse_address(f"{name}@example.org")
            assert address is not None
            async with world.server.db.transaction() as tx:
                draft = Draft(address, "!", role=role)  # type: ignore[arg-type]  # a role
                holder = await create_account(tx, world.server, draft, world.clock.now())
            staff[name] = holder.id, holder.person
        scene = cls(world, staff)
        if granted:
            await world.grant()
            scene.pseudonym = (await world.events("consent.given"))[-1]["person"]
        else:  # her account's first event: about no app, beside no grant
            scene.pseudonym = (await world.events("account.created"))[0]["person"]
        return scene

    @property
    def db(self) -> Database:
        return self.world.server.db

    def acting(self, name: str) -> Staff:
        return Staff(*self.staff[name], self.world.clock.now(), "t" * 32)

    async def ask(self, *, hours: int = 4, quiet_days: int = 0, name: str = "asker") -> str:
        wish = Wish(self.pseudonym, REASON, "2026-117", hours, quiet_days)
        async with self.db.transaction() as tx:
            unmask_id = await self.steps.ask(tx, wish, self.acting(name))
        assert unmask_id is not None
        return unmask_id

    async def decide(self, unmask_id: str, said: Decision = "approved", name: str = "admin") -> None:
        async with self.db.transaction() as tx:
            row = await self.steps.find(tx, unmask_id)
            await self.steps.decide(tx, row, said, self.acting(name))

    async def look(self, unmask_id: str, name: str = "asker") -> str:
        async with self.db.transaction() as tx:
            row = await self.steps.find(tx, unmask_id)
            return await self.steps.look(tx, row, self.acting(name))

    async def approved(self, **asked: Any) -> str:
        unmask_id = await self.ask(**asked)
        await self.decide(unmask_id)
        return unmask_id

    async def row(self, unmask_id: str) -> Unmask:
        async with self.db.reading() as tx:
            row = await rows.find(tx, unmask_id)
        assert row is not None
        return row

    async def state(self, unmask_id: str) -> State:
        return state_of(await self.row(unmask_id), self.world.clock.now())

    async def jobs(self) -> None:
        """A minute of the background."""
        while await search_on(self.world.server):
            pass
        await end_all(self.world.server)
        await tell_all(self.world.server)

    async def mails(self) -> list[Letter]:
        outbox = Outbox(self.world.server.people, self.world.server.secrets.people)
        async with self.db.reading() as tx:
            return [one for one in await outbox.recent(tx, 50) if one.template == "unmasked"]

    async def told(self, name: str) -> list[dict[str, Any]]:
        leaves = await self.world.events(f"unmask.{name}")
        assert "amina" not in json.dumps(leaves)
        return leaves
