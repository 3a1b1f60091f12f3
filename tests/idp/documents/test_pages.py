"""What a person reads of an app that nobody here knows, and where it sends her."""

import pytest

from idp.clients.declarations import Declarations, Hand
from idp.registration.policy import Policy
from tests.idp.documents.site import ADDRESS, CALLBACK, Site, described
from tests.idp.registration.newcomer import Newcomer, initial_token
from tests.idp.support import REDIRECT, VERIFIER, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, is_our_error, sent_back

pytestmark = pytest.mark.network
UNKNOWN = "Personne ici n’a encore vérifié cette application"


async def test_she_reads_the_host_and_not_what_the_app_calls_itself(
    site: Site, house: World, visitor: Visitor
) -> None:
    site.said = described(client_name="Ma Banque", redirect_uris=[CALLBACK])
    page = await visitor.start(client_id=ADDRESS, redirect_uri=CALLBACK, scope="openid")
    assert UNKNOWN in page.text
    assert "vous renvoie vers <strong>agent.example</strong>" in page.text
    assert "Ma Banque" not in page.text
    assert "vous reconnaître quand vous revenez" in page.text  # all that it may do so far
    back = sent_back(await visitor.decide(page), CALLBACK)
    form = {"grant_type": "authorization_code", "code": back["code"], "client_id": ADDRESS}
    form |= {"redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    tokens = (await house.http.post("/token", data=form)).json()
    assert claims_of(tokens["id_token"])["aud"] == ADDRESS
    assert tokens["scope"] == "openid"


async def test_an_address_that_tells_nothing_is_told_on_our_own_page(
    site: Site, house: World, visitor: Visitor
) -> None:
    site.status = b"404 Not Found"
    text = is_our_error(await visitor.ask(client_id=ADDRESS, redirect_uri=CALLBACK, scope="openid"))
    assert "L’adresse de cette application ne dit pas qui elle est" in text


async def test_an_app_that_changed_is_told_to_be_suspended(
    site: Site, house: World, visitor: Visitor
) -> None:
    await visitor.ask(client_id=ADDRESS, redirect_uri=CALLBACK, scope="openid")
    visitor.clock.advance(3600 * 1_000_000)
    site.said = described(tos_uri="https://agent.example/tos")
    text = is_our_error(await visitor.ask(client_id=ADDRESS, redirect_uri=CALLBACK, scope="openid"))
    assert "Cette application est suspendue" in text


async def test_an_app_that_registered_by_itself_is_unknown_until_an_administrator_has_looked(
    house: World, visitor: Visitor
) -> None:
    policy = Policy(approved=("openid", "profile"))
    newcomer = Newcomer(house, (await initial_token(house.server, policy))[1])
    body = await newcomer.registered(scope="openid profile skills", client_name="Cap Emploi")
    asked = {"client_id": body["client_id"], "redirect_uri": REDIRECT, "scope": "openid profile"}
    page = await visitor.start(**asked)
    assert UNKNOWN in page.text
    assert "vous renvoie vers <strong>coach.example</strong>" in page.text
    now = house.clock.now()
    async with house.server.db.transaction() as tx:
        await Declarations(house.server.ledger).approve(tx, body["client_id"], 2, "consent", Hand(now))
    assert UNKNOWN not in (await visitor.ask(**asked)).text
