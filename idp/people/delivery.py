"""Sending what the outbox holds: by SMTP, or (demo) by showing it on a page. One task a process does it."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import structlog

from foundation.clock import Clock, to_datetime
from foundation.database import Database
from foundation.errors import AccordError, SettingsError
from foundation.settings import is_loopback
from idp.people.addresses import parse_address
from idp.people.mails import MailWriter
from idp.people.outbox import Letter, Outbox

log = structlog.get_logger("people")

_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 2.0
_REFUSED_FOR_EVER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)


class SendError(Exception):
    """A mail could not be sent. for_ever: trying again will not help."""

    def __init__(self, reason: str, *, for_ever: bool) -> None:
        super().__init__(reason)
        self.for_ever = for_ever


class Sender(Protocol):
    """How mails leave. state: what the outbox says of a mail that `send` took: "sent" or "shown"."""

    state: str

    async def send(self, letter: Letter, now: int) -> None:
        """Raises SendError."""
        ...


class PageSender:
    """The demo's: nothing leaves, mails are read on /outbox."""

    state = "shown"

    async def send(self, letter: Letter, now: int) -> None:
        """Nothing to do: the page reads the outbox itself."""


class SmtpAccount(NamedTuple):
    """Where and as whom to submit mail (RFC 6409)."""

    host: str
    port: int
    implicit_tls: bool
    username: str
    password: str

    @classmethod
    def of_url(cls, url: str) -> "SmtpAccount":
        """`smtps://user:password@host[:465]`, or `smtp://…[:587]`, which insists on STARTTLS.

        (The loopback is spared it.)

        Raises SettingsError.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise SettingsError("ACCORD_SMTP_URL starts with smtps:// or smtp:// and names a host")
        secure = parts.scheme == "smtps"
        port = parts.port or (465 if secure else 587)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, secure, user, password)


class SmtpSender:
    """Submits mails to one server, a connection each. sender: the From address."""

    state = "sent"

    def __init__(self, account: SmtpAccount, sender: str, writer: MailWriter) -> None:
        self._account = account
        self._sender = sender
        self._writer = writer
        self._tls = ssl.create_default_context()

    async def send(self, letter: Letter, now: int) -> None:
        """Raises SendError."""
        message = self._message(letter, now)
        try:
            await asyncio.to_thread(self._submit, message)
        except _REFUSED_FOR_EVER as error:
            raise SendError(type(error).__name__, for_ever=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise SendError(type(error).__name__, for_ever=False) from error
        except ValueError as error:
            raise SendError(type(error).__name__, for_ever=True) from error

    def _message(self, letter: Letter, now: int) -> EmailMessage:
        address = parse_address(letter.to)
        if address is None:
            raise SendError("not an address", for_ever=True)
        written = self._writer.write(letter.template, letter.locale, letter.data)
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = address.delivery
        message["Subject"] = written.subject
        message["Date"] = format_datetime(to_datetime(now))
        message["Message-ID"] = make_msgid(letter.id, self._sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice in return
        message["Content-Language"] = letter.locale
        message.set_content(written.text)
        message.add_alternative(written.html, subtype="html")
        return message

    def _submit(self, message: EmailMessage) -> None:
        account = self._account
        connect = (
            partial(smtplib.SMTP_SSL, context=self._tls) if account.implicit_tls else partial(smtplib.SMTP)
        )
        with connect(account.host, account.port, timeout=_TIMEOUT_SECONDS) as server:
            if not account.implicit_tls and not is_loopback(account.host):
                server.starttls(context=self._tls)
            if account.username:
                server.login(account.username, account.password)
            server.send_message(message)


async def deliver_one(db: Database, clock: Clock, outbox: Outbox, sender: Sender) -> bool:
    """Send the next mail that is due. False when there was none."""
    now = clock.now()
    async with db.transaction() as tx:
        letter = await outbox.claim(tx, now)
    if letter is None:
        return False
    state: str | None = sender.state
    try:
        await sender.send(letter, now)
    except SendError as error:
        state = "failed" if error.for_ever or outbox.is_last_attempt(letter) else None
        log.warning("a mail was not sent", reason=str(error), mail_id=letter.id, given_up=state is not None)
    if state is not None:
        async with db.transaction() as tx:
            await outbox.close(tx, letter.id, state)
    return True


async def deliver_for_ever(db: Database, clock: Clock, outbox: Outbox, sender: Sender) -> None:
    """The background task: cancel it to stop. No failure ends it: a mail comes due again, or is given up."""
    while True:
        try:
            busy = await deliver_one(db, clock, outbox, sender)
        except AccordError as error:
            log.warning("mails wait for the database", error_code=error.code)
            busy = False
        except Exception:
            # One mail that breaks us must not hold up the others; it comes due again, a few times.
            log.exception("a mail broke its sender")
            busy = False
        if not busy:
            await asyncio.sleep(_POLL_SECONDS)
