"""What an exchange writes: a line of its own that hangs on those behind it, its token, its event."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from consent.tables import Grant
from foundation.statements import Statement, Write
from idp.exchange.events import TokenExchanged
from idp.token.behalf import HANG, Behind, Chain, chain_of
from idp.token.lines import ISSUE, OPEN_LINE, LineRow
from idp.token.loading import GrantRow
from idp.token.mint import Minted
from idp.token.tables import Delegation, Line
from idp.token.writing import Refused, Work, issue
from keys.holding import is_held
from keys.people import PersonSecrets


class _Revision(NamedTuple):
    revision: int


_HOLD_OWN = Statement(
    select(col(Grant.revision))
    .where(
        col(Grant.id) == bindparam("grant_id"),
        col(Grant.revoked_at).is_(None),
        col(Grant.paused_at).is_(None),
        col(Grant.expires_at) > bindparam("now"),
    )
    .with_for_update(read=True),
    _Revision,
)
_DROP_LINE = Write(delete(Line).where(col(Line.id) == bindparam("line_id")))
_DROP_CHAIN = Write(delete(Delegation).where(col(Delegation.line_id) == bindparam("line_id")))
# What a line of its own sign-in has, and this one has not.
_NEITHER: dict[str, None] = dict.fromkeys(
    (
        *("renews", "nonce", "code_challenge", "dpop_jkt", "id_claims"),
        *("rotated_at", "refresh_until", "revoked_at"),
    )
)
_ENDED = Refused("invalid_request", "subject_token is unknown, over, or opens nothing now.")
_NOT_HERS = Refused("invalid_target", "The person lets this application read nothing now.")


class Exchange(NamedTuple):
    """A token for an app, under `own`, its grant. line: of the token that was shown; chain: it and behind."""

    client_id: str
    minted: Minted
    own: GrantRow
    subject: str
    line: LineRow
    chain: Chain
    person: PersonSecrets

    async def apply(self, work: Work) -> Refused | None:
        # Before her grants, as an erasure does: of the two, one waits for the other.
        if not await is_held(work.tx, self.own.person_id or ""):
            return _ENDED
        held = await work.tx.first(_HOLD_OWN, grant_id=self.own.id, now=work.now)
        if held is None:
            return _NOT_HERS
        await self._open(work)
        chain = await chain_of(work.tx, self.minted.id, len(self.chain), work.now, hold=True)
        if chain is None:
            for drop in (_DROP_CHAIN, _DROP_LINE):
                await work.tx.run(drop, line_id=self.minted.id)
            return _ENDED
        told = self._told(held.revision, chain[0])
        about = {"client_id": self.client_id, "line_id": self.minted.id}
        await issue(work, ISSUE, self.minted, told, person=self.person, **about)
        return None

    async def _open(self, work: Work) -> None:
        """A line that no code opens and nothing refreshes; of the one behind it, it keeps the sign-in.

        Its id is its token's: it has no other. It is of no session: whoever acts for an app signed nobody in.
        """
        own = {
            "id": self.minted.id,
            "client_id": self.client_id,
            "grant_id": self.own.id,
            "session_id": "",
            "subject": self.subject,
            "scope": self.minted.scope,
            "details": self.minted.opened.details,
            "redirect_uri": "",
            "code_hash": b"",
            "code_expires_at": work.now,
            "redeemed_at": work.now,
            "refreshable": 0,
            "generation": 0,
            "behalf": len(self.chain),
            "created_at": work.now,
        }
        await work.tx.run(OPEN_LINE, **self.line._asdict() | _NEITHER | own)
        for behind in self.chain:
            await work.tx.run(HANG, line_id=self.minted.id, place=behind.place, of_line_id=behind.line_id)

    def _told(self, revision: int, nearest: Behind) -> TokenExchanged:
        return TokenExchanged(
            client=self.client_id,
            grant=self.own.id,
            revision=revision,
            scopes=self.minted.names,
            line=self.minted.id,
            behalf=nearest.client_id,
            behalf_grant=nearest.grant_id,
            behalf_revision=nearest.revision,
            behalf_line=nearest.line_id,
            depth=len(self.chain),
        )
