"""A query that no one can read: a page answers with a page, in the reader's language; the protocol with JSON.

Which of the two is the path's own, whatever Accept says, and the same whatever is wrong with the query.
"""

import re

import httpx
import pytest

from idp.endpoints import lean_table
from tests.idp.golden import FOLDER
from tests.idp.support import World
from tests.idp.test_golden import NOBODYS, WIDTH, someone
from tests.idp.visitor import NewVisitor, Visitor, is_our_error

UNREADABLE = {
    "a=%ff": 400,
    "a=%zz": 400,
    "a=%00": 400,
    "a%0d%0ab=1": 400,
    "a=%ed%a0%80": 400,
    "&" * 1000: 413,
}
WORDS = {"fr": "La demande n’a pas pu être lue", "en": "The request could not be read"}
# Who reads the queries of which pages, at least. A page that reads none answers as it does without.
OPEN = {"/authorize", "/login", "/password/forgot", "/password/reset", "/verify-email"}
READERS = {
    "stranger": {"/", "/register", *OPEN},
    "person": {"/account", "/account/apps", "/account/history", "/account/security", *OPEN},
    "auditor": {"/account/security", "/audit", f"/audit/grants/{NOBODYS}", *OPEN},
    "administrator": {"/account/security", "/admin", *OPEN},
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: a query that cannot be read reaches none."""
    return sqlite_url


def pages() -> dict[str, dict[str, str]]:
    """Who -> path -> status of each page without a query, as tests/golden tells."""
    names, *rows = (FOLDER / "pages.txt").read_text("utf-8").splitlines()
    found: dict[str, dict[str, str]] = {name: {} for name in names.split()}
    for row in rows:
        method, path = row[:WIDTH].split()
        statuses = re.split(r"  +", row[WIDTH:])
        for name, status in zip(found, statuses, strict=True):
            if method == "GET":
                found[name][re.sub(r"\{[^}]*\}", NOBODYS, path)] = status
    return found


async def as_someone(role: str, house: World, visitor: Visitor) -> Visitor:
    if role in {"auditor", "administrator"}:
        return await someone(house, visitor, role)
    if role == "person":
        await visitor.sign_in(await visitor.get("/login"))
    return visitor


@pytest.mark.parametrize("role", READERS)
async def test_a_page_says_so_in_a_page(house: World, new_visitor: NewVisitor, role: str) -> None:
    visitor = await as_someone(role, house, new_visitor())
    known = {path: status for path, status in pages()[role].items() if status not in {"sign in", "403"}}
    assert READERS[role] <= known.keys()
    for path, status in known.items():
        reads = path in READERS[role] or (await visitor.get(f"{path}?a=%ff")).status_code == 400
        for query, refused in UNREADABLE.items():
            answer = await visitor.get(f"{path}?{query}")
            if not reads:
                assert (path, str(answer.status_code)) == (path, status)
                continue
            text = is_our_error(answer, refused)
            assert 'lang="fr"' in text
            assert WORDS["fr"] in text
            assert f'href="{path}?lang=en"' in text  # the query stays behind


@pytest.mark.parametrize("path", sorted(READERS["stranger"]))
async def test_the_page_speaks_the_readers_language(visitor: Visitor, path: str) -> None:
    for headers, query, language in (
        ({"accept-language": "en"}, "a=%ff", "en"),
        ({"accept-language": "fr", "accept": "application/json"}, "a=%ff", "fr"),
        ({"accept-language": "fr"}, "lang=en&a=%zz", "en"),
        ({"accept-language": "en"}, "lang=%ff", "en"),
    ):
        visitor.http.cookies.clear()
        text = is_our_error(await visitor.get(f"{path}?{query}", **headers))
        assert f'lang="{language}"' in text
        assert WORDS[language] in text


async def test_the_protocol_answers_json_whatever_accept_says(house: World, http: httpx.AsyncClient) -> None:
    table = lean_table(house.server)
    token = (await house.tokens())["access_token"]
    head = {"accept": "text/html", "authorization": f"Bearer {token}"}
    for path, methods in table.items():
        for method in methods:
            plain = await http.request(method, path, headers=head)
            for query, refused in UNREADABLE.items():
                answer = await http.request(method, f"{path}?{query}", headers=head)
                wanted = refused if path in {"/ledger/proof", "/ledger/tlog-proof"} else plain.status_code
                assert (path, answer.status_code) == (path, wanted)
                media = "text/plain" if path == "/ledger/vkey" else "application/j"
                assert answer.headers["content-type"].startswith(media), path
                if answer.status_code >= 400:
                    assert answer.json()["trace_id"] == answer.headers["x-trace-id"]
