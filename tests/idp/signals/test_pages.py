"""The pages of what apps are told: a partner's, a person's, an auditor's, and what anyone may read."""

import re

import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col

from foundation.clock import DAY
from foundation.statements import Write
from idp.clients.tables import Client
from idp.people.accounts import Role
from idp.people.opening import NewAccount, create_account, draft_account
from idp.signals.kinds import KINDS
from idp.signals.streams import authorization_of
from tests.idp.signals.receivers import (
    Receiver,
    answer,
    courier_of,
    deliver,
    revoked,
    signals_of,
    stream_of,
    waiting_for,
)
from tests.idp.signals.test_attesting import asked, attest
from tests.idp.support import World, add_app
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, is_our_error, quick_hasher, read

HERE = "/partner/apps/app/signals"


async def person_of_role(world: World, role: Role) -> str:
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount(f"{role}@example.org", PASSWORD, role))
    async with world.server.db.transaction() as tx:
        holder = await create_account(tx, world.server, draft, world.clock.now())
    hasher.close()
    return holder.id


@pytest.fixture
async def partner(house: World, visitor: Visitor) -> Visitor:
    """The partner who owns the app, signed in."""
    owner = await person_of_role(house, "partner")
    own = Write(update(Client).where(col(Client.id) == "app").values(owner_id=bindparam("owner_id")))
    async with house.server.db.transaction() as tx:
        await tx.run(own, owner_id=owner)
    await visitor.sign_in(await visitor.get("/login"), "partner@example.org")
    return visitor


async def post(visitor: Visitor, path: str, **fields: str):
    """Post a form of the partner's page."""
    form = read(await visitor.get(HERE))
    return await visitor.post(path, {"form_token": form.hidden["form_token"]} | fields)


# --- the partner ----------------------------------------------------------------------------------------


async def test_a_partner_says_where_to_push_and_tries_it(house: World, partner: Visitor):
    page = await partner.get(HERE)
    assert page.status_code == 200
    assert "Votre application demande." in page.text
    url = "http://127.0.0.1:9/signals"
    done = await partner.follow(
        await post(partner, f"{HERE}/delivery", push_url=url, authorization="Bearer s3cret")
    )
    assert "Nous envoyons à votre adresse." in done.text
    assert url in done.text
    assert "s3cret" not in done.text
    stream = await stream_of(house)
    assert (stream.delivery, stream.push_url) == ("push", url)
    assert authorization_of(house.server, stream) == "Bearer s3cret"
    assert b"s3cret" not in (stream.sealed_authorization or b"")
    await post(partner, f"{HERE}/delivery", push_url=url + "2")
    assert authorization_of(house.server, await stream_of(house)) == "Bearer s3cret"  # the old one stays
    await post(partner, f"{HERE}/delivery", push_url=url, no_authorization="1")
    assert authorization_of(house.server, await stream_of(house)) == ""
    await post(partner, f"{HERE}/test")
    (row,) = await waiting_for(house)
    assert row.event == "verification"
    await post(partner, f"{HERE}/delivery", push_url="")
    assert (await stream_of(house)).delivery == "poll"
    events = [leaf["facts"] for leaf in await house.events("signals.configured")]
    assert [(fact["delivery"], fact["host"], fact["by"]) for fact in events] == [
        ("push", "127.0.0.1:9", "partner"),
        ("push", "127.0.0.1:9", "partner"),
        ("push", "127.0.0.1:9", "partner"),
        ("poll", None, "partner"),
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"push_url": "http://coach.example/"}, "commence par https://"),
        ({"push_url": "https://10.0.0.1/"}, "commence par https://"),
        ({"push_url": "javascript:alert(1)"}, "commence par https://"),
        ({"push_url": "https://a@coach.example/"}, "commence par https://"),
        ({"push_url": "https://coach.example/", "authorization": "Bearer é"}, "caractères ASCII"),
        ({"push_url": "https://coach.example/", "authorization": "x" * 1001}, "caractères ASCII"),
    ],
)
async def test_what_could_never_be_reached_is_refused_on_the_form(
    house: World, partner: Visitor, fields, said
):
    page = await post(partner, f"{HERE}/delivery", **fields)
    assert page.status_code == 422
    assert said in page.text
    assert "javascript:alert" not in re.sub(r'value="[^"]*"', "", page.text)
    assert await house.events("signals.configured") == []


@pytest.mark.network
async def test_a_partner_sees_what_failed_and_sends_it_again(
    house: World, partner: Visitor, receiver: Receiver
):
    receiver.answers = [answer(b"400 No", {"err": "invalid_audience", "description": "<b>not me</b>"})]
    await post(partner, f"{HERE}/delivery", push_url=receiver.url)
    grant_id = await revoked(house)
    async with courier_of(house.server) as courier:
        await deliver(courier)
        page = await partner.get(HERE)
        assert "Autorisation retirée" in page.text
        assert "Refusé" in page.text
        assert "invalid_audience" in page.text
        assert "&lt;b&gt;not me&lt;/b&gt;" in page.text
        (row,) = await signals_of(house, grant_id)
        done = await partner.follow(await post(partner, f"{HERE}/replay", jti=row.id))
        assert "C’est reparti" in done.text
        await deliver(courier)
        page = await partner.get(HERE)
        assert "Bien reçu" in page.text
        assert len(receiver.heard) == 2  # what is asked for next may be told at any moment
        day = await post(partner, f"{HERE}/replay", since="2020-01-01")
        assert "done=replay" in day.headers["location"]
        for wrong in ("", "yesterday", "9999-99-99", "20200101"):
            assert (await post(partner, f"{HERE}/replay", since=wrong)).status_code == 422
    assert len({heard.jti for heard in receiver.heard}) == 1


