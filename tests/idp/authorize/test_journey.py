"""From a partner's redirect to a code, through sign-in and consent, and the shorter ways back."""

from urllib.parse import urlsplit

from consent.expiry import Expiry
from foundation.clock import DAY, MINUTE
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import claims_of
from tests.idp.visitor import GOOD, NewVisitor, Visitor, read, sent_back


async def test_a_first_visit_signs_in_consents_and_gives_a_code(house: World, visitor: Visitor) -> None:
    login = await visitor.ask()
    assert login.url.path == "/login"
    assert "Cap Coaching" in login.text
    page = await visitor.sign_in(login)
    assert page.url.path.startswith("/authorize/consent/")
    offered = {value for name, value in read(page).boxes if name == "scope"}
    assert offered == {"email", "skills", "experiences", "trainings"}
    assert read(page).ticked == []
    back = sent_back(await visitor.decide(page, scope=["skills", "email"]))
    assert back.keys() == {"code", "state", "iss"}
    assert back["state"] == GOOD["state"]
    body = (await house.redeem(back["code"])).json()
    assert body["scope"] == "openid profile email skills offline_access"
    assert (await house.read("/v1/me/skills", body["access_token"])).status_code == 200
    assert [len(await house.events(name)) for name in ("consent.asked", "consent.given", "code.issued")] == [
        1
    ] * 3


