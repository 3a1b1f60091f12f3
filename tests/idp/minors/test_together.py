"""Child and parent together: alone the child shares nothing, the parent alone shares nothing, both do."""

import asyncio
import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from joserfc import jws

from consent.acts import Transition
from consent.grants import find_grant, find_standing
from foundation.clock import DAY, MINUTE, SECOND
from idp.minors import rows
from idp.minors.rows import Told
from idp.people.addresses import digest_of_text
from idp.people.ages import today
from idp.signals.kinds import said_of
from tests.idp.minors.home import CHILD, DAD, MUM, Home, account
from tests.idp.rights.remains import tables_saying
from tests.idp.visitor import NewVisitor, read, sent_back


async def test_both_click_and_the_record_says_so(home: Home):
    page = await home.choose(duration="30d")
    assert "Avant 15 ans, un parent accepte avec vous" in page.text
    assert not await home.grants()
    link = await home.ask_mum(page)
    asked = await home.mum.get(link)
    for said in (CHILD, "Cap Coaching", "30 jours", "Compétences"):
        assert said in asked.text
    assert read(asked).ticked == []
    assert "l’autorité parentale" in (await home.answer(link)).text  # not without saying who she is
    assert "Votre enfant peut maintenant terminer" in (await home.answer(link, adult="1")).text
    assert not await home.grants()  # the parent alone shares nothing

    waiting = await home.lea.get(str(page.url.path))
    assert "Votre parent a accepté" in waiting.text
    screen = await home.lea.ask()
    assert "votre clic suffit" in screen.text
    assert "skills" in read(screen).ticked
    code = sent_back(await home.lea.decide(screen, scope=["skills"]))["code"]
    assert (await home.house.redeem(code)).status_code == 200
    assert await home.grants()
    given = (await home.house.events("consent.given"))[-1]
    asked_event, answered = (
        await home.house.events("parent.asked"),
        await home.house.events("parent.answered"),
    )
    assert asked_event[0]["person"] == answered[0]["person"] == given["person"]
    assert answered[0]["facts"]["answer"] == "agreed"
    assert MUM.lower() not in json.dumps([asked_event, answered]).lower()
    assert '"with_parent"' in await _receipt(home)


async def _receipt(home: Home) -> str:
    """What the receipt of the child's consent says."""
    async with home.house.server.db.reading() as tx:
        standing = await find_standing(tx, home.child_id, "app")
    assert standing is not None
    return _payload((await home.lea.get(f"/account/apps/{standing.grant_id}/receipts/1/signed")).text)


def _payload(text: str) -> str:
    compact = next(
        part for part in text.replace('"', " ").split() if part.count(".") == 2 and len(part) > 300
    )
    return jws.extract_compact(compact.encode()).payload.decode()


async def test_the_parent_refuses(home: Home):
    page = await home.choose()
    link = await home.ask_mum(page)
    assert "Rien ne sera partagé" in (await home.answer(link, "refuse")).text
    assert "Votre parent n’a pas accepté" in (await home.lea.get(str(page.url.path))).text
    again = await home.lea.follow(await home.lea.get((await home.lea.ask()).url.path))
    assert "Votre parent n’a pas accepté" in again.text
    assert not await home.grants()
    asked = await home.lea.decide(again, scope=["experiences"])
    assert "Avant 15 ans" in asked.text  # something else, and another question to the parent


async def test_what_was_not_agreed_to_is_not_shared(home: Home):
    """More ticked than what the parent saw: the parent is asked again, and nothing is recorded."""
    link = await home.ask_mum(await home.choose(duration="30d"))
    await home.answer(link, adult="1")
    for more in ({"scope": ["skills", "experiences"]}, {"scope": ["skills"], "duration": "180d"}):
        page = await home.lea.decide(await home.lea.ask(), **more)
        assert "Avant 15 ans" in page.text
        assert not await home.grants()


async def test_the_child_may_refuse_after_all(home: Home):
    link = await home.ask_mum(await home.choose())
    await home.answer(link, adult="1")
    refused = await home.lea.decide(await home.lea.ask(), "refuse")
    assert sent_back(refused)["error"] == "access_denied"
    assert not await home.grants()


async def test_an_agreement_is_used_once(home: Home):
    link = await home.ask_mum(await home.choose())
    await home.answer(link, adult="1")
    screens = [await home.lea.ask(), await home.lea.ask()]
    answers = await asyncio.gather(
        *(home.lea.decide(one, scope=["skills"], duration="once") for one in screens)
    )
    codes = [one for one in answers if "code=" in one.headers.get("location", "")]
    assert len(codes) <= 1
    again = await home.lea.ask()
    assert "Un parent accepte avec vous" in again.text  # a "once" asks again: both of them


