"""A token shown to revocation or introspection: what it is, and whether it lives."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, NamedTuple

from idp.clients.authentication import Credentials
from idp.clients.registry import Client
from idp.context import Server
from idp.token.loading import Loaded, load_by_line, load_by_token
from idp.token.text import RefreshText, is_authentic, parse_refresh, unverified_jti
from keys.seal import keyed_hash

Kind = Literal["access_token", "refresh_token"]


class Found(NamedTuple):
    """A token proved to be ours. generation is that of a refresh token."""

    kind: Kind
    client_id: str
    loaded: Loaded
    generation: int = 0

    def is_live(self, now: int) -> bool:
        """Whether it would be accepted now (times in microseconds)."""
        line, grant, token = self.loaded.line, self.loaded.grant, self.loaded.token
        if token is not None and (token.revoked_at is not None or now >= token.expires_at):
            return False
        if line is None:
            # A token of the app itself hangs on its client alone.
            return token is not None and token.line_id is None
        if line.revoked_at is not None or grant is None or not grant.is_live(now):
            return False
        if self.loaded.wrapped is None:
            return False  # she was erased: nothing of hers opens any more
        if self.kind == "access_token":
            return grant.paused_at is None  # it opens nothing meanwhile, here or at whoever asks
        spent = self.generation != line.generation or not line.refreshable
        return not spent and bool(grant.allows("offline_access"))


class Shown(NamedTuple):
    """The app that asks, and the token it shows when that is one of ours."""

    client: Client | None
    found: Found | None


def showing(server: Server, form: Mapping[str, str]) -> Callable[[Credentials], Awaitable[Shown]]:
    """What loads the token that a form shows, and the app.

    `token_type_hint` is not needed: the two kinds cannot be mistaken for one another (RFC 7009 section 2.1).
    """
    text = form.get("token", "")
    refresh = parse_refresh(text)

    async def load(credentials: Credentials) -> Shown:
        async with server.db.reading() as tx:
            if refresh is not None:
                loaded = await load_by_line(tx, credentials.client_id, refresh.line_id)
            else:
                loaded = await load_by_token(tx, credentials.client_id, _token_id(server, text))
        return Shown(loaded.client, _prove(server, text, refresh, loaded))

    return load


def _token_id(server: Server, text: str) -> str:
    """The row that an access token names, of whatever face; "" when it can be no token of ours."""
    named = unverified_jti(text) or next(
        filter(None, (unverified_jti(text, face.mark) for face in server.faces.values())), None
    )
    return named or ""


def _prove(server: Server, text: str, refresh: RefreshText | None, loaded: Loaded) -> Found | None:
    if refresh is not None:
        if loaded.line is None or not is_authentic(server.secrets.refresh, refresh):
            return None
        return Found("refresh_token", loaded.line.client_id, loaded, refresh.generation)
    if loaded.token is None:
        return None
    shown = keyed_hash(server.secrets.token_hash, text.encode())
    if not hmac.compare_digest(shown, loaded.token.token_hash):
        return None
    return Found("access_token", loaded.token.client_id, loaded)
