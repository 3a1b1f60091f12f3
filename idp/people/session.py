"""A browser, as the rest of the server knows it: who is signed in there, or nobody."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from datetime import date

from foundation.web.templates import Visitor
from idp.people.cookies import Credential
from keys.people import PersonSecrets

SIGNED_IN = "signed-in"  # the role that every visitor with an account has, for links of the header


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. account_id is None while nobody is signed in; the fields after it are then empty.

    root: what stays the same when she signs in again while she is signed in: what apps know the session by is
    made from it.
    """

    id: str
    secret: str = field(repr=False)
    account_id: str | None = None
    role: str = ""
    email: str = field(default="", repr=False)
    locale: str = ""
    amr: str = ""
    auth_time: int | None = None  # microseconds
    expires_at: int | None = None
    person: PersonSecrets | None = field(default=None, repr=False)  # her keys, opened
    renews: str | None = None  # the root of the session that this one took the place of
    of_age_on: date | None = field(default=None, repr=False)  # the day she turns 15, None for who is
    mark: str = field(default="", repr=False)  # of one just opened: by what its browser is known (devices.py)

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def root(self) -> str:
        return self.renews or self.id

    @property
    def form_secret(self) -> bytes:
        """The 32 bytes that form tokens are made from."""
        return urlsafe_b64decode(self.secret + "=")

    @property
    def credential(self) -> Credential:
        return Credential(self.id, self.secret)

    @property
    def visitor(self) -> Visitor:
        """What the web kit knows of her."""
        roles = frozenset({self.role, SIGNED_IN}) if self.signed_in else frozenset()
        return Visitor(name=self.email, roles=roles, form_secret=self.form_secret)


@dataclass(frozen=True, slots=True)
class OpenBrowser:
    """One of her sessions, as she is shown it. Times are microseconds."""

    id: str
    created_at: int
    last_seen_at: int
    agent: str
