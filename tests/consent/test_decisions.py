from dataclasses import replace

import pytest

from consent.acts import Decided, ItemChange, Refused, Stale
from consent.choices import read_choice
from consent.coverage import Covered
from consent.grants import (
    find_grant,
    find_standing,
    list_grants,
    list_open_first,
    list_revisions,
    place_of,
    redeem_once,
)
from consent.profile.release import release
from consent.records.receipts import record_hash, verify_receipt
from foundation.clock import DAY, MINUTE, SECOND
from tests.consent.sharing import AMINA, COACH, JWKS, NOTICE, answered, asking, home, leaves, request


@pytest.fixture
def amina(db, clock):
    return home(db, clock)


async def row_of(amina, grant_id):
    async with amina.db.reading() as tx:
        return await find_grant(tx, amina.person.id, grant_id)


async def test_accepting_makes_a_grant_a_receipt_and_an_event(amina):
    decided = await amina.agreed("skills")
    row = await row_of(amina, decided.standing.grant_id)
    assert row.standing() == decided.standing
    assert row.lives(amina.clock.now())
    assert row.subject == "pairwise-sub"
    assert row.fetch_type == "periodic"
    assert row.expires_at == amina.clock.now() + 30 * DAY
    (leaf,) = await leaves(amina.db)
    claims = verify_receipt(decided.receipt, JWKS)
    assert leaf["event"] == "consent.given"
    assert leaf["id"] == claims["ledger"]["event_id"]
    assert leaf["facts"]["record"] == claims["record_sha256"] == record_hash(claims["record"])
    assert leaf["facts"]["declined"] == "experiences trainings"
    assert leaf["facts"]["notice"] == NOTICE.sha256
    assert leaf["scopes"] == "openid profile skills"


async def test_what_was_accepted_is_released_and_nothing_else(amina):
    ask = asking(await amina.ask(request()))
    decided = await amina.accept(ask, answered(ask, "skills", hide=["skills:s03"], duration=["30d"]))
    choice = read_choice((await row_of(amina, decided.standing.grant_id)).choice_json)
    labels = [skill["label"] for skill in release("skills", AMINA["skills"], choice).data]
    assert len(labels) == 10
    assert "Gérer les agendas et planifier des rendez-vous" not in labels
    assert release("experiences", AMINA["experiences"], choice).data == []


async def test_signing_in_again_asks_nothing(amina):
    await amina.agreed("skills")
    amina.clock.advance(DAY)
    assert isinstance(await amina.ask(request()), Covered)


async def test_an_accepted_change_is_a_revision(amina):
    first = await amina.agreed("skills")
    wider = request("openid", "profile", "skills", "experiences", "trainings", "languages", "offline_access")
    ask = asking(await amina.ask(wider))
    second = await amina.accept(ask, answered(ask, "languages"))
    assert second.standing.grant_id == first.standing.grant_id
    assert second.standing.revision == 2
    leaf = (await leaves(amina.db))[-1]
    assert leaf["event"] == "consent.amended"
    assert leaf["facts"]["added"] == "languages"
    assert leaf["facts"]["removed"] == ""
    async with amina.db.reading() as tx:
        history = await list_revisions(tx, amina.person.id, first.standing.grant_id)
        assert await list_revisions(tx, "somebody", first.standing.grant_id) == []
    assert [(one.revision, one.kind) for one in history] == [(2, "amended"), (1, "given")]
    assert history[0].receipt == second.receipt
    assert verify_receipt(second.receipt, JWKS)["record"]["previous_record_id"].endswith(".1")
    assert isinstance(await amina.ask(wider), Covered)


async def test_refusing_at_first_leaves_no_memory(amina):
    ask = asking(await amina.ask(request()))
    refused = await amina.refuse(ask)
    assert isinstance(refused, Refused)
    assert refused.kept is None
    assert await amina.standing() is None
    assert asking(await amina.ask(request())).why == "first"
    (leaf,) = await leaves(amina.db)
    assert (leaf["event"], leaf["outcome"], leaf["grant"]) == ("consent.refused", "refused", None)


async def test_refusing_a_change_keeps_the_grant_and_is_remembered(amina):
    first = await amina.agreed("skills")
    wider = request("openid", "profile", "skills", "contact", purpose="autre chose")
    refused = await amina.refuse(asking(await amina.ask(wider)))
    assert refused.kept == first.standing
    assert (await leaves(amina.db))[-1]["grant"] == first.standing.grant_id
    assert isinstance(await amina.ask(wider), Covered)
    standing = await amina.standing()
    assert standing.revision == 1
    assert standing.terms == first.standing.terms
    assert "contact" not in standing.choice.scopes


async def test_refusing_what_the_app_needs_keeps_nothing_to_go_on(amina):
    await amina.agreed("skills")
    needs = request(required=("openid", "profile", "trainings"))
    refused = await amina.refuse(asking(await amina.ask(needs)))
    assert refused.kept is None
    assert asking(await amina.ask(needs)).scopes == ("trainings",)


