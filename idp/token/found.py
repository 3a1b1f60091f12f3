"""A token shown to revocation or introspection: what it is, and whether it lives."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, NamedTuple

from foundation.database import Transaction
from idp.clients.authentication import Credentials
from idp.clients.registry import Client
from idp.context import Server
from idp.token.behalf import chain_of, narrowed
from idp.token.lifetimes import refresh_ends
from idp.token.lines import LineRow
from idp.token.loading import Loaded, load_by_line, load_by_token
from idp.token.text import RefreshText, is_authentic, parse_refresh, unverified_jti
from keys.seal import keyed_hash

Kind = Literal["access_token", "refresh_token"]


class Found(NamedTuple):
    """A token proved to be ours. generation, ends_at (microseconds): those of a refresh token."""

    kind: Kind
    client_id: str
    loaded: Loaded
    generation: int = 0
    ends_at: int = 0

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
        if self.loaded.wrapped is None or (line.behalf is not None and self.loaded.found is None):
            return False  # she was erased, or something that it hangs on has ended
        if self.kind == "access_token":
            return grant.paused_at is None  # it opens nothing meanwhile, here or at whoever asks
        spent = self.generation != line.generation or not line.refreshable or now >= self.ends_at
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
                if loaded.line is not None and loaded.line.behalf is not None:
                    loaded = await _with_chain(tx, loaded, loaded.line.behalf, server.clock.now())
        return Shown(loaded.client, _prove(server, text, refresh, loaded))

    return load


async def _with_chain(tx: Transaction, loaded: Loaded, count: int, now: int) -> Loaded:
    """With the lines that its line hangs on as `found` (None: one ended), its grant as narrow as theirs."""
    chain = None if loaded.line is None else await chain_of(tx, loaded.line.id, count, now)
    if chain is None or loaded.grant is None:
        return loaded
    choice_json = narrowed(loaded.grant.choice_json, chain)
    return loaded._replace(found=chain, grant=loaded.grant._replace(choice_json=choice_json))


def _token_id(server: Server, text: str) -> str:
    """The row that an access token names, of whatever face; "" when it can be no token of ours."""
    named = unverified_jti(text) or next(
        filter(None, (unverified_jti(text, face.mark) for face in server.faces.values())), None
    )
    return named or ""


def _ends(server: Server, client: Client, line: LineRow) -> int:
    return refresh_ends(server.settings, client.metadata, line)


def _prove(server: Server, text: str, refresh: RefreshText | None, loaded: Loaded) -> Found | None:
    if refresh is not None:
        if loaded.line is None or not is_authentic(server.secrets.refresh, refresh):
            return None
        # By the rules of the app that asks: to any other the token is nothing anyway.
        ends_at = 0 if loaded.client is None else _ends(server, loaded.client, loaded.line)
        return Found("refresh_token", loaded.line.client_id, loaded, refresh.generation, ends_at)
    if loaded.token is None:
        return None
    shown = keyed_hash(server.secrets.token_hash, text.encode())
    if not hmac.compare_digest(shown, loaded.token.token_hash):
        return None
    return Found("access_token", loaded.token.client_id, loaded)
