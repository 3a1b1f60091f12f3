"""The tables that outside code relies on: a change of one is a diff in tests/golden, to be read and meant."""

from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from consent.ledger.events import _CATALOGUE, catalogue
from foundation.web.errors import words_by_code
from foundation.web.kit import install
from idp.context import Server
from idp.endpoints import lean_table
from idp.francetravail import room as francetravail
from idp.francetravail.pages import AUTHORIZE_PATH, LOGOUT_PATH
from idp.pages import mount_pages, open_people, page_errors
from idp.people.opening import NewAccount, create_account, draft_account
from tests.idp.golden import ROOMS, error_codes, hold_to
from tests.idp.support import World
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, quick_hasher, read

STAFF = ("auditor", "administrator", "partner")
NOBODYS = "0" * 32
WIDTH = 60
# Told on a terminal, or guards of our own: no request reaches them.
NOT_ON_A_PAGE = {
    "bad_email",
    "bad_settings",
    "copy_failed",
    "email_taken",
    "invalid_duration",
    "invalid_profile",
    "keys_expired",
    "log_contradicts_itself",
    "log_not_signed",
    "no_backup",
    "no_keys",
    "no_tool",
    "not_empty",
    "older_keys",
    "other_database",
    "outbound_bad_answer",
    "outbound_bad_url",
    "outbound_forbidden",
    "outbound_redirect",
    "outbound_status",
    "outbound_timeout",
    "outbound_too_big",
    "outbound_unreachable",
    "outbound_untrusted",
    "period_going",
    "period_kept",
    "tool_failed",
    "unknown_field",
    "unknown_purpose",
    "unknown_scope",
    "weak_password",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: tables of names do not depend on it."""
    return sqlite_url


def test_lean_endpoints(server: Server) -> None:
    table = lean_table(server)
    hold_to("lean_routes", sorted(f"{path}  {' '.join(sorted(methods))}" for path, methods in table.items()))


def test_endpoints_of_the_france_travail_face(server: Server) -> None:
    face = francetravail.with_face(server)
    table = francetravail.lean_endpoints(face)
    lines = [f"{path}  {' '.join(sorted(methods))}" for path, methods in table.items()]
    pages = [AUTHORIZE_PATH, LOGOUT_PATH, f"{LOGOUT_PATH}{LOGOUT_PATH}"]
    hold_to("francetravail", sorted([*lines, *(f"{path}  GET, a page" for path in pages)]))


def test_events() -> None:
    lines = []
    for line in catalogue():
        if _CATALOGUE[line.name].__module__.split(".", maxsplit=1)[0] not in ROOMS:
            continue  # a test's own
        lines.append(f"{line.name}  {line.log}, {line.outcome}{', stays open' if line.stays_open else ''}")
        lines.append(f"    leaf    {' '.join(line.leaf) or '-'}")
        lines += [f"    fact    {name}: {kind}" for name, kind in line.facts.items()]
        lines += [f"    sealed  {name}: {kind}" for name, kind in line.payload.items()]
    hold_to("events", lines)


def test_error_codes() -> None:
    hold_to("errors", [f"{code}  {status or 'redirect'}  {module}" for code, status, module in error_codes()])


def test_every_error_code_has_words_where_its_error_uri_leads() -> None:
    words = words_by_code((*page_errors(), *francetravail.ERRORS))
    patterns = {"*_not_supported", "untrusted_*"}
    made = {code for code, _, module in error_codes() if not module.startswith("idp.commands")}
    assert made - patterns - NOT_ON_A_PAGE <= words.keys()
    for pattern in patterns:
        start, end = pattern.split("*")
        assert any(code.startswith(start) and code.endswith(end) for code in words), pattern


@pytest.fixture
async def routes(house: World) -> AsyncIterator[list[tuple[str, str]]]:
    """Every page route: path and method."""
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install(pages)
    async with open_people(house.server) as people:
        mount_pages(pages, house.server, people)
        yield sorted({(route.path, method) for route in flat(pages.routes) for method in route.methods})


def flat(routes: Iterable[object]) -> Iterator[APIRoute]:
    """The routes themselves: FastAPI keeps an included router as one route."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from flat(included.routes)


async def someone(house: World, visitor: Visitor, role: str) -> Visitor:
    email = f"{role}@example.org"
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount(email, PASSWORD, role=role))  # type: ignore[arg-type]  # a role
    hasher.close()
    async with house.server.db.transaction() as tx:
        await create_account(tx, house.server, draft, house.clock.now())
    await visitor.sign_in(await visitor.get("/login"), email)
    return visitor


async def test_pages(
    house: World, app: ASGIApp, new_visitor: NewVisitor, routes: list[tuple[str, str]]
) -> None:
    """Who may open each page, and that no POST is taken without the form's own token."""
    visitors = {"stranger": new_visitor(), "person": new_visitor()}
    await visitors["person"].sign_in(await visitors["person"].get("/login"))
    for role in STAFF:
        visitors[role] = await someone(house, new_visitor(), role)
    lines = [f"{'':{WIDTH}}{''.join(f'{name:15}' for name in visitors)}".rstrip()]
    for path, method in routes:
        address = path
        while "{" in address:
            address = f"{address.partition('{')[0]}{NOBODYS}{address.partition('}')[2]}"
        statuses = []
        for visitor in visitors.values():
            ask = visitor.get(address) if method == "GET" else visitor.post(address, {})
            answer = await ask
            to_sign_in = answer.headers.get("location", "").startswith("/login?next=")
            statuses.append("sign in" if to_sign_in else str(answer.status_code))
        lines.append(
            f"{f'{method:5}{path}':{WIDTH}}{''.join(f'{status:15}' for status in statuses)}".rstrip()
        )
    hold_to("pages", lines)
    for visitor in visitors.values():
        assert read(await visitor.get("/")).ticked == []
