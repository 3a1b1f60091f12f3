"""An adviser's app and amina's phone: asking, looking up, answering, polling."""

from dataclasses import dataclass
from typing import Any

import httpx

from idp.ciba.finding import PAGE, Finder
from idp.ciba.registering import GRANT_TYPE
from idp.ciba.routes import BACKCHANNEL_PATH
from idp.people.room import People
from tests.idp.support import World, add_app
from tests.idp.visitor import Visitor, quick_hasher, read

ADVISER = {"grant_types": (GRANT_TYPE, "refresh_token"), "redirect_uris": (), "name": "Cap Conseil"}
ASKED = {
    "scope": "openid profile skills",
    "login_hint": "amina@example.org",
    "binding_message": "ABC-346",
}


@dataclass
class Talk:
    """An app that asks people who are elsewhere. people: the room that looks up who is meant."""

    world: World
    people: People

    async def ask(self, **changed: Any) -> httpx.Response:
        """The app asks for amina, with changes; None leaves a parameter out."""
        fields = {name: value for name, value in (ASKED | changed).items() if value is not None}
        return await self.world.post(BACKCHANNEL_PATH, fields)

    async def asked(self, **changed: Any) -> str:
        """The same, taken, and looked up: its auth_req_id."""
        answer = await self.ask(**changed)
        assert answer.status_code == 200, answer.text
        await self.find()
        return str(answer.json()["auth_req_id"])

    async def find(self) -> int:
        return await Finder(self.people).find_all()

    async def poll(self, auth_req_id: str, **changed: str) -> httpx.Response:
        return await self.world.post(
            "/token", {"grant_type": GRANT_TYPE, "auth_req_id": auth_req_id} | changed
        )

    async def polled(self, auth_req_id: str) -> str:
        """The error that a poll is answered with, "" for tokens."""
        return str((await self.poll(auth_req_id)).json().get("error", ""))


async def talk_of(world: World, client_id: str = "adviser", **metadata: Any) -> Talk:
    """A new app in the world."""
    client = await add_app(world.server, client_id, "app-secret", **ADVISER | metadata)
    people = People.open(world.server, hasher=quick_hasher())
    return Talk(world.of(client, "app-secret"), people)


async def phone(visitor: Visitor, email: str = "amina@example.org") -> httpx.Response:
    """Somebody signs in on her phone, from the mail's link: her page of requests."""
    return await visitor.sign_in(await visitor.follow(await visitor.get(PAGE)), email)


def id_of(auth_req_id: str) -> str:
    """The row behind it."""
    return auth_req_id.removeprefix("ar_").partition(".")[0]


async def press(visitor: Visitor, page: httpx.Response, action: str) -> httpx.Response:
    """Send one of a page's forms."""
    assert f'action="{action}"' in page.text, page.text[:3000]
    form = page.text.partition(f'action="{action}"')[2].partition("</form>")[0]
    hidden = read(httpx.Response(200, text=f"<form>{form}</form>")).hidden
    return await visitor.follow(await visitor.post(action, hidden))


async def open_request(visitor: Visitor, auth_req_id: str, page: httpx.Response) -> httpx.Response:
    """The consent screen of a request on her page."""
    return await press(visitor, page, f"{PAGE}/{id_of(auth_req_id)}")


def token_of(page: httpx.Response) -> dict[str, str]:
    """The form token of a page of hers."""
    value = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    assert value
    return {"form_token": value}
