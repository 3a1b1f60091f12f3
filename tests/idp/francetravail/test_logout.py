"""Logging out: she comes back to the app, or is told that it is done; never a dead end, never elsewhere."""

from urllib.parse import urlencode

from foundation.clock import HOUR
from tests.idp.francetravail.app import CALLBACK, HOME, FranceTravailApp
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor

SIGN_IN = "api_peconnect-individuv1 openid profile"


def logout(hint: str, uri: str = HOME, path: str = "/compte/deconnexion") -> str:
    return f"{path}?{urlencode({'id_token_hint': hint, 'redirect_uri': uri})}"


async def is_signed_in(visitor: Visitor) -> bool:
    return (await visitor.get("/account")).status_code == 200


async def test_it_closes_the_session_and_returns_her(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    hint = (await partner.tokens(visitor, SIGN_IN))["id_token"]
    assert await is_signed_in(visitor)
    house.clock.advance(HOUR // 2)  # the hint has expired: it says who is meant, and opens nothing
    answer = await visitor.get(logout(hint))
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)
    assert not await is_signed_in(visitor)
    assert (await house.events("session.ended"))[-1]["outcome"] == "success"


async def test_every_registered_address_is_returned_to(partner: FranceTravailApp, visitor: Visitor) -> None:
    hint = (await partner.tokens(visitor, SIGN_IN))["id_token"]
    for uri in (HOME, HOME.removesuffix("/"), CALLBACK):
        for path in ("/compte/deconnexion", "/compte/deconnexion/compte/deconnexion"):
            assert (await visitor.get(logout(hint, uri, path))).headers["location"] == uri


async def test_twice_is_as_good_as_once(partner: FranceTravailApp, visitor: Visitor) -> None:
    hint = (await partner.tokens(visitor, SIGN_IN))["id_token"]
    for _ in range(2):
        assert (await visitor.get(logout(hint))).headers["location"] == HOME


async def test_an_address_that_is_not_registered_is_never_gone_to(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    hint = (await partner.tokens(visitor, SIGN_IN))["id_token"]
    for uri in ("https://evil.example/", "https://emplois.example.evil.example/", "", "javascript:alert(1)"):
        assert (await visitor.get(logout(hint, uri))).headers["location"] == "/?notice=signed-out"
    assert (await visitor.get("/?notice=signed-out")).status_code == 200
    assert not await is_signed_in(visitor)


async def test_without_a_token_of_ours_she_is_asked(partner: FranceTravailApp, visitor: Visitor) -> None:
    await partner.tokens(visitor, SIGN_IN)
    for hint in ("", "undefined", "a.b.c"):
        page = await visitor.follow(await visitor.get(logout(hint)))
        assert page.status_code == 200
    assert await is_signed_in(visitor)


async def test_accords_own_id_tokens_are_no_hints_here(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    own = (await house.redeem((await visitor.consented())["code"])).json()["id_token"]
    assert (await visitor.get(logout(own))).headers["location"] == "/logout"
    assert await is_signed_in(visitor)


async def test_somebody_elses_session_stays(partner: FranceTravailApp, new_visitor: NewVisitor) -> None:
    hint = (await partner.tokens(new_visitor(), SIGN_IN))["id_token"]
    bruno = new_visitor()
    await bruno.sign_in(await bruno.get("/login"), "bruno@example.org")
    assert (await bruno.get(logout(hint))).headers["location"] == HOME
    assert (await bruno.get(logout(hint, "https://evil.example/"))).headers["location"] == "/logout"
    assert await is_signed_in(bruno)