@pytest.mark.parametrize("who", ["child", "stranger", "teen", "nobody"])
async def test_the_link_opens_for_the_parent_alone(home: Home, new_visitor: NewVisitor, who: str):
    link = await home.ask_mum(await home.choose())
    other = new_visitor()
    if who == "child":
        other = home.lea
    elif who != "nobody":
        await account(home.house, DAD, turns_15_in=30 if who == "teen" else None)
        await other.sign_in(await other.get("/login"), DAD)
    answer = await other.get(link)
    assert answer.status_code == (303 if who == "nobody" else 403)
    assert "Cap Coaching" not in answer.text
    token = read(await other.get("/account" if who != "nobody" else "/login")).hidden["form_token"]
    posted = await other.post(link, {"form_token": token, "decision": "accept", "adult": "1"})
    assert posted.status_code in {303, 403}
    assert await home.house.events("parent.answered") == []


async def test_a_friend_of_14_is_nobody_s_parent(home: Home, new_visitor: NewVisitor):
    page = await home.choose()
    await account(home.house, DAD, turns_15_in=30)
    link = await home.ask_mum(page, DAD)
    friend = new_visitor()
    await friend.sign_in(await friend.get("/login"), DAD)
    assert (await friend.get(link)).status_code == 403


async def test_she_is_not_her_own_parent_and_addresses_are_checked(home: Home):
    page = await home.choose()
    path = str(page.url.path)
    for email, said in ((CHILD.upper(), "C’est votre adresse"), ("nobody", "adresse e-mail complète")):
        answer = await home.lea.post(path, read(page).hidden | {"email": email})
        assert answer.status_code == 400
        assert said in answer.text
    assert await home.house.events("parent.asked") == []


async def test_a_parent_is_asked_once(home: Home):
    page = await home.choose()
    await home.ask_mum(page)
    await home.lea.post(str(page.url.path), read(page).hidden | {"email": DAD})
    assert len(await home.house.events("parent.asked")) == 1


async def test_the_parent_takes_it_back(home: Home):
    link = await home.ask_mum(await home.choose(duration="30d"))
    await home.answer(link, adult="1")
    code = sent_back(await home.lea.decide(await home.lea.ask(), scope=["skills"]))["code"]
    token = (await home.house.redeem(code)).json()["access_token"]
    assert (await home.house.read("/v1/me/skills", token)).status_code == 200
    listed = await home.mum.get("/account/children")
    assert "Retirer mon accord" in listed.text
    ended = await home.mum.follow(await home.mum.post(link + "/end", read(listed).hidden))
    assert "ne peut plus rien lire" in ended.text
    assert (await home.house.read("/v1/me/skills", token)).status_code == 401
    (revoked,) = await home.house.events("consent.revoked")
    assert revoked["facts"]["by"] == "parent"
    assert len(await home.house.events("parent.ended")) == 1
    async with home.house.server.db.reading() as tx:
        row = await find_grant(tx, home.child_id, revoked["grant"])
    assert row is not None
    ending = Transition("revoked", row.standing(), row.standing())
    told = said_of(ending, "parent")  # the app learns that it ended, not that she is under 15
    assert told == said_of(ending, "person")
    assert (await home.mum.post(link + "/end", read(listed).hidden)).status_code == 409


async def test_a_click_and_a_withdrawal_at_once_leave_nothing_open(home: Home):
    """Whichever comes first: what the parent took back is not shared afterwards."""
    link = await home.ask_mum(await home.choose(duration="30d"))
    await home.answer(link, adult="1")
    screen, listed = await home.lea.ask(), await home.mum.get("/account/children")
    fields = read(screen).hidden | {"decision": "accept", "duration": "30d", "scope": ["skills"]}
    _, ended = await asyncio.gather(
        home.lea.post(read(screen).action, fields), home.mum.post(link + "/end", read(listed).hidden)
    )
    assert ended.status_code == 303
    async with home.house.server.db.reading() as tx:
        standing = await find_standing(tx, home.child_id, "app")
    assert standing is None or standing.over
    assert len(await home.house.events("consent.revoked")) == len(await home.house.events("consent.given"))


async def test_at_15_it_is_hers_alone(home: Home):
    link = await home.ask_mum(await home.choose(duration="180d"))
    await home.answer(link, adult="1")
    sent_back(await home.lea.decide(await home.lea.ask(), scope=["skills"], duration="180d"))
    home.house.clock.advance(101 * DAY)
    await home.mum.sign_in(await home.mum.get("/login"), MUM.lower())
    listed = await home.mum.get("/account/children")
    assert "Retirer mon accord" not in listed.text
    assert (await home.mum.post(link + "/end", {"form_token": _token(listed)})).status_code == 409
    assert await home.grants()  # what was given with a parent stays until its term
    page = await home.lea.sign_in(await home.lea.ask(scope="openid profile email"), CHILD)
    assert "parent" not in page.text
    async with home.house.server.db.reading() as tx:
        from idp.people.accounts import find_account  # noqa: PLC0415  # beside what it looks for

        found = await find_account(tx, home.child_id)
    assert found is not None
    assert found.sealed_age is None  # nothing about her age is kept any more


