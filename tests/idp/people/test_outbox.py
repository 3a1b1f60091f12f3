"""The outbox and how it is emptied."""

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import update

from foundation.clock import DAY, MINUTE
from foundation.errors import SettingsError, StorageUnavailableError
from foundation.statements import Write
from foundation.web.i18n import Catalogues
from idp.people import delivery
from idp.people.delivery import (
    PageSender,
    SendError,
    SmtpAccount,
    SmtpSender,
    deliver_for_ever,
    deliver_one,
)
from idp.people.mails import MAILS, MailWriter
from idp.people.outbox import Letter, Mail
from idp.people.router import ROOM
from idp.people.tables import OutboxMail
from tests.idp.people.house import House

CATALOGUES = Catalogues([ROOM.folder / "locales"])
MAIL = Mail("register", "fr", "zoé@exämple.org", {"link": "http://127.0.0.1:8000/verify-email?token=x"})


async def queue(house: House, mail: Mail = MAIL) -> None:
    async with house.db.transaction() as tx:
        await house.people.outbox.queue(tx, mail, house.clock.now())


class Unlucky:
    """A sender that fails."""

    state = "sent"

    def __init__(self, *, for_ever: bool = False) -> None:
        self.for_ever = for_ever
        self.tries = 0

    async def send(self, letter: Letter, now: int) -> None:
        self.tries += 1
        raise SendError("ConnectionRefusedError", for_ever=self.for_ever)


async def deliver(house: House, sender: delivery.Sender) -> bool:
    return await deliver_one(house.db, house.clock, house.people.outbox, sender)


async def test_the_demo_keeps_mails_for_its_page(house: House):
    await queue(house)
    assert await deliver(house, PageSender())
    assert not await deliver(house, PageSender())
    [letter] = await house.mails()
    assert (letter.state, letter.to, letter.data) == ("shown", MAIL.to, MAIL.data)


async def test_a_failure_is_tried_again_later_and_given_up_at_last(house: House):
    await queue(house)
    sender = Unlucky()
    for wait in (1, 5, 15, 60, 240):
        assert await deliver(house, sender)
        assert not await deliver(house, sender)
        house.clock.advance(wait * MINUTE)
    assert await deliver(house, sender)
    house.clock.advance(7 * DAY)
    assert not await deliver(house, sender)
    assert sender.tries == 6
    assert await house.mails() == []  # given up, and wiped


async def test_a_refusal_for_ever_is_not_tried_again(house: House):
    await queue(house)
    assert await deliver(house, Unlucky(for_ever=True))
    house.clock.advance(7 * DAY)
    assert not await deliver(house, PageSender())


async def test_a_sender_that_died_loses_nothing_even_at_its_last_try(house: House):
    await queue(house)
    claimed = []
    for _ in range(8):
        async with house.db.transaction() as tx:
            claimed.append(await house.people.outbox.claim(tx, house.clock.now()))  # and then nothing
        house.clock.advance(DAY)
    assert [letter is not None for letter in claimed] == [True] * 6 + [False] * 2
    assert await house.mails() == []


async def test_two_senders_do_not_send_one_mail_twice(house: House):
    for _ in range(3):
        await queue(house)
    sent: list[str] = []

    class Recorded(PageSender):
        async def send(self, letter: Letter, now: int) -> None:
            sent.append(letter.id)

    while any(await asyncio.gather(*[deliver(house, Recorded()) for _ in range(8)])):
        pass
    assert len(sent) == len(set(sent)) == 3


async def test_a_mail_to_somebody_erased_is_dropped(house: House):
    holder = await house.account()
    async with house.db.transaction() as tx:
        await house.people.outbox.write_to(holder, tx, "exists", {"link": "x"}, house.clock.now())
        await house.people.server.people.destroy(tx, holder.id)
    assert await house.mails() == []
    assert not await deliver(house, PageSender())
    assert not await deliver(house, PageSender())


async def test_an_unreadable_row_holds_up_nothing(house: House):
    await queue(house)
    async with house.db.transaction() as tx:
        await tx.run(Write(update(OutboxMail).values(sealed=b"altered")))
    house.clock.advance(1000)
    await queue(house)
    assert not await deliver(house, PageSender())
    assert await deliver(house, PageSender())
    assert [letter.state for letter in await house.mails()] == ["shown"]


