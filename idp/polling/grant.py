"""The token request of an app that polls: Authlib's rules (RFC 8628 section 3.5), one kind a subclass.

A subclass says its `GRANT_TYPE` and its `KIND`.
"""

import hmac
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from foundation.database import Transaction
from idp.details.parse import PARAMETER
from idp.polling import store
from idp.polling.kinds import Kind
from idp.polling.plans import Waiting
from idp.polling.store import PolledRow
from idp.polling.text import parse_text
from idp.token.code_grant import first_tokens
from idp.token.loading import Loaded, load_by_line
from idp.token.plans import Holding, ReplayedCode
from idp.token.possession import check_code_key
from idp.token.routes import Loader
from idp.token.server import JSON, TokenDesk
from keys.seal import keyed_hash

_TOLD = {
    "authorization_pending": "Nobody has answered yet: ask again after the interval.",
    "access_denied": "The person did not agree to share.",
    "expired_token": "Nobody answered in time: make a new request.",
}


def polled_by(kind: Kind) -> Loader:
    """Loads the app, the polled request that a form names (as `found`), and the line of its approval."""

    async def load(tx: Transaction, client_id: str, form: Mapping[str, str]) -> Loaded:
        named = parse_text(kind, form.get(kind.parameter, ""))
        row = None if named is None else await store.find(tx, named.id)
        line_id = "" if row is None or row.line_id is None else row.line_id
        return (await load_by_line(tx, client_id, line_id))._replace(found=row)

    return load


class PresentedPoll(NamedTuple):
    """A request that is ours, of this app, and whose secret it knows, as Authlib asks about it.

    spent: its tokens were given already. That is told, and punished, however late it comes.
    """

    row: PolledRow
    now: int
    spent: bool

    def is_expired(self) -> bool:
        return self.now >= self.row.expires_at and not self.spent

    def get_user_code(self) -> str:
        return ""  # the row says who answered

    def get_scope(self) -> str:
        return ""  # the line says what was granted


class PolledGrant(DeviceCodeGrant):  # type: ignore[misc]  # Authlib ships no types
    """Waits, refuses, or spends an approval. What Authlib would query was loaded, the rest is planned."""

    KIND: ClassVar[Kind]
    server: TokenDesk

    def validate_token_request(self) -> None:
        unverified = self.request.payload.data.get(self.KIND.parameter)
        if not unverified:
            raise InvalidRequestError(f"{self.KIND.parameter} is missing.")
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError(f"This application is not registered for {self.GRANT_TYPE}.")
        presented = self._presented(unverified)
        if presented is None:
            raise InvalidGrantError(f"{self.KIND.parameter} is unknown, or another application's.")
        self.request.client, self.request.credential = client, presented
        try:
            self.request.user = self.validate_device_credential(presented)
        except OAuth2Error as error:
            error.description = error.description or _TOLD.get(error.error, "")
            raise

    def _presented(self, unverified: str) -> PresentedPoll | None:
        case = self.server.case
        named, row = parse_text(self.KIND, unverified), case.loaded.found
        if named is None or not isinstance(row, PolledRow) or row.id != named.id:
            return None
        if row.kind != self.KIND.name or row.client_id != case.client.id:
            return None
        shown = keyed_hash(case.server.secrets.token_hash, named.secret.encode())
        if not hmac.compare_digest(shown, row.secret_hash):
            return None
        line = case.loaded.line
        return PresentedPoll(row, case.now, spent=line is not None and line.redeemed_at is not None)

    def query_user_grant(self, user_code: str) -> tuple[Holding | None, bool] | None:  # noqa: ARG002  # Authlib's signature
        case = self.server.case
        row: PolledRow = case.loaded.found
        if row.answered_at is None:
            return None
        if row.line_id is None:
            return None, False
        holding = case.holding()
        if holding is None or holding.line.revoked_at is not None:
            raise InvalidGrantError("This authorization has ended: ask the person again.")
        check_code_key(case, holding.line)
        if holding.line.redeemed_at is not None:
            self.server.plan = ReplayedCode(holding)
            raise InvalidGrantError(f"This {self.KIND.parameter} was already used.")
        return holding, True

    def should_slow_down(self, credential: PresentedPoll) -> bool:
        self.server.plan = Waiting(credential.row.id)
        return False  # the plan finds out

    def generate_token(self, user: Holding, **_: object) -> JSON:
        return first_tokens(self.server, user, user.scope, self.request.payload.data.get(PARAMETER))

    def save_token(self, token: Any) -> None:  # noqa: ANN401  # Authlib's shape
        """Planned, not saved: see first_tokens."""
