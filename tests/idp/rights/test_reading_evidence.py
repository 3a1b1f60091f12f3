"""Reading what proves a past consent: a ground, a case, one piece, and the ledger knows."""

import pytest

from foundation.errors import AccordError
from idp.rights.reading import Reading, read_evidence
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World


async def test_it_is_read_and_told(world: World) -> None:
    await lived_in(world)
    await erase(world)
    (given, _) = await world.events("consent.given")
    reading = Reading(given["grant"], "claim", "RC-2027/014", world.clock.now())
    piece = await read_evidence(world.server, reading)
    assert piece["person"]["email"] == "amina@example.org"
    (leaf,) = await world.events("evidence.opened")
    assert leaf["grant"] == given["grant"]
    assert leaf["facts"] == {"case": "RC-2027/014", "ground": "claim"}


@pytest.mark.parametrize(
    ("grant", "case", "code"),
    [
        ("0" * 32, "A-1", "no_evidence"),
        ("nonsense", "A-1", "no_evidence"),
        ("0" * 32, "amina@example.org", "bad_case"),
        ("0" * 32, "", "bad_case"),
        ("0" * 32, "A" * 41, "bad_case"),
    ],
)
async def test_otherwise_it_is_not(world: World, grant: str, case: str, code: str) -> None:
    with pytest.raises(AccordError) as refused:
        await read_evidence(world.server, Reading(grant, "audit", case, world.clock.now()))
    assert refused.value.code == code
    assert await world.events("evidence.opened") == []


async def test_a_living_grant_has_no_evidence(world: World) -> None:
    decided = await world.grant()
    with pytest.raises(AccordError):
        await read_evidence(
            world.server, Reading(decided.standing.grant_id, "claim", "A-1", world.clock.now())
        )