async def test_the_task_goes_on_when_the_database_is_away(house: House, monkeypatch: pytest.MonkeyPatch):
    await queue(house)
    monkeypatch.setattr(delivery, "_POLL_SECONDS", 0)
    failures = 2
    original = delivery.deliver_one

    async def unlucky(*arguments: Any) -> bool:
        nonlocal failures
        if failures:
            failures -= 1
            raise StorageUnavailableError("away") if failures else ZeroDivisionError
        return await original(*arguments)

    await queue(house)
    closed = asyncio.Semaphore(0)
    close = house.people.outbox.close

    async def watched(*arguments: Any) -> None:
        await close(*arguments)
        closed.release()

    monkeypatch.setattr(house.people.outbox, "close", watched)
    monkeypatch.setattr(delivery, "deliver_one", unlucky)
    task = asyncio.create_task(deliver_for_ever(house.db, house.clock, house.people.outbox, PageSender()))
    for _ in range(2):
        await closed.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert failures == 0


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("smtps://mail.example.org", SmtpAccount("mail.example.org", 465, True, "", "")),
        ("smtp://u:p%40ss@mail.example.org", SmtpAccount("mail.example.org", 587, False, "u", "p@ss")),
        ("smtp://[::1]:2525", SmtpAccount("::1", 2525, False, "", "")),
    ],
)
def test_where_mail_is_submitted(url: str, account: SmtpAccount):
    assert SmtpAccount.of_url(url) == account


@pytest.mark.parametrize("url", ["", "mail.example.org", "http://mail.example.org", "smtp://"])
def test_a_wrong_address_of_the_mail_server_is_refused(url: str):
    with pytest.raises(SettingsError):
        SmtpAccount.of_url(url)


class Server:
    """An SMTP server in our hands. refuses: what it answers to each mail."""

    refuses: Exception | None = None
    used: list[str]
    taken: list[EmailMessage]

    def __init__(self, host: str, port: int, timeout: float, context: object = None) -> None:
        self.used.append(f"{host}:{port} tls={context is not None}")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None: ...

    def starttls(self, context: object) -> None:
        self.used.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.used.append(f"login {user}")

    def send_message(self, message: EmailMessage) -> None:
        if self.refuses:
            raise self.refuses
        self.taken.append(message)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    made = type("Fresh", (Server,), {"used": [], "taken": []})
    monkeypatch.setattr(smtplib, "SMTP", made)
    monkeypatch.setattr(smtplib, "SMTP_SSL", made)
    return made


def sender(url: str) -> SmtpSender:
    return SmtpSender(SmtpAccount.of_url(url), "Accord <accord@example.org>", MailWriter(CATALOGUES))


LETTER = Letter("0" * 32, MAIL.template, MAIL.locale, MAIL.to, MAIL.data, "queued", 0)


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("smtps://u:p@mail.example.org", ["mail.example.org:465 tls=True", "login u"]),
        ("smtp://mail.example.org", ["mail.example.org:587 tls=False", "starttls"]),
        ("smtp://127.0.0.1:2525", ["127.0.0.1:2525 tls=False"]),
    ],
)
async def test_mail_travels_encrypted_off_the_loopback(server: type[Server], url: str, used: list[str]):
    await sender(url).send(LETTER, 1_800_000_000_000_000)
    assert server.used == used
    [message] = server.taken
    assert message["To"] == "zoé@xn--exmple-cua.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    text, html = [part.get_content() for part in message.iter_parts()]
    assert MAIL.data["link"] in text
    assert f'href="{MAIL.data["link"]}"' in html


@pytest.mark.parametrize(
    ("refusal", "for_ever"),
    [
        (smtplib.SMTPRecipientsRefused({}), True),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), True),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (ConnectionRefusedError("no"), False),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), True),
        (TimeoutError("slow"), False),
    ],
)
async def test_what_the_mail_server_refuses(server: type[Server], refusal: Exception, for_ever: bool):
    server.refuses = refusal
    with pytest.raises(SendError) as raised:
        await sender("smtps://mail.example.org").send(LETTER, 0)
    assert raised.value.for_ever is for_ever
    assert "zoé" not in str(raised.value)


async def test_what_is_not_an_address_any_more_is_given_up(server: type[Server]):
    with pytest.raises(SendError) as raised:
        await sender("smtps://mail.example.org").send(LETTER._replace(to="a\nBcc: b@example.org"), 0)
    assert raised.value.for_ever
    assert server.used == []


MOMENT = 1_800_000_000_000_000  # in January 2027


@pytest.mark.parametrize("template", list(MAILS))
@pytest.mark.parametrize(("locale", "hello"), [("fr", "Bonjour,"), ("en", "Hello,")])
def test_every_mail_reads_well_in_both_languages(template: str, locale: str, hello: str):
    data: dict[str, str | int] = {"link": "https://accord.example/x?a=1&token=<b>", "at": MOMENT}
    data["agent"] = "Firefox – Android"
    writer = MailWriter(CATALOGUES)
    written = writer.write(template, locale, data)
    assert writer.write(template, locale, data) == written
    assert written.text.startswith(hello)
    assert "https://accord.example/x?a=1&token=<b>" in written.text
    assert "https://accord.example/x?a=1&amp;token=&lt;b&gt;" in written.html
    assert f'<html lang="{locale}" dir="ltr">' in written.html
    for form in written:
        assert "%(" not in form
        assert "{" not in form
    if template == "password-changed":
        assert "2027" in written.text
    if locale == "en":
        assert "’t" in written.text or "mot de passe" not in written.text
