"""`accord client`: register apps and see them."""

import secrets
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from rich.table import Table

from consent.limits import MOST_READS, WINDOWS, Frequency
from foundation.errors import AccordError
from idp.clients.declarations import Declarations, Hand
from idp.clients.events import ClientRegistered
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Registration, add_client, list_clients
from idp.clients.stopping import stop_client
from idp.clients.versions import waiting
from idp.commands import client_options as options
from idp.commands.output import AsJson, fail, out, show, with_server
from idp.context import Server
from idp.fapi.rules import FAPI2
from idp.fapi.rules import completed as fapi_completed
from idp.francetravail import PROFILE as FRANCE_TRAVAIL
from idp.francetravail import registration as france_travail
from idp.people.accounts import find_by_digest
from idp.people.addresses import digest_of_text
from keys.seal import keyed_hash

group = typer.Typer(no_args_is_help=True, help="Apps that may ask people to share.")
_ALWAYS_REQUIRED = ("openid", "profile")
_PROFILES = {FRANCE_TRAVAIL: france_travail}


@group.command("register")
def register(  # one argument an option, as the command line has them
    name: options.Name,
    redirect_uri: options.Redirects = None,
    scope: options.Scope = "openid profile",
    auth_method: options.AuthMethod = "client_secret_basic",
    profile: options.Profile = "",
    jwks: options.Jwks = None,
    jwks_uri: options.JwksUri = None,
    grant_type: options.GrantTypes = None,
    authorization_details_type: options.DetailsTypes = None,
    id_token_alg: options.IdTokenAlg = "ES256",  # noqa: S107  # an algorithm
    required_scope: options.RequiredScope = None,
    purpose: options.Purpose = "career_guidance",
    no_pkce: options.NoPkce = False,
    dpop_bound: options.DpopBound = False,
    tls_subject_dn: options.TlsSubject = "",
    subject: options.Subject = "pairwise",
    homepage: options.Homepage = "",
    legal_entity: options.LegalEntity = "",
    privacy_url: options.PrivacyUrl = "",
    basis: options.Basis = "",
    frequency: options.Promise = None,
    owner: options.Owner = None,
    post_logout_redirect_uri: options.Returns = None,
    access_token_seconds: options.TokenSeconds = None,
    as_json: AsJson = False,
) -> None:
    """Register an app; prints its client_id and, once, its client_secret."""
    scopes, quotas = _scopes(profile, scope, required_scope)
    keys = {"jwks": _read_jwks(jwks), "jwks_uri": jwks_uri, "id_token_alg": id_token_alg}
    limits = {"frequency": _frequency(frequency), "access_token_seconds": access_token_seconds}
    fields: dict[str, Any] = {
        "name": name,
        "redirect_uris": tuple(redirect_uri or ()),
        "auth_method": auth_method,
        "authorization_details_types": tuple(authorization_details_type or ()),
        "purpose_code": purpose,
        "homepage": homepage,
        "legal_entity": legal_entity,
        "privacy_url": privacy_url,
        "subject_type": subject,
        "require_pkce": not no_pkce,
        "dpop_bound_access_tokens": dpop_bound,
        "tls_client_auth_subject_dn": tls_subject_dn,
        "use_basis": basis,
        "post_logout_redirect_uris": tuple(post_logout_redirect_uri or ()),
    } | ({"grant_types": tuple(grant_type)} if grant_type else {})
    metadata = _validated(_completed(profile, scopes | keys | limits | fields, quotas))
    show(with_server(lambda server: _register(server, metadata, owner)), as_json=as_json)


