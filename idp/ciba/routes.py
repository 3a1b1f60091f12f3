"""POST /bc-authorize (CIBA Core section 7): authenticate as at the token endpoint, check all of it, keep it.

Whom a hint leads to is not looked at before the answer (finding.py), but for a name that the app was given
by us: it knows that one already.
"""

from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.authorize.checks import Refusal, after_trust, before_trust, first_refusal
from idp.authorize.hint import hinted_subject
from idp.authorize.request import REPEATABLE, AuthorizeRequest
from idp.ciba import limits, rows
from idp.ciba.asked import PARAMETERS, Asked, Hint, read_asked
from idp.ciba.events import BackchannelAsked
from idp.ciba.registering import GRANT_TYPE
from idp.ciba.sealing import Meant, Ping, Seals
from idp.ciba.signed import USED, said_in
from idp.clients.assertion import AssertionUse, record_use
from idp.clients.registry import Client
from idp.context import Server
from idp.people.addresses import digest_of_text
from idp.people.throttle import Throttle
from idp.polling import store
from idp.polling.asking import asking, polled
from idp.polling.kinds import CIBA
from idp.polling.store import INTERVAL
from idp.token.calling import Door, prove_app, spend
from keys.seal import derive, keyed_hash

BACKCHANNEL_PATH = "/bc-authorize"
_NO_STORE = ((b"cache-control", b"no-store"),)
_NOT_ITS_APP = Refusal("unauthorized_client", f"This application is not registered for {GRANT_TYPE}.")
_UNKNOWN = Refusal(
    "unknown_user_id", "Nobody who shares with this application has that sub: send an e-mail address."
)


class _Request(NamedTuple):
    """A request that passed every check, with the one whom it names."""

    request: AuthorizeRequest
    asked: Asked
    meant: Meant
    hint_hash: bytes
    use: AssertionUse | None = None  # of the object in which it came


def backchannel_endpoint(server: Server) -> Endpoint:
    """The endpoint."""
    door = Door(server, named=BACKCHANNEL_PATH)  # section 7.1
    desk = _Desk(server)

    async def ask(request: Request) -> Response:
        form = await read_protocol_form(request, repeatable=REPEATABLE)
        caller = await prove_app(door, request, form)
        decided = await desk.decide(caller.client, form, caller.now)
        async with server.db.transaction() as tx:
            await spend(tx, caller.authenticated.use)
            if isinstance(decided, _Request) and decided.use and not await record_use(tx, decided.use):
                decided = AccordError(*USED)
            kept = decided if isinstance(decided, AccordError) else await desk.keep(tx, decided, caller.now)
        if isinstance(kept, AccordError):
            raise kept  # an assertion is spent even by a request that was refused
        return json_response(kept, 200, _NO_STORE)

    return ask


class _Desk:
    """What the endpoint works with."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seals = Seals(server)
        self._throttle = Throttle(derive(server.secrets.lookup, "accord throttle v1"))

    async def decide(self, client: Client, form: Mapping[str, str], now: int) -> _Request | AccordError:
        """The request in a form, or why it stops."""
        decided = await self._judged(client, form, now)
        return AccordError(*decided) if isinstance(decided, Refusal) else decided

    async def _judged(self, client: Client, form: Mapping[str, str], now: int) -> _Request | Refusal:
        if not client.check_grant_type(GRANT_TYPE):
            return _NOT_ITS_APP
        said = await said_in(self._server, client, form, now)
        if isinstance(said, Refusal):
            return said
        asked = read_asked(said.form, client.metadata)
        if isinstance(asked, Refusal):
            return asked
        request = asking(CIBA, client, said.form, PARAMETERS, now)
        # What she agreed to before does not answer it: she has not asked for anything herself.
        request = request.model_copy(update={"prompt": "consent"})
        checks = (*before_trust(request), *after_trust(self._server.settings, request))
        refusal = first_refusal(checks, request, client)
        if refusal is not None:
            return refusal
        meant = await self._meant(client, asked, now)
        if isinstance(meant, Refusal):
            return meant
        return self._named(client, request, asked, meant)._replace(use=said.use)

    def _named(self, client: Client, request: AuthorizeRequest, asked: Asked, meant: Meant) -> _Request:
        lookup = self._server.secrets.lookup
        who = digest_of_text(lookup, meant.text) if meant.kind == "address" else meant.text.encode()
        hint = f"backchannel {client.id} {meant.kind} ".encode() + who
        return _Request(request, asked, meant, keyed_hash(lookup, hint))

    async def _meant(self, client: Client, asked: Asked, now: int) -> Meant | Refusal:
        """Whom a hint names. Only a sub is looked up: the app that was given it knows that she is there."""
        hint = asked.hint
        if hint.kind == "address":
            return Meant("address", hint.text, asked.message)
        subject = self._subject(client, hint)
        if subject is None:
            return Refusal("invalid_request", "id_token_hint is no ID token that this application was given.")
        async with self._server.db.reading() as tx:
            known = await tx.first(rows.KNOWN_BY, client_id=client.id, subject=subject, now=now)
        if known is None or known.person_id is None:
            return _UNKNOWN
        return Meant("account", known.person_id, asked.message)

    def _subject(self, client: Client, hint: Hint) -> str | None:
        return hint.text if hint.kind == "subject" else hinted_subject(self._server, hint.text, client.id)

    async def keep(self, tx: Transaction, decided: _Request, now: int) -> dict[str, str | int] | AccordError:
        """Keep a checked request; what the app is answered, or that it asks too often."""
        request, asked = decided.request, decided.asked
        if error := await self._too_often(tx, request.client_id, decided.hint_hash, now):
            return error
        key, expires_at = self._server.secrets.token_hash, now + asked.seconds * SECOND
        text, row = polled(request, key, expires_at=expires_at)
        await store.keep(tx, row)
        ping = self._seals.ping(row.id, Ping(text, asked.bearer)) if asked.bearer else None
        await tx.run(
            rows.ADD,
            id=row.id,
            client_id=request.client_id,
            hint_hash=decided.hint_hash,
            sealed=self._seals.meant(row.id, decided.meant),
            look_up_at=now,
            sealed_ping=ping,
            ping_at=None if ping is None else now,
            pings=0,
        )
        event = BackchannelAsked(client=request.client_id, scopes=" ".join(request.scopes), asked=row.id)
        await self._server.ledger.append(tx, event, person=None, now=now, request_id=None)
        return {"auth_req_id": text, "expires_in": asked.seconds, "interval": INTERVAL // SECOND}

    async def _too_often(self, tx: Transaction, client_id: str, hint: bytes, now: int) -> AccordError | None:
        """Section 13 has no code for it. The counters hold their rows: requests at once wait in turn."""
        by_app = await self._throttle.wait_after(tx, limits.BY_APP, client_id.encode(), now)
        by_hint = await self._throttle.wait_after(tx, limits.BY_HINT, hint, now)
        if seconds := max(by_app, by_hint):
            return _too_many(seconds)
        opened = await tx.one(rows.OPEN, client_id=client_id, hint=hint, now=now)
        return _too_many(INTERVAL // SECOND) if opened.found >= limits.MOST_OPEN else None


def _too_many(seconds: int) -> AccordError:
    return AccordError(
        "too_many_open_requests",
        "This application asks too often, or has as many requests open for this hint as it may. Nothing was"
        " kept.",
        status=429,
        headers={"Retry-After": str(seconds)},  # RFC 9110 section 10.2.3
    )
