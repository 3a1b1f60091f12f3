"""The ledger events of this room. The ledger is given the person's keys and writes a pseudonym."""

from typing import Literal

from consent.ledger.events import Event, event

Age = Literal["of_age", "under_15", "unasked"]


@event("account.created", log="security")
class AccountCreated(Event):
    """Someone can sign in. by: the person herself, or an operator (command line, demo).

    age: what was found out of it, and no more; "unasked" for the operator's, where no profile tells.
    """

    role: str
    by: Literal["self", "operator"]
    age: Age


@event("login.succeeded", log="security")
class LoginSucceeded(Event):
    """A session was opened. amr: RFC 8176 values, space-separated."""

    amr: str


@event("login.failed", log="security", outcome="failed", stays_open=True)
class LoginFailed(Event):
    """Failed sign-ins on one account, or on all that do not exist, summed up (see failures.py).

    attempts: how many so far in the window. since: its start, microseconds. seconds: its length.
    """

    attempts: int
    since: int
    seconds: int
    account: Literal["known", "unknown"]


@event("account.password_changed", log="security", stays_open=True)
class PasswordChanged(Event):
    """She changed it, knowing the old one. sessions_ended: her other sessions."""

    sessions_ended: int


@event("account.password_reset", log="security", stays_open=True)
class PasswordReset(Event):
    """She chose a new one by a link in her mailbox. sessions_ended: all she had."""

    sessions_ended: int


@event("session.ended", log="security", stays_open=True)
class SessionEnded(Event):
    """She signed out. reach: of this browser, of another one, or of all."""

    reach: Literal["this", "other", "all"]
    sessions_ended: int
