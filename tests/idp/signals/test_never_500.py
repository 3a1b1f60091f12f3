"""Whatever an app says to this room's endpoints, it gets a clear answer; nothing of another's moves."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.outbound.fetching import Reply
from idp.signals import poll
from idp.signals.push import judge, read_words
from tests.idp.signals.receivers import revoked, waiting_for
from tests.idp.support import World

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        "ack",
        "maxEvents",
        "returnImmediately",
        "setErrs",
        "jti",
        "grant_id",
        "erased_at",
        "statement",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
    ]
)
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
SAID = st.dictionaries(MEMBERS, JSON | IDS | st.lists(IDS, max_size=3), max_size=5)
QUICK = settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "WAIT_SECONDS", 0.0)


@QUICK
@given(path=st.sampled_from(["/signals/poll", "/signals/attestations"]), said=SAID)
async def test_what_an_app_says(world: World, path: str, said: dict[str, Any]) -> None:
    text = json.dumps(said).encode()
    headers = {"content-type": "application/json"}
    answer = await world.http.post(path, content=text, headers=headers, auth=("app", "app-secret"))
    assert answer.status_code < 500, (text, answer.text)
    if answer.status_code >= 400:
        body = answer.json()
        assert body["error_description"].isascii()
        assert body["trace_id"] == answer.headers["x-trace-id"]


@QUICK
@given(path=st.sampled_from(["/signals/poll", "/signals/attestations"]), body=st.binary(max_size=120))
async def test_bodies(world: World, path: str, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await world.http.post(path, content=body, headers=headers, auth=("app", "app-secret"))
    assert answer.status_code < 500, (body, answer.text)


async def test_the_event_of_another_stays_where_it_is(world: World) -> None:
    await revoked(world)
    (row,) = await waiting_for(world)
    for auth in (("nobody", "x"), ("app", ""), ("app", "wrong")):
        for path in ("/signals/poll", "/signals/attestations"):
            said = {"ack": [row.id], "jti": row.id, "erased_at": 1_800_000_000}
            assert (await world.http.post(path, json=said, auth=auth)).status_code == 401
    assert [one.id for one in await waiting_for(world)] == [row.id]


@given(
    status=st.integers(200, 599).filter(lambda status: not 300 <= status < 400),
    body=st.binary(max_size=200) | JSON.map(lambda said: json.dumps(said).encode()),
    header=st.text(max_size=30),
)
def test_whatever_a_receiver_answers_has_a_meaning(status: int, body: bytes, header: str) -> None:
    trouble = judge(Reply(status, "application/json", {"retry-after": header}, body), 1_800_000_000_000_000)
    assert (trouble is None) == (status == 202)
    if trouble is not None:
        assert trouble.error.isascii()
        assert len(trouble.error) <= 50
        assert trouble.words.isprintable()
        assert 0 <= trouble.asked <= 24 * 3600 * 1_000_000


@given(st.text())
def test_an_app_s_words_are_cut_and_printable(words: str) -> None:
    found = read_words({"description": words})
    assert len(found) <= 300
    assert found.isprintable()
