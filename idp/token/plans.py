"""What a token request will do once it was decided: the writes, in one transaction, before any answer.

The decision (Authlib, in memory) is made on what was loaded a moment before; these writes carry the guards
that make it true at commit. An expected refusal is a value: the transaction still commits what it says.
"""

from typing import NamedTuple, Protocol, TypeAlias

from consent.grants import redeem_once
from foundation.clock import SECOND
from foundation.series import Series
from foundation.statements import Values
from idp.grants.events import GrantRenewed
from idp.grants.store import end_refreshing
from idp.token import lines
from idp.token.events import (
    CodeRedeemed,
    CodeReplayed,
    RefreshReused,
    TokenIssued,
    TokenRefreshed,
)
from idp.token.lines import LineRow
from idp.token.loading import GrantRow
from idp.token.mint import Minted
from idp.token.writing import Refused, Work, issue, record
from keys.people import PersonSecrets


class Holding(NamedTuple):
    """The line a request is about, the grant it hangs on, and the keys of its person.

    scope: what tokens of the line may say now; scopes withdrawn since are gone (invariant 5).
    refresh_until: the end of its refresh tokens, microseconds; renewable: neither that nor a long rest has
    ended them.
    """

    line: LineRow
    grant: GrantRow
    person: PersonSecrets
    scope: str
    refresh_until: int
    renewable: bool

    @property
    def refreshable(self) -> bool:
        """Whether the line has refresh tokens: asked for, still agreed to, and not over."""
        asked = self.renewable and bool(self.line.refreshable)
        return asked and bool(self.grant.allows("offline_access"))


_GONE = Refused("invalid_grant", "This authorization has ended: ask the person again.")


class Redeem(NamedTuple):
    """Spend a code, store what it gives. A `once` grant ends with the access token."""

    holding: Holding
    minted: Minted

    async def at_once(self, work: Work) -> bool:
        line, grant = self.holding.line, self.holding.grant
        if grant.fetch_type == "once" or line.renews is not None:
            return False  # something comes between the claim and the token, or after
        return await self._give(work, lines.REDEEM, self._claim(work))

    async def apply(self, work: Work) -> Refused | None:
        if await self.at_once(work):
            return None
        line, grant = self.holding.line, self.holding.grant
        if not await work.tx.run(lines.CLAIM_CODE, **self._claim(work)):
            current = await work.tx.first(lines.FIND_LINE, line_id=line.id)
            if current is not None and current.redeemed_at is not None:
                return await ReplayedCode(self.holding).apply(work)
            return _GONE
        if grant.fetch_type == "once":
            ends_at = self.minted.expires_at
            if not await redeem_once(work.tx, grant.id, ends_at=ends_at, now=work.now):
                return _GONE  # another code of hers used it
        await self._give(work, lines.ISSUE, {"line_id": line.id})
        if line.renews is not None:
            await _renew(work, self.holding)
        return None

    def _claim(self, work: Work) -> Values:
        bound = self.minted.binding
        return {
            "line_id": self.holding.line.id,
            "fetch_type": self.holding.grant.fetch_type,
            "now": work.now,
            "jkt": None if bound is None else bound.jkt,
            "until": self.holding.refresh_until,
        }

    async def _give(self, work: Work, series: Series, values: Values) -> bool:
        line, grant = self.holding.line, self.holding.grant
        event = CodeRedeemed(
            client=line.client_id,
            grant=grant.id,
            revision=grant.revision,
            scopes=self.minted.names,
            line=line.id,
            token=self.minted.id,
        )
        values["client_id"] = line.client_id
        return await issue(work, series, self.minted, event, person=self.holding.person, **values)


class ReplayedCode(NamedTuple):
    """A code presented again with the right verifier: whoever has it, the line dies (RFC 6749 4.1.2)."""

    holding: Holding

    async def apply(self, work: Work) -> Refused | None:
        line, grant = self.holding.line, self.holding.grant
        await work.tx.run(lines.END_LINE, line_id=line.id, now=work.now)
        event = CodeReplayed(client=line.client_id, grant=grant.id, revision=grant.revision, line=line.id)
        await record(work, event, self.holding.person)
        return Refused(
            "invalid_grant", "This code was already used; everything issued from it has been revoked."
        )