async def test_a_partner_declares_an_erasure_and_is_free_again(house: World, partner: Visitor):
    grant_id = await revoked(house)
    await asked(house, grant_id)
    house.clock.advance(31 * DAY)
    page = await partner.get("/login")
    await partner.sign_in(page, "partner@example.org")
    page = await partner.get(HERE)
    assert "Un effacement n’a pas été confirmé à temps" in page.text
    (jti,) = set(re.findall(r'name="erased-([0-9a-f]{32})"', page.text))
    today = re.findall(r'max="(\d{4}-\d\d-\d\d)"', page.text)[0]
    for day in ("2999-01-01", "2001-01-01", "soon", ""):
        wrong = await post(partner, f"{HERE}/attest", **{"jti": jti, f"erased-{jti}": day})
        assert wrong.status_code == 422
        assert f'href="#erased-{jti}"' in wrong.text
    words = {f"erased-{jti}": today, f"statement-{jti}": " tout  effacé "}
    done = await post(partner, f"{HERE}/attest", jti=jti, **words)
    assert done.status_code == 303
    page = await partner.follow(done)
    assert "Un effacement n’a pas été confirmé à temps" not in page.text
    rows = await signals_of(house, grant_id)
    assert all(row.attested_at is not None for row in rows)
    assert len(await house.events("erasure.attested")) == 1


async def test_a_partner_has_no_say_over_another_s_app(house: World, partner: Visitor):
    other = house.of(await add_app(house.server, "third", "third-secret"), "third-secret")
    there = "/partner/apps/third/signals"
    is_our_error(await partner.get(there), 404)
    for name in ("delivery", "test", "replay", "attest"):
        is_our_error(await post(partner, f"{there}/{name}", push_url="https://evil.example/"), 404)
    assert await waiting_for(other, "third") == []
    forged = await partner.post(f"{HERE}/delivery", {"push_url": "https://evil.example/"})
    assert forged.status_code == 403


# --- the person -----------------------------------------------------------------------------------------


async def test_she_sees_what_was_told_and_asks_for_erasure(house: World, visitor: Visitor):
    grant_id = (await house.grant()).standing.grant_id
    await visitor.sign_in(await visitor.get("/login"))
    page = await visitor.get(f"/account/apps/{grant_id}")
    assert 'id="told"' not in page.text  # nothing to tell yet
    token = read(page).hidden["form_token"]
    early = await visitor.post(f"/account/apps/{grant_id}/erase", {"form_token": token})
    is_our_error(early, 404)  # it lives
    await house.revoke(grant_id)
    page = await visitor.get(f"/account/apps/{grant_id}")
    assert "Pas encore prévenue" in page.text
    assert "ask-erasure" in page.text
    for _ in range(2):
        done = await visitor.post(f"/account/apps/{grant_id}/erase", {"form_token": token})
        assert done.headers["location"] == f"/account/apps/{grant_id}#told"
    page = await visitor.get(f"/account/apps/{grant_id}")
    assert "ask-erasure" not in page.text
    assert "doit effacer vos données et le déclarer" in page.text
    assert len(await house.events("erasure.requested")) == 1
    assert (await attest(house, grant_id=grant_id, statement="<i>fait</i>")).status_code == 200
    page = await visitor.get(f"/account/apps/{grant_id}")
    assert "déclare avoir effacé vos données" in page.text
    assert "&lt;i&gt;fait&lt;/i&gt;" in page.text
    assert "Prévenue" in page.text


async def test_another_person_asks_nothing_about_her_grant(house: World, new_visitor: NewVisitor):
    grant_id = await revoked(house)
    bruno = new_visitor()
    home = await bruno.sign_in(await bruno.get("/login"), "bruno@example.org")
    token = read(home).hidden["form_token"]
    for other in (grant_id, "0" * 32, "x"):
        is_our_error(await bruno.post(f"/account/apps/{other}/erase", {"form_token": token}), 404)
    assert await house.events("erasure.requested") == []


# --- auditors, and anyone -------------------------------------------------------------------------------


async def test_an_auditor_sees_who_was_told_and_who_owes(house: World, visitor: Visitor):
    await person_of_role(house, "auditor")
    grant_id = await revoked(house)
    await asked(house, grant_id)
    house.clock.advance(31 * DAY)
    await visitor.sign_in(await visitor.get("/login"), "auditor@example.org")
    page = await visitor.get("/audit/signals")
    assert page.status_code == 200
    assert "1 en retard" in page.text
    assert "Cap Coaching" in page.text


async def test_each_event_has_a_page_where_its_type_leads(visitor: Visitor):
    every = await visitor.get("/signals/events")
    for name, kind in KINDS.items():
        assert f'href="/signals/events/{name}"' in every.text
        page = await visitor.get(f"/signals/events/{name}")
        assert page.status_code == 200
        assert f"http://127.0.0.1:8000/signals/events/{name}" in page.text
        for member in kind.members:
            assert f"<code>{member.name}</code>" in page.text
    is_our_error(await visitor.get("/signals/events/unknown"), 404)
    assert "Authorisation withdrawn" in (await visitor.get("/signals/events/grant-revoked?lang=en")).text
