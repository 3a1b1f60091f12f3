"""From a decision to a mail in her language; and which mails she wants."""

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from consent.ledger.tables import LedgerEvent
from consent.mirror.letters import Letters
from foundation.clock import DAY
from foundation.statements import Statement
from foundation.web.kit import build_web
from idp.letters.pages import ROOM
from idp.letters.post import ConsentPost
from idp.letters.words import CONSENT_MAILS
from idp.pages import page_rooms
from idp.people.mails import MailWriter
from idp.people.outbox import Outbox
from idp.people.tables import OutboxMail
from idp.running.caring import caring_jobs
from tests.idp.support import ISSUER, World
from tests.idp.visitor import Visitor, read

CATALOGUES = build_web(ISSUER, page_rooms()).catalogues
DATA = {
    "app": "Cap <Coaching>",
    "at": 1_800_000_000_000_000,
    "until": 1_815_552_000_000_000,
    "link": f"{ISSUER}/x",
}


class Leaf(tuple):
    _fields = ("leaf",)


async def letters(world: World):
    """The mails about consent, the newest first."""
    outbox = Outbox(world.server.people, world.server.secrets.people)
    async with world.server.db.reading() as tx:
        return [letter for letter in await outbox.recent(tx, 50) if letter.template in CONSENT_MAILS]


async def care(world: World) -> None:
    """What a server does in the background, once."""
    while await world.server.sequencer.advance(sign_now=True):
        pass
    for _, job in caring_jobs(world.server).values():
        await job()


@pytest.mark.parametrize("template", CONSENT_MAILS)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_mail_says_the_same_in_text_and_html_in_both_languages(template: str, locale: str):
    written = MailWriter(CATALOGUES).write(template, locale, DATA)
    assert "%(" not in written.subject + written.text + written.html
    assert "Cap <Coaching>" in written.subject + written.text or template == "consent-reminder"
    assert "<Coaching>" not in written.html
    for words in (CONSENT_MAILS[template].action, *CONSENT_MAILS[template].after):
        said = CATALOGUES.translator(locale).gettext(words)
        assert said in written.text
        assert (said == CATALOGUES.translator("fr").gettext(words)) == (locale == "fr")
    assert f"{ISSUER}/x" in written.text
    assert f'lang="{locale}"' in written.html


async def test_what_she_accepts_is_told_with_its_receipt_once(world: World):
    decided = await world.grant()
    for _ in range(2):
        await care(world)
    [letter] = await letters(world)
    assert (letter.template, letter.to, letter.locale) == ("consent-given", "amina@example.org", "fr")
    assert letter.data["link"] == f"{ISSUER}/account/apps/{decided.standing.grant_id}/receipts/1"
    assert letter.data["until"] == decided.standing.expires_at
    written = MailWriter(CATALOGUES).write(letter.template, letter.locale, letter.data)
    assert letter.data["app"] in written.subject


async def test_whoever_is_gone_is_written_to_no_more(world: World):
    async with world.server.db.transaction() as tx:
        await world.server.people.destroy(tx, world.person_id)
        await ConsentPost(world.server).write(tx, world.person_id, "consent-ends", DATA | {"path": "/x"}, 1)
    async with world.server.db.reading() as tx:
        rows = Statement(select(col(OutboxMail.id)), Leaf)
        assert await tx.all(rows) == []


async def test_a_letter_that_breaks_its_sender_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    await world.grant()
    while await world.server.sequencer.advance(sign_now=True):
        pass
    jobs = caring_jobs(world.server)
    await jobs["history"][1]()

    async def breaks(*_words: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(ConsentPost, "write", breaks)
    assert await Letters(world.server.db, ConsentPost(world.server)).send(world.clock.now()) == 1
    monkeypatch.undo()
    assert await Letters(world.server.db, ConsentPost(world.server)).send(world.clock.now()) == 0


async def signed_in(visitor: Visitor) -> None:
    await visitor.sign_in(await visitor.get("/login"))


async def choose(visitor: Visitor, **fields: str):
    page = await visitor.get("/account/mails")
    return await visitor.post("/account/mails", read(page).hidden | fields)


async def test_she_turns_reminders_off_and_on_and_chooses_her_language(house: World, visitor: Visitor):
    await signed_in(visitor)
    page = await visitor.get("/account/mails")
    assert read(page).ticked == ["1"]
    answer = await choose(visitor, locale="en")
    assert answer.headers["location"] == "/account/mails?saved=1"
    assert "C’est enregistré." in (await visitor.get("/account/mails?saved=1")).text
    page = await visitor.get("/account/mails")
    assert read(page).ticked == []
    assert '<option value="en" selected>' in page.text
    await choose(visitor, locale="en")  # nothing changes: nothing is recorded
    await choose(visitor, locale="en", reminders="1")
    chosen = Statement(select(col(LedgerEvent.leaf)), Leaf)
    async with house.server.db.reading() as tx:
        leaves = [orjson.loads(row[0]) for row in await tx.all(chosen)]
    told = [leaf["facts"] for leaf in leaves if leaf["event"] == "account.mails_chosen"]
    assert told == [{"reminders": False, "locale": "en"}, {"reminders": True, "locale": "en"}]
    await house.grant()
    await care(house)
    assert (await letters(house))[0].locale == "en"


async def test_without_reminders_she_still_hears_of_a_pause(house: World, visitor: Visitor):
    await signed_in(visitor)
    await choose(visitor, locale="fr")
    await house.grant(duration=["180d"])
    await care(house)
    house.clock.advance(91 * DAY)
    for _ in range(2):
        await care(house)
    assert [letter.template for letter in await letters(house)] == ["consent-paused-unused", "consent-given"]


@pytest.mark.parametrize("fields", [{}, {"locale": "de"}, {"locale": "fr\u0000"}, {"locale": "x" * 999}])
async def test_what_was_not_offered_is_refused(house: World, visitor: Visitor, fields: dict[str, str]):
    await signed_in(visitor)
    assert (await choose(visitor, **fields)).status_code == 400


def test_the_room_has_its_words():
    assert ROOM in page_rooms()
