"""The data API (/v1/me…) and userinfo: what leaves by each path (reading.py lets it)."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE, Scope
from consent.events import LISTING
from consent.profile.additions import SKILLS
from consent.profile.release import Released, email_claims, identity_claims, release
from consent.profile.store import KeptRow, Owner, StoredItem, open_dataset
from foundation.database import Transaction
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.people.accounts import open_email
from idp.resource.bearer import Access, Shown, insufficient_scope
from idp.resource.pointing import API_PATH
from idp.resource.posted import posted_token
from idp.resource.reading import Reader, Reading, recorded, recorded_read
from idp.resource.rows import IDENTITY
from idp.resource.step_up import hold_to_sign_in, seconds_for
from idp.resource.telling import KeysDueError, form_for, told
from idp.resource.writing import adding

USERINFO_PATH = "/userinfo"
_JSON = dict[str, Any]


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
        fields, items = released.fields, released.items
        return Reading(released.data, scope.name, fields, items, lasting=most is None)

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

    async def reader(_tx: Transaction, access: Access, request: Request) -> Reading:
        if not access.opens("openid"):
            raise insufficient_scope(request, "openid")
        claims: _JSON = {"sub": access.subject}
        items: tuple[str, ...] = ()
        if access.opens("profile"):
            identity = _items(access, IDENTITY)
            claims |= identity_claims(identity, access.choice)
            items = release("profile", identity, access.choice).items
        if access.opens("email") and access.row.sealed_email is not None:
            email = open_email(access.person, access.person_id, access.row.sealed_email)
            verified = access.row.email_verified_at is not None
            claims |= email_claims(email, access.choice, verified=verified)
        opened = [name for name in ("openid", "profile", "email") if access.opens(name)]
        form = form_for(server, access)
        return Reading(claims, " ".join(opened), tuple(claims), items, form=form, lasting=form is None)

    async def userinfo(request: Request, shown: Shown | None = None) -> Response:
        try:
            looked = await recorded(server, request, IDENTITY, reader, shown=shown)
        except KeysDueError as due:
            await server.app_keys.renewed_for(due.client, None)
            looked = await recorded(server, request, IDENTITY, reader, shown=shown)
        return await told(server, looked.reading.form, looked.reading.data, looked.access.headers)

    return userinfo
