"""64 exchanges against a revoke, on both databases: whoever comes first, nothing is alive afterwards."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from consent.ledger.append import Ledger
from foundation.database import Transaction
from tests.idp.exchange.pair import Pair
from tests.idp.rights.scenes import erase
from tests.idp.token.test_revoke_races import POSTGRES, first_do
from tests.idp.tokens import claims_of, refused

if TYPE_CHECKING:
    import httpx

MANY = 64


async def end(pair: Pair, token: str, whose: str, own: str) -> None:
    """End what an exchange rests on: a grant (`own`: of the adviser), the line, or all of hers."""
    if whose == "line":
        assert (await pair.app.post("/revoke", {"token": token})).status_code == 200
    elif whose == "person":
        assert await erase(pair.app)
    else:
        await pair.app.revoke(own if whose == "adviser" else claims_of(token)["grant_id"])


@pytest.mark.parametrize("whose", ["app", "adviser", "line", "person"])
async def test_64_exchanges_against_a_revoke(pair: Pair, whose: str) -> None:
    token = await pair.ready()
    own = (await pair.exchanged(token))["grant_id"]
    answers: list[httpx.Response] = []

    async def ask() -> None:
        answers.append(await pair.exchange(token))

    half = [ask() for _ in range(MANY // 2)]
    await asyncio.gather(*half, end(pair, token, whose, own), *(ask() for _ in range(MANY // 2)))
    given = [one.json() for one in answers if one.status_code == 200]
    errors = {one.json()["error"] for one in answers if one.status_code != 200}
    assert errors <= {"invalid_request", "invalid_target"}
    for body in given:
        assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 401
        shown = await pair.adviser.post("/introspect", {"token": body["access_token"]})
        assert shown.json() == {"active": False}
    assert len(await pair.app.events("token.exchanged")) == len(given) + 1
    assert await pair.app.events("data.read") == []


@pytest.mark.parametrize("whose", ["app", "adviser", "line"])
async def test_a_revoke_between_look_and_write_leaves_nothing(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    token = await pair.ready()
    own = (await pair.exchanged(token))["grant_id"]

    first_do(pair.app, monkeypatch, lambda: end(pair, token, whose, own))
    refused(await pair.exchange(token), "invalid_target" if whose == "adviser" else "invalid_request")
    assert len(await pair.app.events("token.exchanged")) == 1


@pytest.mark.parametrize("whose", ["app", "adviser"])
async def test_a_read_that_a_revoke_overtakes_is_refused(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token)
    grant_id = body["grant_id"] if whose == "adviser" else claims_of(token)["grant_id"]
    first_do(pair.app, monkeypatch, lambda: pair.app.revoke(grant_id))
    assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 401
    assert await pair.app.events("data.read") == []


async def test_a_read_that_a_change_overtakes_looks_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token)
    grant_id = claims_of(token)["grant_id"]
    first_do(pair.app, monkeypatch, lambda: pair.app.revoke_scope(grant_id, "trainings"))
    assert (await pair.adviser.read("/v1/me/trainings", body["access_token"])).status_code == 403
    assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 200


@POSTGRES
async def test_a_revoke_waits_for_a_read_under_way(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grant of the app acted for is held like the reader's own, until the read is durable."""
    token = await pair.ready()
    body = await pair.exchanged(token)
    order: list[str] = []
    keep = Ledger.keep

    async def slow(self: Ledger, tx: Transaction, *given: object, **values: object) -> object:
        kept = await keep(self, tx, *given, **values)  # type: ignore[arg-type]  # passed on
        revoking.append(asyncio.create_task(revoke()))
        for _ in range(20):
            await asyncio.sleep(0.005)
        order.append("read")
        return kept

    async def revoke() -> None:
        await pair.app.revoke(claims_of(token)["grant_id"])
        order.append("revoked")

    revoking: list[asyncio.Task[None]] = []
    monkeypatch.setattr(Ledger, "keep", slow)
    assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 200
    await revoking[0]
    assert order == ["read", "revoked"]