def _token(page: httpx.Response) -> str:
    return read(page).hidden["form_token"]


async def test_under_15_by_her_profile_alone(home: Home):
    await home.house.put("birthdate", date=(today(home.house.clock.now()) - timedelta(days=4000)).isoformat())
    page = await home.lea.start()
    assert "Un parent accepte avec vous" in page.text
    asked = await home.lea.decide(page, scope=["skills"])
    assert "Avant 15 ans" in asked.text


async def test_later_items_are_not_shared_alone_and_stopping_always_is(home: Home):
    link = await home.ask_mum(await home.choose(duration="30d"))
    await home.answer(link, adult="1")
    sent_back(await home.lea.decide(await home.lea.ask(), scope=["skills"]))
    add = await home.lea.get("/account/profile/skills/add?rome=free")
    saved = await home.lea.post("/account/profile/skills/add", read(add).hidden | {"label": "Chant"})
    offered = await home.lea.get(saved.headers["location"].partition("#")[0])
    if "grant" in dict(read(offered).boxes):
        grant = dict(read(offered).boxes)["grant"]
        fields = read(offered).hidden | {"grant": grant}
        assert (await home.lea.post("/account/profile/share", fields)).status_code == 403
    apps = await home.lea.get("/account/apps")
    revoke = next(part for part in apps.text.split('"') if part.endswith("/revoke"))
    await home.lea.post(revoke, {"form_token": _token(apps)})
    assert len(await home.house.events("consent.revoked")) == 1


async def test_an_agreement_that_waited_too_long_is_over(home: Home):
    page = await home.choose()
    link = await home.ask_mum(page)
    home.house.clock.advance(DAY + 1)
    await home.mum.sign_in(await home.mum.get("/login"), MUM.lower())
    shown = await home.mum.get(link)
    assert "Cette demande est terminée" in shown.text
    late = await home.mum.post(link, {"form_token": _token(shown), "decision": "accept", "adult": "1"})
    assert late.status_code == 409


async def test_a_parent_s_address_is_kept_until_the_answer_and_hashed_nowhere(home: Home):
    server, digest = home.house.server, digest_of_text(home.house.server.secrets.lookup, MUM)
    link = await home.ask_mum(await home.choose())

    async def told() -> Told:
        async with server.db.reading() as tx:
            found = await rows.find(tx, link.rpartition("/")[2])
            child = await server.people.find(tx, home.child_id)
        assert found is not None
        assert child is not None
        return found.told(child)

    assert (await told()).parent == MUM
    assert await tables_saying(server.db, digest) == {"account_address"}  # her own account's, beside her keys
    await home.answer(link, adult="1")
    assert await told() == (await told())._replace(parent="")


async def test_a_question_that_nobody_answered_goes_with_the_address_in_it(home: Home):
    clock, db = home.house.clock, home.house.server.db
    await home.answer(await home.ask_mum(await home.choose()), adult="1")
    await home.ask_mum(await home.lea.decide(await home.lea.ask(), scope=["skills", "experiences"]))
    clock.advance(DAY + SECOND)
    assert await rows.UNANSWERED.below(db, clock.now()) == 1
    assert await rows.UNANSWERED.below(db, clock.now() + DAY) == 0


@pytest.mark.parametrize("parent", ["asked", "agreed"])
async def test_turning_15_while_a_question_waits(home: Home, parent: str):
    """What is answered on the day is the child's own: nobody is waited for, and no record names a parent."""
    clock = home.house.clock
    birthday = datetime.combine(today(clock.now()) + timedelta(days=100), time(), ZoneInfo("Europe/Paris"))
    clock.advance(int(birthday.timestamp()) * SECOND - 10 * MINUTE - clock.now())
    await home.mum.sign_in(await home.mum.get("/login"), MUM.lower())
    link = await home.ask_mum(await home.choose(duration="30d"))
    if parent == "agreed":
        await home.answer(link, adult="1")
    screen = await home.lea.ask()
    clock.advance(11 * MINUTE)
    page = await home.lea.decide(screen, scope=["skills"])
    if page.status_code != 303:  # what the page said of a parent is not so any more: she is shown it again
        assert "parent" not in page.text
        page = await home.lea.decide(page, scope=["skills"])
    token = (await home.house.redeem(sent_back(page)["code"])).json()["access_token"]
    assert (await home.house.read("/v1/me/skills", token)).status_code == 200
    assert '"with_parent"' not in await _receipt(home)

    shown = await home.mum.get(link)
    assert ("Cette demande est terminée" in shown.text) == (parent == "asked")
    answered = {"form_token": _token(shown), "decision": "accept", "adult": "1"}
    assert (await home.mum.post(link, answered)).status_code == 409