async def test_refusing_a_second_time_what_is_asked_whole_leaves_the_grant(amina):
    first = await amina.agreed("skills")
    refused = await amina.refuse(asking(await amina.ask(request(), prompted=True)))
    assert refused.kept is None
    assert await amina.standing() == first.standing


async def test_once_is_used_once_and_ends_with_its_token(amina):
    decided = await amina.agreed("skills", duration="once")
    assert decided.standing.expires_at == amina.clock.now() + 10 * MINUTE
    grant, now = decided.standing.grant_id, amina.clock.now()

    async def redeem():
        async with amina.db.transaction() as tx:
            return await redeem_once(tx, grant, ends_at=now + 300 * SECOND, now=now)

    assert await redeem()
    assert not await redeem()
    row = await row_of(amina, grant)
    assert (row.redeemed_at, row.expires_at) == (now, now + 300 * SECOND)
    assert asking(await amina.ask(request())).why == "ended"
    again = await amina.agreed("skills", duration="once")
    assert again.standing.grant_id == grant
    assert again.standing.revision == 2
    assert await redeem()


async def test_once_that_nobody_used_ends_by_itself(amina):
    decided = await amina.agreed("skills", duration="once")
    amina.clock.advance(10 * MINUTE)
    async with amina.db.transaction() as tx:
        now = amina.clock.now()
        assert not await redeem_once(tx, decided.standing.grant_id, ends_at=now + SECOND, now=now)
    periodic = await amina.agreed("skills")
    async with amina.db.transaction() as tx:
        now = amina.clock.now()
        assert not await redeem_once(tx, periodic.standing.grant_id, ends_at=now + SECOND, now=now)


async def test_after_its_term_an_acceptance_makes_another_grant(amina):
    first = await amina.agreed("skills")
    amina.clock.advance(30 * DAY)
    second = await amina.agreed("trainings")
    assert second.standing.grant_id != first.standing.grant_id
    assert second.standing.revision == 1
    old = await row_of(amina, first.standing.grant_id)
    assert (old.end_reason, old.revision) == ("expired", 2)
    last = {leaf["event"] for leaf in (await leaves(amina.db))[-2:]}
    assert last == {"consent.expired", "consent.given"}
    async with amina.db.reading() as tx:
        history = await list_revisions(tx, amina.person.id, first.standing.grant_id)
    assert history[0].kind == "expired"
    assert verify_receipt(history[0].receipt, JWKS)["record"]["events"][0]["event_state"] == "expired"


async def test_withdrawing_ends_it_for_good(amina):
    decided = await amina.agreed("skills")
    grant = decided.standing.grant_id
    ended = await amina.revoke(grant)
    assert ended.standing.revision == 2
    row = await row_of(amina, grant)
    assert not row.lives(amina.clock.now())
    assert row.end_reason == "withdrawn"
    assert await amina.standing() is None
    assert await amina.revoke(grant) is None
    leaf = (await leaves(amina.db))[-1]
    assert (leaf["event"], leaf["revision"], leaf["facts"]["by"]) == ("consent.revoked", 2, "person")
    assert verify_receipt(ended.receipt, JWKS)["record"]["events"][0]["event_state"] == "withdrawn"
    again = await amina.agreed("skills")
    assert again.standing.grant_id != grant


async def test_nobody_withdraws_another_s_grant(amina, db, clock):
    decided = await amina.agreed("skills")
    stranger = home(db, clock)
    assert await stranger.revoke(decided.standing.grant_id) is None
    async with db.transaction() as tx:
        act = stranger.act(notice=None)
        assert await stranger.decisions.revoke_scope(tx, decided.standing.grant_id, "skills", act) is None
        change = ItemChange("skills", share=["s01"])
        assert await stranger.decisions.change_items(tx, decided.standing.grant_id, change, act) is None
        assert await find_grant(tx, stranger.person.id, decided.standing.grant_id) is None
    assert await amina.standing() == decided.standing


async def revoke_scope(amina, grant, scope):
    async with amina.db.transaction() as tx:
        return await amina.decisions.revoke_scope(tx, grant, scope, amina.act(notice=None))


async def test_one_scope_is_withdrawn_alone(amina):
    decided = await amina.agreed("skills", "trainings")
    grant = decided.standing.grant_id
    left = await revoke_scope(amina, grant, "skills")
    assert isinstance(left, Decided)
    assert set(left.standing.choice.scopes) == {"openid", "profile", "trainings"}
    assert "scope:skills" not in left.standing.terms
    leaf = (await leaves(amina.db))[-1]
    assert (leaf["event"], leaf["facts"]["removed"]) == ("consent.amended", "skills")
    assert leaf["facts"]["notice"] is None
    assert await revoke_scope(amina, grant, "skills") is None
    assert isinstance(await amina.ask(request()), Covered)  # what she took back is not asked again


