"""Every route there is, asked by an auditor who is signed in: she reads, and writes next to nothing.

What she may write is listed here by name; a new route that takes her forms has to be added, and meant.
"""

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from foundation.web.kit import install
from idp.endpoints import lean_table
from idp.francetravail import room as francetravail
from idp.pages import mount_pages, open_people
from tests.idp.rights.remains import rows
from tests.idp.support import World
from tests.idp.test_golden import NOBODYS, flat, someone
from tests.idp.visitor import NewVisitor, Visitor, read

HER_OWN = {
    "/audit/export",  # files of hers
    "/audit/export/{export_id}/delete",
    "/audit/unmasking/new",
    "/audit/unmasking/{unmask_id}/decide",  # another's request alone
    "/audit/unmasking/{unmask_id}/look",  # her own request alone
    "/audit/views",
    "/audit/views/{view_id}/delete",
}
# Of whoever comes, whatever their role: for an account, an app that asks, a receipt.
ANYBODYS = {
    "/account/security/password",
    "/authorize",
    "/authorize/consent/{pending_id}",
    "/authorize/leave/{pending_id}",
    "/device",
    "/device/answer",
    "/end-session",
    "/login",
    "/password/forgot",
    "/password/reset",
    "/receipts/verify",
    "/register",
    "/verify-email",
    "/zone",
}
# The same, and she would be signed out.
ENDS_HER_SESSION = {
    "/account/security/session",
    "/account/security/sign-out-everywhere",
    "/end-session/confirm",
    "/logout",
}
LOG = {"ledger_event", "ledger_queue"}
TRACES = {"throttle_counter", "outbox_mail"}  # attempts counted; a mail of before that was sent meanwhile


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what a route asks of whoever comes does not depend on it."""
    return sqlite_url


def asked(path: str) -> str:
    """A path with an id of nothing in each of its places."""
    while "{" in path:
        path = f"{path.partition('{')[0]}{NOBODYS}{path.partition('}')[2]}"
    return path


async def paths(house: World) -> tuple[set[str], set[str]]:
    """Of pages: those that show, those that take a form."""
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install(pages)
    async with open_people(house.server) as people:
        mount_pages(pages, house.server, people)
    table = {(route.path, method) for route in flat(pages.routes) for method in route.methods}
    return {path for path, method in table if method == "GET"}, {
        path for path, method in table if method == "POST"
    }


async def refused_for_her_role(auditor: Visitor, path: str, form: dict[str, str]) -> bool:
    answer = await auditor.post(asked(path), form)
    return answer.status_code == 403 and "/errors#forbidden" in answer.text


async def test_an_auditor_writes_nothing_but_her_own(
    house: World, app: ASGIApp, new_visitor: NewVisitor
) -> None:
    await house.grant()
    auditor = await someone(house, new_visitor(), "auditor")
    form = {"form_token": read(await auditor.get("/audit")).hidden["form_token"]}
    shown, taken = await paths(house)
    before = await rows(house.server.db)
    for path in sorted(shown - {"/logout"}):
        await auditor.get(asked(path))
    open_to_her = {
        path
        for path in sorted(taken - ENDS_HER_SESSION)
        if not await refused_for_her_role(auditor, path, form)
    }
    lean = {**lean_table(house.server), **francetravail.lean_endpoints(francetravail.with_face(house.server))}
    for path, methods in lean.items():
        for method in methods:
            await auditor.http.request(method, asked(path), data=form if method == "POST" else None)
    after = await rows(house.server.db)
    assert open_to_her == HER_OWN | ANYBODYS
    changed = {
        name for name, left in after.items() if sorted(map(repr, left)) != sorted(map(repr, before[name]))
    }
    assert changed <= LOG | TRACES
    assert len(after["outbox_mail"]) == len(before["outbox_mail"])
