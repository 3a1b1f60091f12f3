"""Sign-outs at once, on both databases."""

import asyncio
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.idp.logout.app import OUT, SCOPE, end_session, id_token, is_signed_in, leaving_app
from tests.idp.logout.told import logouts_of
from tests.idp.support import World
from tests.idp.visitor import GOOD, Visitor


async def test_of_64_sign_outs_at_once_one_is_recorded(house: World, visitor: Visitor) -> None:
    hint = await id_token(await leaving_app(house), visitor)
    held = dict(visitor.http.cookies)
    address = end_session(id_token_hint=hint, post_logout_redirect_uri=OUT)
    cookie = "; ".join(f"{name}={value}" for name, value in held.items())
    answers = await asyncio.gather(*(visitor.get(address, cookie=cookie) for _ in range(64)))
    assert {answer.headers["location"] for answer in answers} == {OUT}
    assert len(await house.events("session.ended")) == 1
    assert not await is_signed_in(visitor)


async def test_64_ways_a_sign_out_against_codes_leaves_no_app_untold_and_no_code_alive(
    house: World, visitor: Visitor
) -> None:
    """Apps ask for codes while she signs out: whoever got one is told, and gets nothing for it."""
    apps = [
        await leaving_app(house, f"app-{n}", backchannel_logout_uri=f"https://coach.example/{n}")
        for n in range(4)
    ]
    for app in apps:
        hint = await id_token(app, visitor)
    cookie = "; ".join(f"{name}={value}" for name, value in dict(visitor.http.cookies).items())

    async def ask(app: World) -> tuple[World, str] | None:
        fields = {**GOOD, "client_id": app.client.id, "scope": SCOPE}
        turn = await visitor.get(f"/authorize?{urlencode(fields)}", cookie=cookie)
        answer = await visitor.get(turn.headers["location"], cookie=cookie)
        code = dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query)).get("code")
        return (app, code) if code else None

    async def leave() -> None:
        await visitor.get(end_session(id_token_hint=hint), cookie=cookie)

    asked = [ask(app) for app in apps for _ in range(15)]
    found = await asyncio.gather(*asked[:30], leave(), leave(), *asked[30:], leave(), leave())
    codes = [one for one in found if one is not None]
    assert not await is_signed_in(visitor)
    for app in apps:
        assert len(await logouts_of(house, app.client.id)) == 1
    for app, code in codes:
        answer = await app.redeem(code)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert len(await house.events("code.redeemed")) == len(apps)
