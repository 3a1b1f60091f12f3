"""The room, put together: what its flows and pages work with, and where the assembler plugs in.

people = People.open(server, Hooks(describe_request=…, on_sign_in=(…,), …))
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from foundation.database import Transaction
from idp.context import Server
from idp.people.access import Access
from idp.people.devices import Devices
from idp.people.failures import Failures
from idp.people.hashing import Hasher
from idp.people.links import Links
from idp.people.outbox import Outbox
from idp.people.pace import Pace
from idp.people.sessions import Sessions
from idp.people.throttle import Throttle
from keys.people import PersonSecrets
from keys.seal import derive


class PendingSignIn(NamedTuple):
    """What the sign-in page shows of the authorization request that waits for it.

    login_hint, ui_locales: OpenID Connect Core section 3.1.2.1; unverified text. ends_at: validated origin of
    the app, where the form's POST may end when nothing is left to ask. leave: where a POST takes her back to
    the app without signing in; nothing where there is no app to go back to.
    """

    app_name: str
    login_hint: str = ""
    ui_locales: str = ""
    ends_at: str = ""
    leave: str = ""


# (id of the pending request) -> what is shown of it, or None when there is none (any more).
DescribeRequest = Callable[[str], Awaitable[PendingSignIn | None]]
# (unit, old session's id, new session's id, id of the pending request or None): rebinds the request. It runs
# in the unit of the sign-in and may await nothing but `tx`.
OnSignIn = Callable[[Transaction, str, str, str | None], Awaitable[None]]
# (unit, account id, role, her keys, now): what other rooms start for a new person, in the unit of her making.
OnAccountCreated = Callable[[Transaction, str, str, PersonSecrets, int], Awaitable[None]]


async def _nothing_pending(_request_id: str) -> PendingSignIn | None:
    return None


@dataclass(frozen=True)
class Hooks:
    """What the assembler gives."""

    describe_request: DescribeRequest = _nothing_pending
    on_sign_in: tuple[OnSignIn, ...] = ()
    on_account_created: tuple[OnAccountCreated, ...] = ()


@dataclass(frozen=True)
class People:
    """The room's parts, shared by all requests of a process."""

    server: Server
    hooks: Hooks
    hasher: Hasher
    sessions: Sessions
    access: Access
    throttle: Throttle
    failures: Failures
    links: Links
    outbox: Outbox
    devices: Devices
    pace: Pace = field(default_factory=Pace)

    @classmethod
    def open(
        cls,
        server: Server,
        hooks: Hooks | None = None,
        *,
        hasher: Hasher | None = None,
        pace: Pace | None = None,
    ) -> "People":
        """The room of a server. hasher, pace: others than production's (tests)."""
        secrets = server.secrets
        sessions = Sessions(server.settings, secrets.token_hash, server.people)
        throttle = Throttle(derive(secrets.lookup, "accord throttle v1"))
        return cls(
            server=server,
            hooks=hooks or Hooks(),
            hasher=hasher or Hasher(),
            sessions=sessions,
            access=Access(server.db, server.clock, sessions),
            throttle=throttle,
            failures=Failures(throttle, server.people, server.ledger),
            links=Links(secrets.token_hash),
            outbox=Outbox(server.people, secrets.people),
            devices=Devices(sessions.cookies, secrets.token_hash),
            pace=pace or Pace(),
        )

    def close(self) -> None:
        """End the threads that hash."""
        self.hasher.close()
