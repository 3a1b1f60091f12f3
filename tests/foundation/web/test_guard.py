"""Every answer: its trace, its headers, and what an error says and does not say."""

import json

import pytest
import structlog

from foundation.errors import AccordError
from foundation.web.guard import Guard
from foundation.web.headers import default_headers, page_policy
from foundation.web.kit import build_web
from tests.foundation.web.conftest import ISSUER

PAGE = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


async def test_every_answer_is_named_by_us(http):
    first = await http.get("/hello", headers={"x-trace-id": "mine"})
    second = await http.get("/nowhere", headers={"x-trace-id": "mine"})
    traces = {first.headers["x-trace-id"], second.headers["x-trace-id"]}
    assert len(traces) == 2
    assert all(len(trace) == 32 and int(trace, 16) for trace in traces)
    assert second.json()["trace_id"] == second.headers["x-trace-id"]


async def test_a_page_is_closed_to_everything_it_did_not_ask_for(http):
    page = await http.get("/hello")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:")
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in page.headers


async def test_data_is_closed_to_everything(http):
    answer = await http.post("/lean", data={"a": "1"})
    assert answer.json() == {"a": "1"}
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")


def test_behind_tls_browsers_are_told_to_stay_there():
    assert b"strict-transport-security" in dict(default_headers(secure=True))
    assert build_web("https://accord.example").language_cookie == "__Host-accord_lang"


def test_a_policy_holds_what_was_used():
    policy = page_policy(scripts=True, nonce="abc", form_action=["https://coach.example"])
    assert "script-src 'self' 'nonce-abc'" in policy
    assert "connect-src 'self'" in policy
    assert "form-action 'self' https://coach.example;" in policy
    assert "script-src 'nonce-abc'" in page_policy(scripts=False, nonce="abc")


@pytest.mark.parametrize("origin", ["https://a; script-src *", "https://a https://b", "a,b", "a\nb"])
def test_a_policy_cannot_be_ended_from_inside(origin):
    with pytest.raises(ValueError, match="one origin"):
        page_policy(scripts=False, form_action=[origin])


async def test_an_unknown_path_is_told_in_the_callers_kind(http):
    for_programs = await http.get("/nowhere", headers={"accept": "application/json, text/html"})
    assert for_programs.status_code == 404
    assert for_programs.json()["error"] == "not_found"
    assert for_programs.json()["error_uri"] == f"{ISSUER}/errors#not_found"
    for_people = await http.get("/nowhere", headers=PAGE)
    assert for_people.status_code == 404
    assert "Cette page n’existe pas" in for_people.text


async def test_a_wrong_method_is_said(http):
    assert (await http.get("/form", headers=PAGE)).status_code == 405
    lean = await http.get("/lean")
    assert (lean.status_code, lean.headers["allow"]) == (405, "POST")
    assert lean.json()["error"] == "method_not_allowed"


async def test_a_page_router_answers_with_pages_whatever_is_accepted(http):
    answer = await http.get("/tea")
    assert (answer.status_code, answer.headers["retry-after"]) == (418, "9")
    assert "Attendez quelques minutes" in answer.text
    assert "Short and stout." in answer.text
    assert "kitchen" not in answer.text
    assert answer.headers["x-trace-id"] in answer.text


async def test_an_unexpected_failure_says_nothing_of_itself(http):
    with structlog.testing.capture_logs() as lines:
        page = await http.get("/boom")
        data = await http.get("/lean-boom")
    assert (page.status_code, data.status_code) == (500, 500)
    assert data.json()["error"] == "server_error"
    assert "Une erreur est survenue de notre côté" in page.text
    assert "amina" not in page.text
    assert "secret-value" not in data.text
    assert [line["event"] for line in lines] == ["unexpected failure", "unexpected failure"]


async def test_what_fails_after_its_first_byte_is_logged_and_cut(http):
    with structlog.testing.capture_logs() as lines, pytest.raises(AssertionError):
        await http.get("/late")  # httpx's transport insists on a complete answer
    assert [line["event"] for line in lines] == ["failed after the answer had begun"]


async def test_a_database_that_is_away_is_503_with_a_time_to_come_back(http):
    answer = await http.get("/down")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert "disk" not in answer.text


async def test_a_bad_path_parameter_is_400(http):
    answer = await http.get("/number/x")
    assert answer.status_code == 400
    assert "La demande n’a pas pu être lue" in answer.text


async def test_a_broken_error_page_falls_back_to_json(http, web, monkeypatch):
    monkeypatch.delitem(web.words, "not_found")
    with structlog.testing.capture_logs() as lines:
        answer = await http.get("/nowhere", headers=PAGE)
    assert answer.json()["error"] == "not_found"
    assert lines[0]["event"] == "the error page failed"


async def test_a_template_that_misspells_a_variable_fails_loudly(http):
    with structlog.testing.capture_logs() as lines:
        assert (await http.get("/typo")).status_code == 500
    assert lines[0]["event"] == "unexpected failure"


async def test_descriptions_keep_to_what_rfc_6749_allows(web):
    async def app(scope, receive, send):
        raise AccordError("odd", 'a "quoted" back\\slash\r\nand é')

    sent = []

    async def send(message):
        sent.append(message)

    await Guard(app, web)({"type": "http", "path": "/", "headers": [], "method": "GET"}, None, send)
    assert json.loads(sent[1]["body"])["error_description"] == "a 'quoted' back/slashand "


async def test_other_protocols_pass_through(web):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await Guard(app, web)({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]


async def test_the_list_of_codes_has_an_anchor_for_each(http, web):
    page = await http.get("/errors")
    assert page.status_code == 200
    for code in web.words:
        assert f'id="{code}"' in page.text


def test_two_texts_for_one_code_are_refused():
    words = build_web(ISSUER).words["not_found"]
    with pytest.raises(ValueError, match="not_found"):
        build_web(ISSUER, errors=[words])