async def test_the_second_visit_asks_nothing(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    back = sent_back(await visitor.ask(state="again"))
    assert back["state"] == "again"
    assert (await house.redeem(back["code"])).json()["scope"] == "openid profile skills offline_access"
    assert len(await house.events("consent.given")) == 1


async def test_what_she_declined_is_not_asked_again(visitor: Visitor) -> None:
    sent_back(await visitor.decide(await visitor.start(), scope=[]))
    assert "code" in sent_back(await visitor.ask())


async def test_refusing_returns_access_denied_and_leaves_no_grant(house: World, visitor: Visitor) -> None:
    back = sent_back(await visitor.decide(await visitor.start(), "refuse", scope=["skills"]))
    assert back["error"] == "access_denied"
    assert back["state"] == GOOD["state"]
    assert "code" not in back
    assert await house.events("consent.given") == []
    [refusal] = await house.events("consent.refused")
    assert refusal["grant"] is None
    # Refusing a first request leaves no memory: the next visit asks.
    assert (await visitor.ask()).url.path.startswith("/authorize/consent/")


async def test_only_what_changed_is_asked(house: World, visitor: Visitor) -> None:
    first = "openid profile skills offline_access"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    page = await visitor.ask(scope=first + " trainings")
    assert {value for name, value in read(page).boxes if name == "scope"} == {"trainings"}
    back = sent_back(await visitor.decide(page, scope=["trainings"]))
    assert "trainings" in (await house.redeem(back["code"])).json()["scope"].split()
    [amended] = await house.events("consent.amended")
    assert (amended["revision"], amended["facts"]["added"]) == (2, "trainings")


async def test_refusing_a_change_keeps_the_old_grant_and_signs_in(house: World, visitor: Visitor) -> None:
    first = "openid profile skills offline_access"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    back = sent_back(await visitor.decide(await visitor.ask(scope=first + " trainings"), "refuse"))
    assert (await house.redeem(back["code"])).json()["scope"] == first
    # And it is not asked again.
    assert "code" in sent_back(await visitor.ask(scope=first + " trainings"))


async def test_once_asks_at_every_visit(visitor: Visitor) -> None:
    sent_back(await visitor.decide(await visitor.start(), duration="once"))
    assert (await visitor.ask()).url.path.startswith("/authorize/consent/")


async def test_a_missing_duration_means_once(house: World, visitor: Visitor) -> None:
    back = sent_back(await visitor.decide(await visitor.start(), duration=[]))
    assert "refresh_token" not in (await house.redeem(back["code"])).json()
    [given] = await house.events("consent.given")
    assert given["facts"]["duration"] == "once"


async def test_an_expired_grant_is_asked_whole(visitor: Visitor) -> None:
    await visitor.consented()
    visitor.clock.advance(30 * DAY)
    page = await visitor.start()
    assert {value for name, value in read(page).boxes if name == "scope"} >= {"skills", "email"}


async def test_a_term_recorded_while_she_reads_the_page_changes_nothing_for_her(
    house: World, visitor: Visitor
) -> None:
    item = (await house.shelf())["skills"][0]["id"]
    await visitor.consented(hide=[f"skills:{item}"], duration="once")
    visitor.clock.advance(10 * MINUTE)
    page = await visitor.ask()  # she is still signed in
    assert read(page).ticked == [f"skills:{item}"]  # still held back
    visitor.clock.advance(2 * MINUTE)
    expiry = Expiry(house.server.db, house.decisions(), house.server.people)
    assert await expiry.sweep(visitor.clock.now()) == 1
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert (await house.redeem(back["code"])).status_code == 200


async def test_after_a_withdrawal_everything_is_asked_again(house: World, visitor: Visitor) -> None:
    back = await visitor.consented()
    grant_id = claims_of((await house.redeem(back["code"])).json()["access_token"])["grant_id"]
    await house.revoke(grant_id)
    assert (await visitor.ask()).url.path.startswith("/authorize/consent/")


# --- prompt, max_age, hints ------------------------------------------------------------------------------


async def test_prompt_none_never_shows_a_page(house: World, visitor: Visitor) -> None:
    nobody = sent_back(await visitor.ask(prompt="none"))
    assert (nobody["error"], nobody["state"]) == ("login_required", GOOD["state"])
    await visitor.start()  # signed in, nothing decided
    unasked = sent_back(await visitor.ask(prompt="none"))
    assert unasked["error"] == "consent_required"
    sent_back(await visitor.decide(await visitor.ask(), scope=["skills"]))
    assert "code" in sent_back(await visitor.ask(prompt="none"))
    # It never grants anything new: one scope more needs her.
    more = sent_back(
        await visitor.ask(prompt="none", scope="openid profile skills experiences trainings email")
    )
    assert "code" in more  # all of it was asked before, and answered
    assert (await house.redeem(more["code"])).json()["scope"] == "openid profile skills"


async def test_prompt_none_with_something_new_is_refused(visitor: Visitor) -> None:
    first = "openid profile skills"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    refused = sent_back(await visitor.ask(scope=first + " trainings", prompt="none"))
    assert refused["error"] == "consent_required"


async def test_prompt_login_asks_for_the_password_again_once(visitor: Visitor) -> None:
    await visitor.consented()
    for prompt in ("login", "select_account"):
        login = await visitor.ask(prompt=prompt)
        assert login.url.path == "/login"
        assert "code" in sent_back(await visitor.sign_in(login))


async def test_prompt_consent_asks_again(visitor: Visitor) -> None:
    await visitor.consented()
    page = await visitor.ask(prompt="consent")
    assert page.url.path.startswith("/authorize/consent/")
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))


async def test_max_age_is_held_to(visitor: Visitor) -> None:
    await visitor.consented()
    assert "code" in sent_back(await visitor.ask(max_age="600"))
    visitor.clock.advance(10 * MINUTE)
    old = sent_back(await visitor.ask(max_age="600", prompt="none"))
    assert old["error"] == "login_required"
    login = await visitor.ask(max_age="600")
    assert login.url.path == "/login"
    assert "code" in sent_back(await visitor.sign_in(login))
    assert (await visitor.ask(max_age="0")).url.path == "/login"


