"""The ledger events of this room. The ledger is given the person's keys and writes a pseudonym."""

from typing import Literal

from consent.ledger.events import Event, event
from idp.logout.telling import Parted

Age = Literal["of_age", "under_15", "unasked"]
Reach = Literal["this", "other", "all"]
How = Literal["person", "app", "other_account"]


@event("account.created", log="security")
class AccountCreated(Event):
    """Someone can sign in. by: the person herself, or an operator (command line, demo).

    age: what was found out of it, and no more; "unasked" for the operator's, where no profile tells.
    """

    role: str
    by: Literal["self", "operator"]
    age: Age


# Open while the log lags: who cannot sign in can neither withdraw nor erase.
@event("login.succeeded", log="security", stays_open=True)
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
    """She changed it, knowing the old one. sessions_ended: her other sessions. told: as in SessionEnded."""

    sessions_ended: int
    told: int


@event("account.password_reset", log="security", stays_open=True)
class PasswordReset(Event):
    """She chose a new one by a link in her mailbox. sessions_ended: all she had. told: as in SessionEnded."""

    sessions_ended: int
    told: int


@event("account.locked", log="security", stays_open=True)
class AccountLocked(Event):
    """An operator locked an account. sessions_ended: all there were. told: as in SessionEnded."""

    sessions_ended: int
    told: int


@event("session.ended", log="security", stays_open=True)
class SessionEnded(Event):
    """Sessions of hers ended. reach: this browser's, another one's, or all.

    how: by her on our pages, at the request of `client`, or by somebody else who signed in here. told: logout
    tokens on their way to apps.
    """

    reach: Reach
    how: How
    client: str | None
    sessions_ended: int
    told: int


def ended_event(parted: Parted, reach: Reach, how: How, client: str | None = None) -> SessionEnded:
    """What the ledger says of sessions that ended. client: of the app that asked, where one did."""
    return SessionEnded(reach=reach, how=how, client=client, sessions_ended=parted.sessions, told=parted.told)
