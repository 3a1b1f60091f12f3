"""What time alone ends."""

from foundation.clock import DAY, HOUR, SECOND
from idp.people.links import REGISTER, Carried
from idp.people.outbox import Mail
from idp.people.purge import purge
from tests.idp.people.house import House


async def fill(house: House) -> None:
    await house.signed_in()  # a session, four counters and a mail
    async with house.db.transaction() as tx:
        now = house.clock.now()
        await house.people.links.make(tx, REGISTER, Carried(), now)
        await house.people.outbox.queue(tx, Mail("register", "fr", "a@b.org", {"link": "x"}), now)


async def purged(house: House) -> int:
    return await purge(house.people.server, house.clock.now())


async def test_each_thing_goes_when_it_has_ended_and_not_before(house: House):
    await house.account()
    await fill(house)
    assert await purged(house) == 0
    house.clock.advance(2 * HOUR)
    assert await purged(house) == 4  # counters
    house.clock.advance(house.people.server.settings.session_seconds * SECOND)
    assert await purged(house) == 1  # the session
    house.clock.advance(DAY)
    assert await purged(house) == 1  # the link
    house.clock.advance(7 * DAY)
    assert await purged(house) == 2  # the mails
    assert await purged(house) == 0


async def test_what_is_new_stays(house: House):
    await house.account()
    await fill(house)
    house.clock.advance(30 * DAY)
    await fill(house)
    assert await purged(house) == 8
    assert len(await house.mails()) == 1
    assert (await house.browsers[-1].get("/account/security")).status_code == 200
