"""Orders of exports, made and checked."""

from consent.ledger.notes.policy import unwitnessed
from consent.ledger.searching.search import Filters
from consent.ledger.store import read_head
from consent.taking.checking import check_export
from consent.taking.job import order_of
from foundation.ids import new_id
from tests.consent.ledger.support import ORIGIN

AUDITOR = "a" * 32


async def order(log, form="jsonl", owner=AUDITOR, **filters):
    async with log.db.reading() as tx:
        head = await read_head(tx, ORIGIN)
    now = log.clock.now()
    typed = {name: str(value) for name, value in filters.items()}
    return order_of(
        head, ORIGIN, id=new_id(now), owner_id=owner, format=form, typed=typed, filters=Filters(**filters),
        made_at=now,
    )  # fmt: skip


async def made(log, exports, form="jsonl", **filters):
    job = exports.place(await order(log, form, **filters))
    await exports.work(log.db)
    found = exports.find(AUDITOR, job.order.id)
    assert found.come.state == "ready"
    return found


def checked(log, job):
    return check_export(job.manifest, unwitnessed(log.signer.verifier))