async def test_auth_time_is_that_of_the_sign_in(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    signed_in_at = house.clock.now()
    visitor.clock.advance(10 * MINUTE)
    back = sent_back(await visitor.ask(max_age="3600"))
    id_token = claims_of((await house.redeem(back["code"])).json()["id_token"])
    assert id_token["auth_time"] <= signed_in_at // 1_000_000
    assert id_token["iat"] - id_token["auth_time"] >= 600


async def test_a_hint_about_her_goes_on_and_about_another_asks_who_is_there(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    back = await visitor.consented()
    amina = (await house.redeem(back["code"])).json()["id_token"]
    other = new_visitor()
    page = await other.sign_in(await other.ask(), "bruno@example.org")
    bruno = (await house.redeem(sent_back(await other.decide(page))["code"])).json()["id_token"]
    assert "code" in sent_back(await visitor.ask(id_token_hint=amina))
    assert "code" in sent_back(await visitor.ask(id_token_hint=amina, prompt="none"))
    assert sent_back(await visitor.ask(id_token_hint=bruno, prompt="none"))["error"] == "login_required"
    login = await visitor.ask(id_token_hint=bruno)
    assert login.url.path == "/login"
    # She signs in as herself all the same: the app is told, and nobody goes round in circles.
    assert sent_back(await visitor.sign_in(login))["error"] == "login_required"
    # Or bruno signs in on her machine: he is who was meant.
    again = await visitor.ask(id_token_hint=bruno)
    assert "code" in sent_back(await visitor.sign_in(again, "bruno@example.org"))


async def test_a_hint_that_we_never_signed_vouches_for_nobody(visitor: Visitor) -> None:
    await visitor.consented()
    forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    assert sent_back(await visitor.ask(id_token_hint=forged, prompt="none"))["error"] == "login_required"
    assert "code" in sent_back(await visitor.ask(id_token_hint=forged))


async def test_the_sign_in_page_is_given_the_address_and_the_language(visitor: Visitor) -> None:
    page = await visitor.ask(login_hint='amina@example.org"><script>x</script>', ui_locales="en fr")
    assert "<script>x" not in page.text
    assert "amina@example.org&#34;&gt;" in page.text or "amina@example.org&quot;&gt;" in page.text
    assert 'lang="en"' in page.text
    plain = await visitor.ask(login_hint="amina@example.org")
    assert 'value="amina@example.org"' in plain.text


# --- POST, and apps on the loopback ----------------------------------------------------------------------


async def test_a_request_by_post_becomes_a_get(visitor: Visitor) -> None:
    """A cross-site POST carries no cookie of ours, so it must not be where a session is looked for."""
    answer = await visitor.post("/authorize", GOOD, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert urlsplit(location).path == "/authorize"
    assert "set-cookie" not in answer.headers
    assert (await visitor.follow(answer)).url.path == "/login"


async def test_an_app_anyone_could_pose_as_is_confirmed_each_time(house: World, visitor: Visitor) -> None:
    loopback = "http://127.0.0.1:4000/callback"
    await add_app(
        house.server,
        "native",
        None,
        auth_method="none",
        grant_types=("authorization_code", "refresh_token"),
        redirect_uris=(loopback,),
    )
    here = "http://127.0.0.1:51234/callback"
    for turn in range(2):
        asked = {"client_id": "native", "redirect_uri": here}
        page = await (visitor.start(**asked) if turn == 0 else visitor.ask(**asked))
        assert page.url.path.startswith("/authorize/consent/"), turn
        back = sent_back(await visitor.decide(page), here)
    fields = {"client_id": "native", "redirect_uri": here}
    assert (await house.redeem(back["code"], redirect_uri=here)).status_code == 400  # as another app
    native = {**fields, "grant_type": "authorization_code", "code": back["code"], "code_verifier": "v" * 43}
    assert (await house.http.post("/token", data=native)).status_code == 200


async def test_the_answer_always_says_who_answers(visitor: Visitor) -> None:
    """RFC 9207: an app that talks to several servers can tell them apart, in success and in error."""
    for answer in (
        await visitor.ask(prompt="none"),
        await visitor.ask(scope="nonsense"),
        await visitor.ask(response_type="token"),
    ):
        assert sent_back(answer)["iss"] == ISSUER
    assert (await visitor.consented())["iss"] == ISSUER
    assert REDIRECT.startswith("https://")
