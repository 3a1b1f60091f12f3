"""Accounts that operators make."""

import pytest

from foundation.database import ConflictError
from foundation.errors import AccordError
from idp.people.accounts import ROLES, email_claim, find_account
from idp.people.hashing import Hasher
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.session import Session
from idp.people.sign_in import Attempt, sign_in
from tests.idp.people.house import PASSWORD, House, quick_hasher


@pytest.fixture
def hasher():
    made = quick_hasher()
    yield made
    made.close()


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_can_be_given(house: House, role):
    holder = await house.account(role=role, locale="en")
    async with house.db.reading() as tx:
        account = await find_account(tx, holder.id)
        assert account == holder.account
        claim = await email_claim(tx, holder.id, holder.person)
        assert await email_claim(tx, "0" * 32, holder.person) is None
    assert claim == ("amina@example.org", True)
    [event] = await house.events("account.created")
    assert event["facts"] == {"role": role, "by": "operator", "age": "unasked"}
    assert event["request"] is None


async def test_an_unproved_address_says_so(house: House):
    holder = await house.account(verified=False)
    async with house.db.reading() as tx:
        assert await email_claim(tx, holder.id, holder.person) == ("amina@example.org", False)


async def test_an_address_has_one_account(house: House):
    await house.account()
    with pytest.raises(ConflictError):
        await house.account("AMINA@example.org")
    assert len(await house.events("account.created")) == 1


async def test_the_demos_password_needs_saying_that_it_is_weak(house: House, hasher: Hasher):
    with pytest.raises(AccordError, match="too short"):
        await draft_account(hasher, NewAccount("amina@example.org", "demo"))
    draft = await draft_account(hasher, NewAccount("amina@example.org", "demo", allow_weak_password=True))
    async with house.db.transaction() as tx:
        await create_account(tx, house.people.server, draft, house.clock.now())
    outcome = await sign_in(house.people, Attempt("amina@example.org", "demo"), house.caller())
    assert isinstance(outcome, Session)


async def test_a_password_that_could_never_be_typed_is_refused_to_operators_too(hasher: Hasher):
    with pytest.raises(AccordError, match="too long"):
        await draft_account(hasher, NewAccount("a@example.org", "x" * 300, allow_weak_password=True))


async def test_what_is_no_address_has_no_account(hasher: Hasher):
    with pytest.raises(AccordError) as raised:
        await draft_account(hasher, NewAccount("amina", PASSWORD))
    assert raised.value.code == "bad_email"


def test_nothing_typed_shows_in_a_repr():
    assert "demo" not in repr(NewAccount("amina@example.org", "demo"))
    assert "amina" not in repr(NewAccount("amina@example.org", "demo"))


async def test_hooks_run_in_the_unit(house: House, hasher: Hasher):
    async def fail(*_: object) -> None:
        raise RuntimeError

    draft = await draft_account(hasher, NewAccount("amina@example.org", PASSWORD))
    with pytest.raises(RuntimeError):
        async with house.db.transaction() as tx:
            await create_account(tx, house.people.server, draft, house.clock.now(), [fail])
    assert await house.events() == []
    await house.account()
