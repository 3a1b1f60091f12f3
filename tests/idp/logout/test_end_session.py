"""RP-Initiated Logout: the session ends, she comes back to the app, or is told; nothing is a dead end."""

from urllib.parse import quote

import httpx
import pytest

from foundation.clock import HOUR
from foundation.web.forms import Form
from idp.discovery import OPENID_PATH
from idp.people.pages.common import onward_in
from tests.idp.logout.app import OUT, SITE, agree, end_session, id_token, is_asked, is_signed_in, leaving_app
from tests.idp.support import ISSUER, World
from tests.idp.visitor import NewVisitor, Visitor, read

STATE = "st/é&=#"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: ending a session is tried on both in tests/idp/people."""
    return sqlite_url


@pytest.fixture
async def leaver(house: World) -> World:
    return await leaving_app(house)


def asked(hint: str, **fields: str) -> dict[str, str]:
    return {"id_token_hint": hint, "post_logout_redirect_uri": OUT, "state": STATE} | fields


async def test_her_own_id_token_signs_her_out_and_brings_her_back(
    house: World, leaver: World, visitor: Visitor
) -> None:
    hint = await id_token(leaver, visitor)
    house.clock.advance(HOUR // 2)  # the token has expired long ago: it opens nothing
    answer = await visitor.get(end_session(**asked(hint)))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{OUT}&state={quote(STATE, safe='')}"
    assert not await is_signed_in(visitor)
    [ended] = await house.events("session.ended")
    assert ended["outcome"] == "success"
    # Again, with nobody signed in any more: as good as once, and nothing more to record.
    assert (await visitor.get(end_session(**asked(hint)))).headers["location"].startswith(OUT)
    assert len(await house.events("session.ended")) == 1


async def test_the_state_is_added_only_where_it_was_sent(leaver: World, visitor: Visitor) -> None:
    hint = await id_token(leaver, visitor)
    answer = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=OUT))
    assert answer.headers["location"] == OUT


async def test_by_post_it_is_the_same_once_turned_into_a_get(leaver: World, visitor: Visitor) -> None:
    """A cross-site POST carries no cookie of ours: none may be looked for before it is a GET."""
    hint = await id_token(leaver, visitor)
    fields = asked(hint, client_id="leaver", ui_locales="en", logout_hint="amina", unknown="x")
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://coach.example"}
    answer = await visitor.post("/end-session", fields, **elsewhere)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/end-session?id_token_hint=")
    assert "unknown" not in answer.headers["location"]
    assert await is_signed_in(visitor)
    answer = await visitor.follow(answer)
    assert answer.headers["location"] == f"{OUT}&state={quote(STATE, safe='')}"
    assert not await is_signed_in(visitor)


async def test_without_a_hint_she_is_asked_and_then_brought_back(
    house: World, leaver: World, visitor: Visitor
) -> None:
    await id_token(leaver, visitor)
    fields = {"client_id": "leaver", "post_logout_redirect_uri": OUT, "state": "s-1"}
    page = await visitor.get(end_session(**fields))
    assert await is_asked(visitor, page)
    assert "Ensuite, vous retournerez sur Cap Coaching." in page.text
    assert "amina@example.org" in page.text
    assert "form-action 'self' https://coach.example;" in page.headers["content-security-policy"]
    assert await house.events("session.ended") == []
    answer = await agree(visitor, page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OUT}&state=s-1")
    assert not await is_signed_in(visitor)
    assert len(await house.events("session.ended")) == 1


async def test_nothing_at_all_is_a_question_and_a_page_that_says_it_is_done(
    leaver: World, visitor: Visitor
) -> None:
    await id_token(leaver, visitor)
    page = await visitor.get("/end-session")
    assert await is_asked(visitor, page)
    assert 'href="/account"' in page.text  # to stay
    done = await visitor.follow(await agree(visitor, page))
    assert done.status_code == 200
    assert "Votre session est fermée" in done.text
    assert "way-back" not in done.text
    assert not await is_signed_in(visitor)


async def test_pressed_twice_ends_where_once_does(house: World, leaver: World, visitor: Visitor) -> None:
    await id_token(leaver, visitor)
    page = await visitor.get(end_session(client_id="leaver"))
    for _ in range(2):
        done = await visitor.follow(await agree(visitor, page))
        assert "Votre session est fermée" in done.text
        assert f'href="{SITE}"' in done.text
    assert len(await house.events("session.ended")) == 1


async def test_a_stranger_is_told_and_offered_the_way_back(leaver: World, visitor: Visitor) -> None:
    """No ID token, so nothing is gone to by itself: a link that she may follow."""
    fields = {"client_id": "leaver", "post_logout_redirect_uri": OUT, "state": "s-1"}
    done = await visitor.follow(await visitor.get(end_session(**fields)))
    assert done.status_code == 200
    assert f'id="way-back" href="{OUT}&amp;state=s-1"' in done.text
    assert 'href="/login"' in done.text


async def test_the_page_that_says_it_is_done_never_says_so_to_someone_signed_in(
    leaver: World, visitor: Visitor
) -> None:
    await id_token(leaver, visitor)
    answer = await visitor.get("/signed-out?client_id=leaver")
    assert answer.headers["location"] == "/end-session?client_id=leaver"
    assert await is_asked(visitor, await visitor.follow(answer))


async def test_somebody_elses_session_is_asked_about(leaver: World, new_visitor: NewVisitor) -> None:
    hint = await id_token(leaver, new_visitor())
    bruno = new_visitor()
    await bruno.sign_in(await bruno.get("/login"), "bruno@example.org")
    page = await bruno.get(end_session(**asked(hint)))
    assert await is_asked(bruno, page)
    assert "parle d’un autre compte" in page.text
    assert "amina" not in page.text
    assert (await agree(bruno, page)).headers["location"].startswith(OUT)
    assert not await is_signed_in(bruno)


@pytest.mark.parametrize(("tag", "title"), [("fr", "Se déconnecter d’Accord"), ("en", "Sign out of Accord?")])
async def test_the_app_may_say_which_language_she_reads(
    leaver: World, visitor: Visitor, tag: str, title: str
) -> None:
    await id_token(leaver, visitor)
    page = await visitor.get(end_session(client_id="leaver", ui_locales=f"xx {tag}"))
    assert title in page.text
    done = await visitor.follow(await agree(visitor, page))
    assert {"fr": "Votre session est fermée", "en": "You are signed out"}[tag] in done.text


async def test_it_is_announced_and_answers(house: World, http: httpx.AsyncClient, visitor: Visitor) -> None:
    told = (await http.get(OPENID_PATH)).json()
    for channel in ("backchannel", "frontchannel"):
        assert told[f"{channel}_logout_supported"] is told[f"{channel}_logout_session_supported"] is True
    found = told["end_session_endpoint"]
    assert found == f"{ISSUER}/end-session"
    answer = await visitor.follow(await visitor.get(found.removeprefix(ISSUER)))
    assert "Votre session est fermée" in answer.text
    assert (await visitor.post(found.removeprefix(ISSUER), {})).headers["location"] == "/end-session"


def test_signing_in_never_leads_back_to_signing_out() -> None:
    for path in ("/end-session?client_id=app", "/signed-out", "/end-session/confirm"):
        assert onward_in(Form({"next": [path]})).next == ""


async def test_the_two_pages_keep_nothing_and_are_framed_nowhere(leaver: World, visitor: Visitor) -> None:
    done = await visitor.follow(await visitor.get("/end-session"))
    await id_token(leaver, visitor)
    for page in (done, await visitor.get("/end-session")):
        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "same-origin"
    assert read(done).action == ""
