"""Sign-outs at once, on both databases."""

import asyncio

from tests.idp.logout.app import OUT, end_session, id_token, is_signed_in, leaving_app
from tests.idp.support import World
from tests.idp.visitor import Visitor


async def test_of_64_sign_outs_at_once_one_is_recorded(house: World, visitor: Visitor) -> None:
    hint = await id_token(await leaving_app(house), visitor)
    held = dict(visitor.http.cookies)
    address = end_session(id_token_hint=hint, post_logout_redirect_uri=OUT)
    cookie = "; ".join(f"{name}={value}" for name, value in held.items())
    answers = await asyncio.gather(*(visitor.get(address, cookie=cookie) for _ in range(64)))
    assert {answer.headers["location"] for answer in answers} == {OUT}
    assert len(await house.events("session.ended")) == 1
    assert not await is_signed_in(visitor)
