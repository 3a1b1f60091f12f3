"""A receipt file, as a person downloads it."""

from typing import Any

from consent.ledger.public import proof_answer
from consent.pages.stored import read_event
from consent.records.receipts import read_claims
from consent.records.store import records_of_person
from tests.idp.support import World


async def seal_log(world: World) -> None:
    """Let the sequencer place and sign what is recorded."""
    while await world.server.sequencer.advance(sign_now=True):
        pass


async def paper(world: World) -> dict[str, Any]:
    """The file of her newest receipt."""
    origin = world.server.sequencer.verifier.name
    async with world.server.db.reading() as tx:
        row = (await records_of_person(tx, world.person_id))[0]
        event = await read_event(tx, None, row.event_id)
        proof = await proof_answer(tx, origin, row.event_id)
    assert event is not None
    return {
        "receipt": row.receipt,
        "claims": read_claims(row.receipt),
        "ledger": {"leaf": event.text, "proof": proof.body if proof.status == 200 else None},
    }
