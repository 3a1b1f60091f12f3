"""Who decides, how, and what comes of it: the small frozen values that decisions take and give."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from consent.coverage import Standing
from consent.ledger.append import Recorded
from keys.people import PersonSecrets

Kind = Literal["given", "amended", "revoked", "expired", "paused", "resumed"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides. subject: what this app knows her by. secrets: her opened keys.

    alone: whether she may agree by herself; somebody under 15 may not, and may always withdraw.
    """

    id: str
    subject: str
    secrets: PersonSecrets
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """What she was shown. sha256: of its text as rendered, in hexadecimal. language: BCP 47.

    text: the page as rendered for her. blank: the same without anybody's values; both "" where the page is
    not to be kept (consent/records/notices.py).
    """

    language: str
    sha256: str
    page_version: str
    text: str = field(default="", repr=False)
    blank: str = field(default="", repr=False)

    @property
    def version(self) -> str:
        """SHA-256, in hexadecimal, of the page without values: one for all who were asked the same."""
        return hashlib.sha256(self.blank.encode()).hexdigest() if self.blank else ""


@dataclass(frozen=True, slots=True)
class Act:
    """How and when she decides.

    now: microseconds. request_id: trace id of the HTTP request. notice: None where no request was shown
    (the dashboard). method: how it was expressed. auth_level: how she had signed in. by: who acted; "server"
    for what time alone brings about.
    """

    person: Person
    now: int
    request_id: str | None
    notice: Notice | None = None
    method: str = "web_form"
    auth_level: str = "password"
    by: Literal["person", "parent", "app", "administrator", "server"] = "person"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a grant: from `before` (None for a new one) to `after`."""

    kind: Kind
    before: Standing | None
    after: Standing

    def moment(self, now: int) -> int:
        """When it took place, recorded at `now` (microseconds): a term ends a grant before anyone notices."""
        return self.after.expires_at if self.kind == "expired" else now


@dataclass(frozen=True, slots=True)
class ItemChange:
    """Items of a scope to share from now on, and items to hold back."""

    scope: str
    share: Collection[str] = ()
    hold_back: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A grant as it stands after a decision, with its place in the ledger and its receipt (compact JWS)."""

    standing: Standing
    recorded: Recorded
    receipt: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, recorded. kept: the grant under which the app may go on, None when it may not."""

    kept: Standing | None
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Stale:
    """The grant is no longer what the person was shown: show it again. Nothing was written."""
