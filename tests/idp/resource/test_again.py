"""What left a moment ago leaves again without a look, unless anything that decided it has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Delete, Executable, Update, delete, update

from consent.profile.editing import Part, remove_item
from consent.tables import Grant, ProfileDataset
from foundation.clock import DAY, SECOND
from foundation.recent import Recent
from foundation.statements import Write
from idp.clients.registry import suspend_client
from idp.clients.tables import Client
from idp.people.tables import Account
from idp.resource import reading
from idp.token.tables import AccessToken, Line
from keys.seal import seal
from keys.tables import PersonKey
from tests.idp.dpop.holder import Holder
from tests.idp.granting import FIVE, token_for
from tests.idp.resource.test_pauses import pause, resume
from tests.idp.rights.scenes import erase
from tests.idp.support import World
from tests.idp.token.test_races import nodes as nodes  # noqa: PLC0414  # a fixture
from tests.idp.tokens import altered, refused

PATHS = ("/v1/me/skills", "/userinfo")


class Shared(NamedTuple):
    """What she shares with the app, and by what it reads."""

    world: World
    token: str
    refresh: str
    grant_id: str

    async def read(self, path: str) -> tuple[int, Any, str | None]:
        """Status, the answer without what no two reads have in common, and the code of a refusal."""
        answer = await self.world.read(path, self.token)
        if answer.headers["content-type"] == "application/jwt":
            return answer.status_code, "signed", None
        body = answer.json()
        body = {name: body[name] for name in body if name not in {"event_id", "trace_id"}}
        return answer.status_code, body, body.get("error")


@pytest.fixture
async def shared(world: World) -> Shared:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    return Shared(world, body["access_token"], body["refresh_token"], decided.standing.grant_id)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The datasets that were looked at."""
    real, seen = reading._Read.look, list[str]()

    async def look(self: reading._Read, tx: Any, *, hold: bool = False) -> Any:
        seen.append(self.dataset)
        return await real(self, tx, hold=hold)

    monkeypatch.setattr(reading._Read, "look", look)
    return seen


def forget(world: World) -> None:
    object.__setattr__(world.server, "reads", Recent(most=2048, seconds=10))


async def test_the_second_read_looks_at_nothing_and_has_an_event_of_its_own(
    shared: Shared, looks: list[str]
) -> None:
    world = shared.world
    answers = [(await world.read("/v1/me/skills", shared.token)) for _ in range(3)]
    assert looks == ["skills"]
    first, *others = [answer.json() for answer in answers]
    assert first["data"]
    assert all(other | {"event_id": first["event_id"]} == first for other in others)
    events = await world.events("data.read")
    assert {event["id"] for event in events} == {first["event_id"], *(one["event_id"] for one in others)}
    assert len({event["salt"] for event in events}) == len({event["commitment"] for event in events}) == 3
    assert len({event["request"] for event in events}) == 3


async def test_each_token_and_each_dataset_is_looked_at(shared: Shared, looks: list[str]) -> None:
    world, read = shared.world, shared.world.read
    other = (await world.refresh(shared.refresh)).json()["access_token"]
    for token in (shared.token, other):
        for path in ("/v1/me/skills", "/v1/me/trainings", "/userinfo"):
            assert (await read(path, token)).status_code == 200
    assert looks == ["skills", "trainings", "identity"] * 2


async def _revoke_token(of: Shared) -> None:
    assert (await of.world.post("/revoke", {"token": of.token})).status_code == 200


async def _end_line(of: Shared) -> None:
    for _ in range(3):  # its successor was used: the line dies
        refresh = (await of.world.refresh(of.refresh)).json().get("refresh_token", of.refresh)
        await of.world.refresh(refresh)
    refused(await of.world.refresh(of.refresh), "invalid_grant")


async def _suspend(of: Shared) -> None:
    async with of.world.server.db.transaction() as tx:
        await suspend_client(tx, "app", of.world.clock.now())


async def _remove(of: Shared) -> None:
    async with of.world.server.db.transaction() as tx:
        await remove_item(tx, of.world.owner, Part("skills"), "s01", of.world.clock.now())


async def _later(of: Shared) -> None:
    of.world.clock.advance(30 * DAY)


async def _other_token(of: Shared) -> None:
    """The row of the token is another token's: ours opens nothing."""
    other = altered(of.token, -2)
    refused(await of.world.read("/v1/me/skills", other), "invalid_token", 401)


def _written(change: Callable[[Shared], Update | Delete]) -> Callable[[Shared], Awaitable[None]]:
    """Written as another node, or a command, would: nobody here hears of it."""

    async def run(of: Shared) -> None:
        async with of.world.server.db.transaction() as tx:
            await tx.run(Write(_executable(change(of))))

    return run


def _executable(change: Executable) -> Executable:
    return change


