"""A screen somewhere: an app that starts a device grant and polls, and the codes it shows."""

from typing import Any, NamedTuple

import httpx

from idp.device.codes import ALPHABET
from idp.polling import store
from idp.polling.kinds import DEVICE
from idp.polling.text import parse_text
from tests.idp.polling.waiting import Waiting
from tests.idp.support import SCOPES, World, add_app
from tests.idp.visitor import Visitor, read

APP = {"name": "Borne emploi", "grant_types": (DEVICE.grant_type, "refresh_token"), "redirect_uris": ()}
NO_CODE = ALPHABET[:4] + "-" + ALPHABET[4:8]


class Screen(NamedTuple):
    """told: what the app was told when it started."""

    world: World
    told: dict[str, Any]

    @property
    def code(self) -> str:
        code: str = self.told["user_code"]
        return code

    async def poll(self, **fields: str) -> httpx.Response:
        form = {"grant_type": DEVICE.grant_type, "device_code": self.told["device_code"]} | fields
        return await self.world.post("/token", form)

    async def again(self) -> "Screen":
        """The same app starts once more."""
        return await start(self.world)


async def app_at(world: World, client_id: str = "kiosk", *, with_secret: bool = True, **more: Any) -> World:
    """The world seen by an app that has screens."""
    secret = "app-secret" if with_secret else None
    return world.of(await add_app(world.server, client_id, secret, **APP | more), secret or "")


async def begin(world: World, **fields: str) -> httpx.Response:
    return await world.post("/device_authorization", {"scope": SCOPES} | fields)


async def start(world: World, **fields: str) -> Screen:
    answer = await begin(world, **fields)
    assert answer.status_code == 200, answer.text
    return Screen(world, answer.json())


async def enter(visitor: Visitor, code: str) -> httpx.Response:
    """Type a code: which app asks, or the form again."""
    form = read(await visitor.get("/device"))
    return await visitor.post(form.action, form.hidden | {"user_code": code})


async def say(visitor: Visitor, page: httpx.Response, decision: str = "go-on") -> httpx.Response:
    """Answer whether it is hers: where that leads."""
    form = read(page)
    assert form.action == "/device/answer", page.text
    return await visitor.follow(await visitor.post(form.action, form.hidden | {"decision": decision}))


async def reach_consent(visitor: Visitor, code: str) -> httpx.Response:
    """Type it, go on, sign in: the consent page, or what stands in its place."""
    page = await say(visitor, await enter(visitor, code))
    return await visitor.sign_in(page) if read(page).action == "/login" else page


async def agree(world: World, device_code: str) -> None:
    """Amina answers yes, without a page."""
    text = parse_text(DEVICE, device_code)
    assert text is not None
    async with world.server.db.reading() as tx:
        row = await store.find(tx, text.id)
    assert row is not None
    await Waiting(world, device_code, row).agree()
