"""The endpoints under /partenaire that read: Accord's own recorded read, in this face's words and shapes."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import bindparam, select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from consent.profile.release import email_claims, identity_claims, release
from consent.tables import ProfileDataset
from foundation.clock import to_seconds
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from foundation.web.forms import parse_query
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.francetravail import PROFILE, person
from idp.francetravail.access import Need, as_refused, items_of, more_items
from idp.francetravail.apis import APIS, CONTACT_PATH, USERINFO_PATH, Api, Asked
from idp.francetravail.quotas import Quotas
from idp.people.accounts import email_claim
from idp.resource.bearer import Access
from idp.resource.reading import Besides, Reader, Reading, recorded_read

if TYPE_CHECKING:
    from idp.francetravail.payloads import Item

_IDENTITY = "identity"
_NAMES = ("given_name", "family_name")
_CLAIMS = ("sub", "given_name", "family_name", "gender", "email")
_NO_STORE = ((b"cache-control", b"no-store"),)


class _Changed(NamedTuple):
    updated_at: int


_CHANGED = Statement(
    select(col(ProfileDataset.updated_at)).where(
        col(ProfileDataset.person_id) == bindparam("person_id"),
        col(ProfileDataset.dataset) == bindparam("dataset"),
    ),
    _Changed,
)


class ReadingApis:
    """The endpoints of one server."""

    def __init__(self, server: Server, quotas: Quotas) -> None:
        self._server = server
        self._quotas = quotas

    def table(self) -> Table:
        """Every path, with what answers."""
        data = {path: {"GET": self._endpoint(api.dataset, self._reader(api))} for path, api in APIS.items()}
        return data | {
            USERINFO_PATH: {"GET": self._endpoint(_IDENTITY, self._userinfo)},
            CONTACT_PATH: {"GET": self._endpoint("contact", self._contact)},
        }

    def _endpoint(self, dataset: str, reader: Reader) -> Endpoint:
        mark = self._server.face(PROFILE).mark

        async def endpoint(request: Request) -> Response:
            try:
                _, data, _ = await recorded_read(self._server, request, dataset, reader, mark=mark)
            except AccordError as error:
                raise as_refused(error) from None
            return json_response(data, headers=_NO_STORE)

        return endpoint

    def _open(self, access: Access, need: Need) -> Besides:
        """Refuse what the token does not open; what counts the call, with its read."""
        need.check(access)
        now = self._server.clock.now()
        return lambda tx: self._quotas.count(tx, access.client_id, need.api, access.scopes, now)

    def _reader(self, api: Api) -> Reader:
        need, dataset = api.need, api.dataset

        async def reader(_tx: Transaction, access: Access, request: Request) -> Reading:
            counted = self._open(access, need)
            asked = Asked(parse_query(request), self._server.clock.now())
            may_leave = release(need.scope, items_of(access, dataset), access.choice)
            released = api.narrow(may_leave, asked)
            data = api.shape(released.data, asked)
            return Reading(data, need.scope, released.fields, released.items, counted)

        return reader

    async def _userinfo(self, tx: Transaction, access: Access, _request: Request) -> Reading:
        counted = self._open(access, Need.of("openid"))
        claims: dict[str, Any] = {}
        items: tuple[str, ...] = ()
        updated_at = 0
        if _shares(access, "profile"):
            identity = items_of(access, _IDENTITY)
            claims = identity_claims(identity, access.choice)
            items = release("profile", identity, access.choice).items
            changed = await tx.first(_CHANGED, person_id=access.person_id, dataset=_IDENTITY)
            updated_at = 0 if changed is None else to_seconds(changed.updated_at)
        email = await _confirmed(tx, access)
        body = person.userinfo(access.subject, claims, email, updated_at)
        opened = [word for word in ("openid", "profile", "email") if _shares(access, word)]
        fields = tuple(name for name in _CLAIMS if name in body)
        return Reading(body, " ".join(opened), fields, items, counted)

    async def _contact(self, tx: Transaction, access: Access, _request: Request) -> Reading:
        """Her contact; with it her names and address of mail, as far as she shares those too."""
        need = Need.of("coordonnees")
        counted = self._open(access, need)
        released = release(need.scope, items_of(access, "contact"), access.choice)
        email = await _confirmed(tx, access)
        fields, items, names = released.fields, released.items, {}
        if _shares(access, "profile"):
            identity = await more_items(tx, access, _IDENTITY)
            claims = identity_claims(identity, access.choice)
            names = {name: claims[name] for name in _NAMES if name in claims}
            fields += tuple(names)
            items += release("profile", identity, access.choice).items if names else ()
        told = {"contact": True, "profile": bool(names), "email": email is not None}
        body = person.contact(cast("Item | None", released.data), names, email)
        opened = " ".join(scope for scope, left in told.items() if left)
        return Reading(body, opened, fields, items, counted)


def _shares(access: Access, claim: str) -> bool:
    """Whether a claim of the sign-in (openid, profile, email) is in the token and in her choice."""
    return claim in access.choice.scopes and claim in access.scopes


async def _confirmed(tx: Transaction, access: Access) -> str | None:
    """Her address of mail, where she shares it and has confirmed it."""
    if not _shares(access, "email"):
        return None
    claim = await email_claim(tx, access.person_id, access.person)
    if claim is None:
        return None
    claims = email_claims(claim.email, access.choice, verified=claim.email_verified)
    return claims.get("email")
