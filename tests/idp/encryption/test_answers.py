"""JARM, encrypted: the answer at the redirect is for the app alone to open."""

import pytest

from tests.idp.authorize.test_modes import opened as signed_answer
from tests.idp.authorize.test_modes import sent_only_response
from tests.idp.encryption.apps import enclosing_app, opened, opening_key
from tests.idp.support import World
from tests.idp.visitor import Visitor

HOW = ("ECDH-ES+A256KW", "A256GCM")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing of this is stored."""
    return sqlite_url


async def test_an_answer_is_signed_then_encrypted(house: World, visitor: Visitor) -> None:
    alg, enc = HOW
    await enclosing_app(
        house,
        "jarm",
        authorization_encrypted_response_alg=alg,
        authorization_encrypted_response_enc=enc,
    )
    page = await visitor.start(client_id="jarm", response_mode="jwt")
    for answer in (
        await visitor.decide(page, scope=["skills"]),
        await visitor.ask(client_id="jarm", response_mode="jwt", prompt="none", max_age="0"),
    ):
        header, inner = opened(sent_only_response(answer), opening_key("EC"), alg, enc)
        assert header["cty"] == "JWT"
        claims = await signed_answer(house, inner.decode(), "jarm")
        assert ("code" in claims) != (claims.get("error") == "login_required")
