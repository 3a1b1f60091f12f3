"""Grants that say more than the app's registration does: frequencies, fields, durations of a request."""

from dataclasses import replace
from typing import Any

from consent.acts import Decided
from consent.answers import read_form
from consent.coverage import Ask, covers
from consent.grants import find_standing
from consent.limits import Frequency
from consent.profile.store import load_all, shelf_of
from consent.requests import Motives, SharingRequest, ask_to_share
from idp.authorize.request import AuthorizeRequest
from idp.authorize.sharing import sharing_request
from tests.idp.support import REDIRECT, SCOPES, World

FIVE = Frequency(5, "day")


def asked_with(world: World, scope: str = SCOPES, **limits: Any) -> SharingRequest:
    """A request of the world's app. limits: frequency, duration, fields, as `Motives` has them."""
    asked = sharing_request(
        AuthorizeRequest(client_id=world.client.id, redirect_uri=REDIRECT, scope=scope), world.client
    )
    limited = ask_to_share(asked.asker, [*asked.scopes, "offline_access"], asked.required, Motives(**limits))
    return replace(asked, asks=limited.asks, frequency=limited.frequency, proposed=limited.proposed)


async def answer(world: World, asked: SharingRequest, *, prompted: bool = True, **form: list[str]) -> Decided:
    """She accepts what is asked. form: what she ticks; every optional scope, for 30 days, when not said."""
    async with world.server.db.transaction() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
        ask = covers(standing, asked, world.clock.now(), prompted=prompted)
        assert isinstance(ask, Ask)
        shelf = shelf_of(await load_all(tx, world.owner))
        ticked = {"scope": list(ask.scopes), "duration": ["30d"]} | form
        decided = await world.decisions().accept(
            tx, ask, read_form(ticked, ask, shelf), world.act(world.client)
        )
    assert isinstance(decided, Decided)
    return decided


async def token_for(world: World, **limits: Any) -> str:
    """A grant with limits, and an access token under it."""
    await answer(world, asked_with(world, **limits))
    body: dict[str, str] = (await world.redeem(await world.code())).json()
    return body["access_token"]
