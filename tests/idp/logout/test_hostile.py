"""Logout under attack (HOSTILE: logout CSRF, redirects, repeated and hostile parameters, token confusion)."""

import itertools
import re
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.clients.registry import suspend_client
from idp.logout.request import LONGEST
from tests.idp.logout.app import OUT, SITE, agree, end_session, id_token, is_asked, is_signed_in, leaving_app
from tests.idp.support import REDIRECT, World, add_app
from tests.idp.tokens import altered, claims_of, handmade, header_of
from tests.idp.visitor import NewVisitor, Visitor, is_our_error, read


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is refused here is refused before anything is written."""
    return sqlite_url


@pytest.fixture
async def leaver(house: World) -> World:
    return await leaving_app(house)


# --- never to an unregistered place ----------------------------------------------------------------------

LINKS = re.compile(r'<a [^>]*href="([^"]*)"')
STRAY = [
    "https://evil.example/",
    "https://coach.example/out",  # without its query
    OUT + "&more=1",
    OUT + "#x",
    OUT + "/",
    OUT.replace("/out", "/OUT"),
    OUT.replace("coach", "COACH"),
    OUT.replace("/out", "//out"),
    OUT.replace("/out", "/%6fut"),
    OUT.replace("coach.example", "coach.example:443"),
    OUT.replace("coach.example", "coach.example@evil.example"),
    OUT.replace("coach.example", "coach.example.evil.example"),
    OUT.replace("coach.example", "coachXexample"),
    OUT.replace("https://", "https:\\\\"),
    OUT.replace("https", "http"),
    REDIRECT,  # registered to receive codes, not people who leave
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://cоach.example/out?from=accord",  # a Cyrillic o
]


@pytest.mark.parametrize("uri", STRAY)
async def test_an_address_that_is_not_registered_is_never_gone_to(
    leaver: World, visitor: Visitor, uri: str
) -> None:
    hint = await id_token(leaver, visitor)
    page = await visitor.get(end_session(client_id="leaver", post_logout_redirect_uri=uri))
    assert await is_asked(visitor, page)
    assert "n’est pas de celles que Cap Coaching a enregistrées" in page.text
    assert "https:" not in page.headers["content-security-policy"]
    # Proved by her ID token, the sign-out is done; the address is not used for it.
    answer = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=uri, state="s"))
    assert answer.headers["location"].startswith("/signed-out?")
    assert not await is_signed_in(visitor)
    done = await visitor.follow(answer)
    assert "n’est pas de celles que Cap Coaching a enregistrées" in done.text
    assert 'id="way-back" href="https://coach.example/"' in done.text
    assert {link for link in LINKS.findall(done.text) if not re.match(r"[/?#](?![/\\])", link)} == {SITE}


async def test_an_address_changed_in_the_form_is_weighed_again(leaver: World, visitor: Visitor) -> None:
    await id_token(leaver, visitor)
    form = read(await visitor.get(end_session(client_id="leaver", post_logout_redirect_uri=OUT)))
    changed = form.hidden | {"post_logout_redirect_uri": "https://evil.example/"}
    answer = await visitor.post(form.action, changed)
    assert answer.headers["location"].startswith("/signed-out?client_id=leaver")


async def test_another_apps_address_is_not_this_apps(house: World, leaver: World, visitor: Visitor) -> None:
    await add_app(house.server, "thief", "s", post_logout_redirect_uris=("https://thief.example/",))
    hint = await id_token(leaver, visitor)
    uri = "https://thief.example/"
    answer = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=uri))
    assert answer.headers["location"].startswith("/signed-out?")


async def test_without_an_app_no_address_means_anything(leaver: World, visitor: Visitor) -> None:
    for fields in ({}, {"client_id": "nobody"}, {"client_id": "LEAVER"}):
        answer = await visitor.get(end_session(post_logout_redirect_uri=OUT, state="s", **fields))
        assert answer.headers["location"] == "/signed-out"


# --- logout CSRF -----------------------------------------------------------------------------------------


async def test_logout_csrf_a_link_or_a_strangers_form_signs_nobody_out(
    leaver: World, new_visitor: NewVisitor
) -> None:
    her, attacker = new_visitor(), new_visitor()
    await id_token(leaver, her)
    for fields in ({}, {"client_id": "leaver"}, {"logout_hint": "amina@example.org"}):
        assert await is_asked(her, await her.get(end_session(**fields)))
        answer = await her.post("/end-session", fields, **{"Sec-Fetch-Site": "cross-site"})
        assert await is_asked(her, await her.follow(answer))
    # Neither without the form's token, nor with another session's, nor from another site or port.
    await attacker.sign_in(await attacker.get("/login"), "bruno@example.org")
    theirs = read(await attacker.get("/end-session")).hidden
    hers = read(await her.get("/end-session")).hidden
    for hidden, site in (({}, "same-origin"), (theirs, "same-origin"), (hers, "same-site"), (hers, "none")):
        is_our_error(await her.post("/end-session/confirm", hidden, **{"Sec-Fetch-Site": site}), 403)
    assert await is_signed_in(her)


async def test_logout_csrf_with_the_attackers_own_id_token_asks_her(
    leaver: World, new_visitor: NewVisitor
) -> None:
    hint = await id_token(leaver, new_visitor())
    victim = new_visitor()
    await victim.sign_in(await victim.get("/login"), "bruno@example.org")
    assert await is_asked(victim, await victim.get(end_session(id_token_hint=hint)))


# --- what is no hint -------------------------------------------------------------------------------------


async def test_what_is_not_her_apps_id_token_proves_nothing(
    house: World, leaver: World, visitor: Visitor
) -> None:
    access = (await house.redeem((await visitor.consented())["code"])).json()["access_token"]
    hint = await id_token(leaver, visitor)
    claims, header, sign = claims_of(hint), header_of(hint), house.server.ring.signer("token", "ES256").sign
    head, body, signature = hint.split(".")
    for forged in (
        "undefined",
        "a.b.c",
        f"{head}.{body}.",
        f"{head}.{body}.{signature}A",
        altered(hint, len(head) + 20),
        handmade({"alg": "none"}, claims, b""),
        handmade(header | {"alg": "HS256"}, claims, b"x" * 32),
        access,  # another kind of our own tokens
        sign("logout+jwt", claims),
        sign("at+jwt", claims),
        sign("JWT", claims | {"iss": "https://elsewhere.example"}),
        sign("JWT", claims | {"aud": ["leaver", "other"]}),
        sign("JWT", claims | {"aud": "nobody"}),
        sign("JWT", claims | {"sub": ""}),
        sign("JWT", claims | {"sub": 7}),
        sign("JWT", {name: value for name, value in claims.items() if name != "sub"}),
    ):
        page = await visitor.get(end_session(id_token_hint=forged, post_logout_redirect_uri=OUT, state="s"))
        assert await is_asked(visitor, page), forged
        assert "vérifier d’où vient cette demande" in page.text
        assert read(page).hidden.keys() == {"form_token"}
        assert "coach.example" not in page.headers["content-security-policy"]
    assert (await agree(visitor, page)).headers["location"] == "/signed-out"


async def test_client_id_must_be_whom_the_hint_was_made_for(leaver: World, visitor: Visitor) -> None:
    hint = await id_token(leaver, visitor)
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": OUT}
    page = await visitor.get(end_session(client_id="other", **fields))
    assert await is_asked(visitor, page)
    assert "vérifier d’où vient cette demande" in page.text
    assert (await visitor.get(end_session(client_id="leaver", **fields))).headers["location"] == OUT


async def test_a_suspended_app_signs_nobody_out_and_is_sent_nobody(
    house: World, leaver: World, visitor: Visitor
) -> None:
    hint = await id_token(leaver, visitor)
    async with house.server.db.transaction() as tx:
        assert await suspend_client(tx, "leaver", house.clock.now())
    page = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=OUT))
    assert await is_asked(visitor, page)
    assert (await agree(visitor, page)).headers["location"] == "/signed-out"


async def test_an_app_of_another_face_signs_out_there(house: World, visitor: Visitor) -> None:
    fields = {"profile": "france-travail", "auth_method": "client_secret_post", "id_token_alg": "RS256"}
    await leaving_app(house, "ft", require_pkce=False, **fields)
    answer = await visitor.get(end_session(client_id="ft", post_logout_redirect_uri=OUT))
    assert answer.headers["location"] == "/signed-out"


# --- parameters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(LONGEST))
async def test_repeated_too_long_and_unprintable_parameters_are_refused(
    house: World, visitor: Visitor, name: str
) -> None:
    good, long = "x" * LONGEST[name], "x" * (LONGEST[name] + 1)
    assert (await visitor.get(end_session(**{name: good}))).status_code == 303
    for query in (
        f"{name}=a&{name}=a",
        f"{name}={long}",
        f"{name}=a%00",
        f"{name}=a%0D%0AX:1",
        f"{name}=%ff",
    ):
        for path in ("/end-session", "/signed-out"):
            is_our_error(await visitor.get(f"{path}?{query}"))
        for path in ("/end-session", "/end-session/confirm"):
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            is_our_error(await visitor.http.post(path, content=query, headers=form))


async def test_only_forms_are_read(house: World, visitor: Visitor) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        answer = await visitor.http.post("/end-session", content="{}", headers={"Content-Type": kind})
        is_our_error(answer, 415)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    is_our_error(await visitor.http.post("/end-session", content="a=" + "x" * 70_000, headers=form), 413)
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await visitor.http.request(method, "/end-session")).status_code == 405


NAMES = st.sampled_from([*LONGEST, "form_token", "x"])
JUNK = st.text(max_size=40) | st.sampled_from(
    [OUT, "leaver", "app", "//evil.example", "https://evil.example/"]
)


async def test_whatever_is_sent_is_never_a_500_nor_a_way_elsewhere(leaver: World, visitor: Visitor) -> None:
    hint = await id_token(leaver, visitor)
    runs = itertools.count()

    def odd(fields: list[tuple[str, str]]) -> None:
        next(runs)
        cases.append(fields)

    cases: list[list[tuple[str, str]]] = []
    draw = given(st.lists(st.tuples(NAMES, JUNK | st.just(hint)), max_size=6))
    quick = settings(max_examples=80, database=None, suppress_health_check=list(HealthCheck))
    quick(draw(odd))()
    assert next(runs) > 20
    for fields in cases:
        query = urlencode(fields, errors="replace")
        for answer in (
            await visitor.get(f"/end-session?{query}"),
            await visitor.post("/end-session", fields),
        ):
            assert answer.status_code in {200, 303, 400, 403}, fields
            location = answer.headers.get("location", "/")
            assert location.startswith((OUT, "/end-session", "/signed-out")) or location == "/", location
