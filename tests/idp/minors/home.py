"""A child of 14 and her mother, each with a browser; the child turns 15 in a hundred days."""

from datetime import timedelta
from typing import Any

import httpx

from consent.grants import find_standing
from idp.people.ages import today
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.room import People
from tests.idp.support import World
from tests.idp.visitor import PASSWORD, Visitor, quick_hasher, read

CHILD, MUM, DAD = "lea@example.org", "Maman@example.org", "papa@example.org"


async def account(house: World, email: str, turns_15_in: int | None = None) -> str:
    hasher = quick_hasher()
    of_age_on = None if turns_15_in is None else today(house.clock.now()) + timedelta(days=turns_15_in)
    draft = await draft_account(hasher, NewAccount(email, PASSWORD, of_age_on=of_age_on))
    hasher.close()
    async with house.server.db.transaction() as tx:
        return (await create_account(tx, house.server, draft, house.clock.now())).id


class Home:
    """A child of 14, her mother's account, and each one's browser."""

    def __init__(self, house: World, lea: Visitor, mum: Visitor, child_id: str) -> None:
        self.house, self.lea, self.mum, self.child_id = house, lea, mum, child_id

    async def choose(self, **ticked: Any) -> httpx.Response:
        """The child answers the consent screen: the page where she names a parent."""
        page = await self.lea.sign_in(await self.lea.ask(), CHILD)
        return await self.lea.decide(page, **({"scope": ["skills"]} | ticked))

    async def agreed_to(self, page: httpx.Response) -> httpx.Response:
        """From the page that asks for a parent: one is named and agrees; what the parent reads then."""
        return await self.answer(await self.ask_mum(page), adult="1")

    async def ask_mum(self, page: httpx.Response, email: str = MUM) -> str:
        """Name a parent; where the mailed link leads."""
        await self.lea.follow(await self.lea.post(str(page.url.path), read(page).hidden | {"email": email}))
        people = People.open(self.house.server)
        async with self.house.server.db.reading() as tx:
            letter = (await people.outbox.recent(tx, 1))[0]
        people.close()
        assert (letter.template, letter.to) == ("parent-asked", email)
        return str(letter.data["link"]).removeprefix("http://127.0.0.1:8000")

    async def answer(self, link: str, decision: str = "accept", **fields: str) -> httpx.Response:
        page = await self.mum.get(link)
        hidden = read(page).hidden | {"decision": decision} | fields
        return await self.mum.follow(await self.mum.post(link, hidden))

    async def grants(self) -> bool:
        async with self.house.server.db.reading() as tx:
            return await find_standing(tx, self.child_id, "app") is not None