async def test_withdrawing_what_the_app_needs_withdraws_all(amina):
    decided = await amina.agreed("skills")
    ended = await revoke_scope(amina, decided.standing.grant_id, "profile")
    assert ended.standing.revision == 2
    assert await amina.standing() is None


async def test_withdrawing_the_last_scope_withdraws_all(amina):
    ask = asking(await amina.ask(request("skills", required=())))
    decided = await amina.accept(ask, answered(ask, "skills", duration=["30d"]))
    await revoke_scope(amina, decided.standing.grant_id, "skills")
    assert await amina.standing() is None


async def test_an_ended_grant_is_changed_no_more(amina):
    decided = await amina.agreed("skills")
    amina.clock.advance(31 * DAY)
    assert await revoke_scope(amina, decided.standing.grant_id, "skills") is None


async def change_items(amina, grant, change):
    async with amina.db.transaction() as tx:
        return await amina.decisions.change_items(tx, grant, change, amina.act(notice=None))


async def test_items_are_shared_or_held_back_afterwards(amina):
    decided = await amina.agreed("skills")
    grant = decided.standing.grant_id
    later = [*AMINA["skills"], {"id": "new", "label": "Chanter"}]
    assert "new" not in release("skills", later, decided.standing.choice).items
    wider = await change_items(amina, grant, ItemChange("skills", share=["new"], hold_back=["s01"]))
    out = release("skills", later, wider.standing.choice).items
    assert "new" in out
    assert "s01" not in out
    back = await change_items(amina, grant, ItemChange("skills", share=["s01"]))
    assert "s01" in release("skills", later, back.standing.choice).items
    assert back.standing.revision == 3
    assert await change_items(amina, grant, ItemChange("trainings", share=["t1"])) is None


async def test_a_question_shown_is_recorded(amina):
    ask = asking(await amina.ask(request()))
    async with amina.db.transaction() as tx:
        await amina.decisions.asked(tx, ask, NOTICE, amina.act())
    (leaf,) = await leaves(amina.db)
    assert (leaf["event"], leaf["facts"]["reason"]) == ("consent.asked", "first")
    assert leaf["facts"]["purposes"] == "career_guidance"


async def test_an_answer_to_what_is_no_longer_so_is_stale_and_writes_nothing(amina):
    ask = asking(await amina.ask(request()))
    await amina.agreed("skills")
    count = len(await leaves(amina.db))
    assert await amina.accept(ask, answered(ask, "trainings")) == Stale()
    wider = asking(await amina.ask(request("openid", "contact")))
    await amina.revoke((await amina.standing()).grant_id)
    assert await amina.accept(wider, answered(wider, "contact")) == Stale()
    assert await amina.refuse(wider) == Stale()
    assert len(await leaves(amina.db)) == count + 1


async def test_a_step_that_fails_leaves_nothing(amina, monkeypatch):
    ask = asking(await amina.ask(request()))

    def broken(*_):
        raise RuntimeError("no key")

    broken_home = replace(amina, decisions=replace(amina.decisions, sign=broken))
    with pytest.raises(RuntimeError, match="no key"):
        await broken_home.accept(ask, answered(ask, "skills"))
    assert await amina.standing() is None
    assert await leaves(amina.db) == []


async def test_the_dashboard_pages_through_grants_newest_first(amina):
    for number in range(5):
        asked = request(asker=replace(COACH, client_id=f"app{number}"))
        ask = asking(await amina.ask(asked))
        await amina.accept(ask, answered(ask, "skills", duration=["30d"]))
        amina.clock.advance(MINUTE)
    async with amina.db.reading() as tx:
        first = await list_grants(tx, amina.person.id, most=3)
        rest = await list_grants(tx, amina.person.id, before=first[-1].id, most=3)
        assert [row.client_id for row in first + rest] == ["app4", "app3", "app2", "app1", "app0"]
        assert await list_grants(tx, "nobody") == []
        assert await find_standing(tx, amina.person.id, "nope") is None


@pytest.mark.parametrize("most", [1, 2, 3, 7])
async def test_the_dashboard_shows_what_nobody_ended_first_each_once(amina, most):
    for number in range(6):
        ask = asking(await amina.ask(request(asker=replace(COACH, client_id=f"app{number}"))))
        decided = await amina.accept(ask, answered(ask, "skills", duration=["30d"]))
        if number in {1, 4, 5}:
            async with amina.db.transaction() as tx:
                await amina.decisions.revoke(tx, decided.standing.grant_id, amina.act(notice=None))
        amina.clock.advance(MINUTE)
    shown, before = [], ""
    async with amina.db.reading() as tx:
        while page := await list_open_first(tx, amina.person.id, before=before, most=most):
            shown += [row.client_id for row in page]
            before = place_of(page[-1])
        assert await list_open_first(tx, "nobody") == []
        assert len(await list_open_first(tx, amina.person.id, before="nonsense")) == 6
    assert shown == ["app3", "app2", "app0", "app5", "app4", "app1"]