CHANGES: dict[str, Callable[[Shared], Awaitable[Any]]] = {
    "she revoked": lambda of: of.world.revoke(of.grant_id),
    "she took this back": lambda of: of.world.revoke_scope(of.grant_id, "skills"),
    "she took something else back": lambda of: of.world.revoke_scope(of.grant_id, "trainings"),
    "she took her address back": lambda of: of.world.revoke_scope(of.grant_id, "email"),
    "she paused": lambda of: pause(of.world),
    "she added": lambda of: of.world.put("skills", kind="free", label="Soudure", level="advanced"),
    "she removed": _remove,
    "she was erased": lambda of: erase(of.world),
    "the app revoked its token": _revoke_token,
    "its line was ended": _end_line,
    "the app was suspended": _suspend,
    "its term passed": _later,
    "nothing but another token": _other_token,
    "another node ended the token": _written(lambda _: update(AccessToken).values(revoked_at=1)),
    "another node ended the line": _written(lambda _: update(Line).values(revoked_at=1)),
    "another node ended the grant": _written(lambda _: update(Grant).values(revoked_at=1)),
    "another node ended a once": _written(lambda of: update(Grant).values(expires_at=of.world.clock.now())),
    "another node gave it longer": _written(lambda _: update(Grant).values(expires_at=Grant.expires_at + 1)),
    "another node destroyed her keys": _written(lambda _: delete(PersonKey)),
    "her data are gone": _written(lambda _: delete(ProfileDataset)),
    "her address is no longer proved": _written(lambda _: update(Account).values(email_verified_at=None)),
    "she has another address": _written(
        lambda of: update(Account).values(
            sealed_email=seal(
                of.world.person.data_key,
                b"amina.b@example.org",
                b"account.email:" + of.world.person_id.encode(),
            )
        )
    ),
    "her account is gone": _written(lambda _: delete(Account)),
    "the app has its claims signed": _written(
        lambda of: update(Client).values(
            metadata_json=of.world.client.metadata.model_copy(
                update={"userinfo_signed_response_alg": "ES256"}
            ).model_dump_json()
        )
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_whatever_changed_the_next_read_is_as_if_nothing_were_remembered(
    shared: Shared, change: str
) -> None:
    for path in PATHS:
        assert (await shared.read(path))[0] == 200
    await CHANGES[change](shared)
    before = len(await shared.world.events("data.read"))
    told = [await shared.read(path) for path in PATHS]
    read = len(await shared.world.events("data.read")) - before
    assert read == [status for status, *_ in told].count(200)
    forget(shared.world)
    assert told == [await shared.read(path) for path in PATHS]


async def test_what_changed_and_changed_back_is_read_again(shared: Shared, looks: list[str]) -> None:
    assert (await shared.read("/v1/me/skills"))[0] == 200
    await pause(shared.world)
    assert (await shared.read("/v1/me/skills"))[2] == "consent_paused"
    await resume(shared.world)
    assert [(await shared.read("/v1/me/skills"))[0] for _ in range(2)] == [200, 200]
    assert looks == ["skills"] * 3
    revisions = [event["revision"] for event in await shared.world.events("data.read")]
    assert revisions == [1, 3, 3]


async def test_a_promised_frequency_is_counted_at_each_read(world: World, looks: list[str]) -> None:
    token = await token_for(world, frequency=FIVE)
    answers = [(await world.read("/v1/me/skills", token)).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert len(looks) == 6


async def test_a_proof_serves_once_though_its_read_is_remembered(world: World, looks: list[str]) -> None:
    holder = await Holder(world).learn()
    token = (await holder.tokens())["access_token"]
    for _ in range(2):
        assert (await holder.read("/v1/me/skills", token)).status_code == 200
    proof = {"Authorization": f"DPoP {token}", "DPoP": holder.proof("GET", "/v1/me/skills", token)}
    assert (await world.http.get("/v1/me/skills", headers=proof)).status_code == 200
    assert looks == ["skills"]
    refused(await world.http.get("/v1/me/skills", headers=proof), "invalid_dpop_proof", 401)
    refused(await world.read("/v1/me/skills", token), "invalid_token", 401)
    assert len(await world.events("data.read")) == 3


async def test_reads_that_race_a_revoke_are_all_under_what_was_granted(nodes: list[World]) -> None:
    """Two nodes remember; one of them is told to revoke. What is answered after that is a refusal."""
    world = nodes[0]
    decided = await world.grant()
    token = (await world.redeem(await world.code())).json()["access_token"]
    for node in nodes:
        assert (await node.read("/v1/me/skills", token)).status_code == 200
    revoked = False

    async def reader(node: World) -> list[tuple[bool, int]]:
        answers = []
        for _ in range(12):
            asked_after = revoked
            answers.append((asked_after, (await node.read("/v1/me/skills", token)).status_code))
        return answers

    async def revoker() -> None:
        nonlocal revoked
        await asyncio.sleep(0.02)
        await nodes[-1].revoke(decided.standing.grant_id)
        revoked = True

    told = await asyncio.gather(*(reader(node) for node in nodes for _ in range(4)), revoker())
    answers = [answer for one in told if one for answer in one]
    assert {status for _, status in answers} <= {200, 401}
    assert all(status == 401 for after, status in answers if after)
    events = await world.events("data.read")
    assert len(events) == len(nodes) + [status for _, status in answers].count(200)
    assert {event["revision"] for event in events} == {1}


async def test_a_long_answer_is_not_remembered(
    shared: Shared, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LONGEST_KEPT", 10)
    assert [(await shared.read("/v1/me/skills"))[0] for _ in range(2)] == [200, 200]
    assert looks == ["skills"] * 2


async def test_the_term_of_a_token_is_looked_at_each_time(shared: Shared) -> None:
    body = (await shared.world.refresh(shared.refresh)).json()
    other = shared._replace(token=body["access_token"])
    assert (await other.read("/v1/me/skills"))[0] == 200
    shared.world.clock.advance(body["expires_in"] * SECOND - 1)
    assert (await other.read("/v1/me/skills"))[0] == 200
    shared.world.clock.advance(1)
    assert (await other.read("/v1/me/skills"))[2] == "invalid_token"