class Rotate(NamedTuple):
    """Move a line to its next generation, or repeat the last step for a client that lost our answer.

    presented: generation of the refresh token shown; successor: of the one given, the same where an app keeps
    its refresh token. grace: whether this client may retry.
    """

    holding: Holding
    minted: Minted
    presented: int
    successor: int
    grace: bool

    async def at_once(self, work: Work) -> bool:
        claim = {
            "line_id": self.holding.line.id,
            "presented": self.presented,
            "successor": self.successor,
            "now": work.now,
        }
        return await self._give(work, lines.ROTATE, claim, retry=False)

    async def apply(self, work: Work) -> Refused | None:
        if await self.at_once(work):
            return None
        line_id = self.holding.line.id
        if not await self._repeat(work):
            if await work.tx.first(lines.FIND_LIVING, line_id=line_id, now=work.now) is None:
                return _GONE
            return await ReusedRefresh(self.holding, self.presented).apply(work)
        await self._give(work, lines.ISSUE, {"line_id": line_id}, retry=True)
        return None

    async def _give(self, work: Work, series: Series, values: Values, *, retry: bool) -> bool:
        line, grant = self.holding.line, self.holding.grant
        event = TokenRefreshed(
            client=line.client_id,
            grant=grant.id,
            revision=grant.revision,
            scopes=self.minted.names,
            line=line.id,
            generation=self.successor,
            token=self.minted.id,
            retry=retry,
        )
        values["client_id"] = line.client_id
        return await issue(work, series, self.minted, event, person=self.holding.person, **values)

    async def _repeat(self, work: Work) -> bool:
        """Give the successor again: only just spent, the successor unused, and all of it still alive."""
        if not self.grace:
            return False
        grace = work.server.settings.refresh_grace_seconds * SECOND
        claim = {"line_id": self.holding.line.id, "successor": self.successor}
        return await work.tx.run(lines.CLAIM_RETRY, **claim, since=work.now - grace, now=work.now) > 0


class ReusedRefresh(NamedTuple):
    """A refresh token from the past: somebody else has it. The line dies (RFC 9700 section 4.14.2)."""

    holding: Holding
    presented: int

    async def apply(self, work: Work) -> Refused | None:
        line, grant = self.holding.line, self.holding.grant
        await work.tx.run(lines.END_LINE, line_id=line.id, now=work.now)
        event = RefreshReused(
            client=line.client_id,
            grant=grant.id,
            revision=grant.revision,
            line=line.id,
            generation=self.presented,
        )
        await record(work, event, self.holding.person)
        return Refused(
            "invalid_grant", "This refresh token was already used; everything of its line has been revoked."
        )


class IssueToClient(NamedTuple):
    """A token for the app itself (client_credentials)."""

    client_id: str
    minted: Minted

    async def at_once(self, work: Work) -> bool:
        event = TokenIssued(client=self.client_id, scopes=self.minted.names, token=self.minted.id)
        values = {"client_id": self.client_id, "line_id": None}
        return await issue(work, lines.ISSUE, self.minted, event, person=None, **values)

    async def apply(self, work: Work) -> Refused | None:
        await self.at_once(work)
        return None


# Plans that are one series where all is still as it was decided. `at_once` writes all of it, or nothing and
# says False: then `apply` finds out why, in a unit of several statements.
Brief: TypeAlias = Redeem | Rotate | IssueToClient


class Plan(Protocol):
    """What to write once a token request was decided, in one unit."""

    async def apply(self, work: Work) -> Refused | None:
        """Write it; the refusal that the writes found, which takes the place of the answer."""
        ...


async def _renew(work: Work, holding: Holding) -> None:
    """End the refresh tokens of the grant's older lines (Grant Management, draft 03, section 5.2).

    Now, and not when the code was given: anyone can send a browser that is signed in to /authorize, and only
    the app can redeem. The claim holds the grant, so that no refresh comes between.
    """
    line, grant = holding.line, holding.grant
    ended = await end_refreshing(work.tx, grant.id, but=line.id)
    if not ended:
        return
    event = GrantRenewed(
        client=line.client_id,
        grant=grant.id,
        revision=grant.revision,
        line=line.id,
        action=line.renews or "",
        lines=ended,
    )
    await record(work, event, holding.person)
