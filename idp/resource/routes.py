"""The data API (/v1/me…) and userinfo: check, record, read, in one transaction; then answer."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE, Scope
from consent.counting import HeldBack
from consent.events import LISTING, DataRead
from consent.profile.additions import SKILLS
from consent.profile.release import Released, email_claims, identity_claims, release
from consent.profile.store import KeptRow, Owner, StoredItem, open_dataset
from foundation.database import ConflictError, Transaction
from foundation.errors import AccordError
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.dpop.uses import spent
from idp.people.accounts import email_claim
from idp.resource.bearer import (
    Access,
    Shown,
    insufficient_scope,
    invalid_token,
    look_access,
    shown_token,
)
from idp.resource.pointing import API_PATH
from idp.resource.possession import spend_proof
from idp.resource.posted import posted_token
from idp.resource.recording import Moment, MovedError, Ready, counted, read_limit_reached, record_read
from idp.resource.rows import IDENTITY
from idp.resource.step_up import hold_to_sign_in, seconds_for
from idp.resource.telling import Form, KeysDueError, form_for, told
from idp.resource.writing import adding
from idp.token.text import OWN_MARK, Mark
from keys.holding import is_held

USERINFO_PATH = "/userinfo"
_JSON = dict[str, Any]


Besides = Callable[[Transaction], Awaitable[None]]


class Reading(NamedTuple):
    """What one read lets out: the answer's data, and what the ledger says of it.

    besides: what is written with it, in its unit; it may refuse the read. form: how it is told, None for
    JSON.
    """

    data: Any
    scopes: str
    fields: tuple[str, ...]
    items: tuple[str, ...]
    besides: Besides | None = None
    form: Form | None = None


Reader = Callable[[Transaction, Access, Request], Awaitable[Reading]]


class UserinfoEndpoint(Protocol):
    """Answers a request, by the token of its header unless another was shown."""

    async def __call__(self, request: Request, shown: Shown | None = None) -> Response: ...


def resource_table(server: Server) -> Table:
    """The lean endpoints of this room."""
    userinfo = _userinfo(server)

    async def by_post(request: Request) -> Response:
        return await userinfo(request, await posted_token(request))

    served = [scope for scope in CATALOGUE.values() if serves(scope)]
    datasets = {f"{API_PATH}/me/{scope.path}": {"GET": _dataset(server, scope)} for scope in served}
    datasets[f"{API_PATH}/me/{SKILLS}"]["POST"] = adding(server)
    return datasets | {
        f"{API_PATH}/me": {"GET": _me(server)},
        USERINFO_PATH: {"GET": userinfo, "POST": by_post},
    }


def serves(scope: Scope) -> bool:
    """Whether the data API has a path for a scope; identity is told by userinfo."""
    return scope.dataset is not None and scope.dataset.name != IDENTITY


async def recorded_read(
    server: Server, request: Request, dataset: str, reader: Reader, *, mark: Mark = OWN_MARK
) -> tuple[Access, Any, str]:
    """One recorded read: the token's access, the data that may leave, and the event's id. See `recorded`."""
    looked = await recorded(server, request, dataset, reader, mark=mark)
    return looked.access, looked.reading.data, looked.ready.drafted.event_id


async def recorded(  # noqa: PLR0913  # what is read, how, and by what token
    server: Server,
    request: Request,
    dataset: str,
    reader: Reader,
    *,
    mark: Mark = OWN_MARK,
    shown: Shown | None = None,
) -> "Looked":
    """One recorded read, and all that it looked at.

    mark: of the tokens that are taken. shown: the token, where it is not in the header.

    The token is looked at and the answer made ready before the unit, which records the read only if all is
    still as it was seen; nothing leaves unless that has committed (invariants 1 and 2), a refusal for coming
    too often included.
    """
    moment = Moment(server.clock.now(), request.scope["state"]["trace_id"])
    shown = shown_token(server, request, mark) if shown is None else shown
    read = _Read(server, request, shown, dataset, reader, moment)
    try:
        async with server.db.reading(ahead=True) as tx:
            looked = await read.look(tx)
    except AccordError:
        await server.db.settled()  # what it was refused for must stand
        raise
    try:
        held = await read.record_at_once(looked)
    except MovedError:  # somebody decided meanwhile: look again, where nobody can
        async with server.db.transaction() as tx:
            await is_held(tx, looked.access.person_id)  # before her grant, as an erasure does
            looked = await read.look(tx, hold=True)
            held = await read.record(tx, looked)
    if held is not None:
        raise read_limit_reached(held, moment.now)
    return looked


class Looked(NamedTuple):
    """What may leave, and the event that says so."""

    access: Access
    reading: Reading
    ready: Ready

    @property
    def writes_its_event_alone(self) -> bool:
        """Whether nothing is counted with it, and nothing held or written but its proof."""
        access, reading, ready = self
        return not access.chain and reading.besides is None and counted(access, ready.event.dataset) is None


class _Read(NamedTuple):
    server: Server
    request: Request
    shown: Shown
    dataset: str
    reader: Reader
    moment: Moment

    async def look(self, tx: Transaction, *, hold: bool = False) -> Looked:
        """What would leave, with its event made ready. hold: see `look_access`. Raises AccordError."""
        now, trace = self.moment
        access = await look_access(self.server, tx, self.shown, self.dataset, now, hold=hold)
        if access is None:
            raise invalid_token(self.request, "no live token")
        reading = await self.reader(tx, access, self.request)
        behalf = access.behalf
        event = DataRead(
            client=access.client_id,
            grant=access.grant_id,
            revision=access.revision,
            scopes=reading.scopes,
            dataset=self.dataset,
            fields=" ".join(reading.fields),
            count=len(reading.items),
            items=reading.items,
            behalf=None if behalf is None else behalf.client_id,
            behalf_grant=None if behalf is None else behalf.grant_id,
        )
        drafted = self.server.ledger.draft(event, person=access.person, now=now, request_id=trace)
        return Looked(access, reading, Ready(event, drafted))

    async def record_at_once(self, looked: Looked) -> HeldBack | None:
        """Write the event, and what goes with it, if all is as seen. Raises MovedError, AccordError."""
        if not looked.writes_its_event_alone:
            async with self.server.db.transaction() as tx:
                return await self.record(tx, looked)
        access, _, ready = looked
        if access.proof is not None:
            ready = ready._replace(spent=(spent(access.proof.proof),))
        try:
            async with self.server.db.transaction(single=True) as tx:
                return await record_read(self.server, tx, access, ready, self.moment)
        except ConflictError:  # its proof is being used elsewhere, as will be found out
            raise MovedError from None

    async def record(self, tx: Transaction, looked: Looked) -> HeldBack | None:
        """Write it in a unit of several statements. Raises MovedError, AccordError."""
        access, reading, ready = looked
        await spend_proof(tx, access.proof)
        if reading.besides is not None:
            await reading.besides(tx)
        return await record_read(self.server, tx, access, ready, self.moment)


def _items(access: Access, dataset: str) -> tuple[StoredItem, ...]:
    if access.dataset is None:
        return ()
    owner = Owner(access.person_id, access.person.data_key)
    return open_dataset(owner, KeptRow(dataset, *access.dataset))


def _data_endpoint(server: Server, dataset: str, reader: Reader) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        access, data, event_id = await recorded_read(server, request, dataset, reader)
        body = {"data": data, "grant_id": access.grant_id, "event_id": event_id}
        return json_response(body, headers=access.headers)

    return endpoint


def _dataset(server: Server, scope: Scope) -> Endpoint:
    """GET /v1/me/<dataset>: the items that token and grant both let out."""
    name = scope.dataset.name if scope.dataset else ""
    most = seconds_for(server.settings, scope.name)

    async def reader(tx: Transaction, access: Access, request: Request) -> Reading:
        if not access.opens(scope.name):
            raise insufficient_scope(request, scope.name)
        if most is not None:
            await hold_to_sign_in(tx, request, most, server.clock.now())
        released: Released = release(scope.name, _items(access, name), access.choice)
        return Reading(released.data, scope.name, released.fields, released.items)

    return _data_endpoint(server, name, reader)


def _me(server: Server) -> Endpoint:
    """GET /v1/me: what this token may read now, and where."""
    places = {name: f"{server.issuer}{API_PATH}/me/{scope.path}" for name, scope in CATALOGUE.items()}

    async def reader(_tx: Transaction, access: Access, _request: Request) -> Reading:
        open_now = [name for name in CATALOGUE if access.opens(name)]
        data = {
            "sub": access.subject,
            "scopes": open_now,
            "datasets": [
                {"scope": name, "href": places[name]} for name in open_now if serves(CATALOGUE[name])
            ],
        }
        return Reading(data, " ".join(open_now), ("sub",), ())

    return _data_endpoint(server, LISTING, reader)


def _userinfo(server: Server) -> "UserinfoEndpoint":
    """GET and POST /userinfo (OpenID Connect Core section 5.3): a read like any other."""

    async def reader(tx: Transaction, access: Access, request: Request) -> Reading:
        if not access.opens("openid"):
            raise insufficient_scope(request, "openid")
        claims: _JSON = {"sub": access.subject}
        items: tuple[str, ...] = ()
        if access.opens("profile"):
            identity = _items(access, IDENTITY)
            claims |= identity_claims(identity, access.choice)
            items = release("profile", identity, access.choice).items
        if access.opens("email") and (claim := await email_claim(tx, access.person_id, access.person)):
            claims |= email_claims(claim.email, access.choice, verified=claim.email_verified)
        opened = [name for name in ("openid", "profile", "email") if access.opens(name)]
        form = form_for(server, access)
        return Reading(claims, " ".join(opened), tuple(claims), items, form=form)

    async def userinfo(request: Request, shown: Shown | None = None) -> Response:
        try:
            looked = await recorded(server, request, IDENTITY, reader, shown=shown)
        except KeysDueError as due:
            await server.app_keys.renewed_for(due.client, None)
            looked = await recorded(server, request, IDENTITY, reader, shown=shown)
        return await told(server, looked.reading.form, looked.reading.data, looked.access.headers)

    return userinfo