def _scopes(profile: str, scope: str, required_scope: str | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Which scopes it cannot do without and which are boxes; and what else its profile lets it ask."""
    asked, quotas = _asked(profile, scope)
    required = _required(asked, None if required_scope is None else _asked(profile, required_scope)[0])
    optional = tuple(one for one in asked if one not in required)
    return {"required_scopes": required, "optional_scopes": optional}, quotas


def _asked(profile: str, scope: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scopes named, in the catalogue's words, and what else their profile lets the app ask."""
    if not profile or profile == FAPI2:
        return tuple(dict.fromkeys(scope.split())), ()
    if profile not in _PROFILES:
        raise fail(f"there is no profile {profile!r}; there is {', '.join((FAPI2, *_PROFILES))}")
    try:
        read: france_travail.Asked = _PROFILES[profile].read_scopes(scope)
    except ValueError as error:
        raise fail(f"--scope: {error}") from None
    return read


def _completed(profile: str, fields: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    if profile == FAPI2:
        return fapi_completed(fields)
    try:
        return _PROFILES[profile].completed(fields, words) if profile else fields
    except ValueError as error:
        raise fail(f"--profile {profile}: {error}") from None


def _required(asked: tuple[str, ...], named: tuple[str, ...] | None) -> tuple[str, ...]:
    wanted = _ALWAYS_REQUIRED if named is None else named
    missing = [one for one in wanted if named is not None and one not in asked]
    if missing:
        raise fail(f"--required-scope names scopes that --scope does not ask: {' '.join(missing)}")
    return tuple(one for one in asked if one in wanted)


def _frequency(text: str | None) -> Frequency | None:
    if text is None:
        return None
    reads, _, per = text.partition("/")
    for period in WINDOWS:
        if period == per and reads.isascii() and reads.isdigit() and 1 <= int(reads[:9]) <= MOST_READS:
            return Frequency(int(reads), period)
    raise fail(f"--frequency is a number of reads up to {MOST_READS}, and /day, /week or /month")


def _read_jwks(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"--jwks {path}: {error}") from None


def _validated(fields: dict[str, Any]) -> ClientMetadata:
    try:
        return ClientMetadata(**fields)
    except ValidationError as error:
        problems = [_told(one["loc"], one["msg"]) for one in error.errors()]
        raise fail("; ".join(problems)) from None


def _told(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in place) or "app"
    return f"{where}: {message.removeprefix('Value error, ')}"


async def _register(server: Server, metadata: ClientMetadata, owner: str | None) -> dict[str, Any]:
    client_id = f"app-{secrets.token_hex(8)}"
    owner_id = None if owner is None else await partner_id(server, owner)
    return await register_client(server, client_id, metadata, owner_id=owner_id)


async def partner_id(server: Server, email: str) -> str:
    """The id of a partner's account. Raises AccordError `unknown_partner`."""
    async with server.db.reading() as tx:
        account = await find_by_digest(tx, digest_of_text(server.secrets.lookup, email))
    if account is None or account.role != "partner":
        raise AccordError("unknown_partner", "--owner is not the address of a partner's account.")
    return account.id


async def register_client(
    server: Server,
    client_id: str,
    metadata: ClientMetadata,
    secret: str | None = None,
    owner_id: str | None = None,
) -> dict[str, Any]:
    """Register an app with its ledger event; what to print. secret: made when needed and not given.

    What it declares is the operator's word, so it holds at once.
    Raises ConflictError when the id is taken, OutboundError for a jwks_uri that would never be fetched.
    """
    if metadata.jwks_uri is not None:
        server.outbound.check(metadata.jwks_uri)
    now, metadata = server.clock.now(), metadata.model_copy(update={"declaration": 1})
    if secret is None and metadata.auth_method.startswith("client_secret_"):
        secret = secrets.token_urlsafe(32)
    secret_hash = None if secret is None else keyed_hash(server.secrets.token_hash, secret.encode())
    async with server.db.transaction() as tx:
        await add_client(tx, Registration(client_id, metadata, secret_hash, owner_id), now)
        event = ClientRegistered(
            client=client_id, scopes=" ".join(metadata.scopes), auth_method=metadata.auth_method
        )
        await server.ledger.append(tx, event, person=None, now=now, request_id=None)
        await Declarations(server.ledger).first(tx, client_id, metadata, Hand(now))
    shown = {"client_id": client_id} | ({} if secret is None else {"client_secret": secret})
    return shown | metadata.model_dump(include={"name", "redirect_uris", "auth_method", "grant_types"})


@group.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Every app, its scopes and state."""

    async def work(server: Server) -> list[dict[str, Any]]:
        async with server.db.reading() as tx:
            clients = await list_clients(tx, limit=10_000)
            asking = {one.client_id: one.version for one in await waiting(tx, 10_000)}
        return [
            {
                "client_id": one.id,
                "name": one.metadata.name,
                "required": list(one.metadata.required_scopes),
                "optional": list(one.metadata.optional_scopes),
                "state": "suspended" if one.suspended else "active",
                "waiting": asking.get(one.id),
            }
            for one in clients
        ]

    rows = with_server(work)
    if as_json:
        show({"clients": rows}, as_json=True)
        return
    if not rows:
        out.print("No app yet: register one with `accord client register --help`.")
        return
    table = Table("client_id", "name", "required", "optional", "state", "waiting")
    for row in rows:
        table.add_row(
            *[" ".join(cell) if isinstance(cell, list) else str(cell or "") for cell in row.values()]
        )
    out.print(table)


@group.command("suspend")
def suspend(client_id: str, as_json: AsJson = False) -> None:
    """Stop an app at once: no sign-in, no token, no read."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.transaction() as tx:
            done = await stop_client(server.ledger, tx, client_id, Hand(server.clock.now()))
        return {"client_id": client_id, "suspended": done}

    result = with_server(work)
    if not result["suspended"]:
        raise fail(f"{client_id} is not an active app")
    show(result, as_json=as_json)
