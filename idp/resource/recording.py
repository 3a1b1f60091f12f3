"""The last step of every read: within the promised frequency or not, and told either way."""

from typing import NamedTuple

from consent.counting import HeldBack, count_read
from consent.events import LISTING, DataLimited, DataRead
from consent.ledger.append import Drafted
from consent.limits import Frequency
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.series import Spent, spending
from idp.context import Server
from idp.resource.bearer import Access
from idp.resource.rows import as_seen, as_then
from idp.token.behalf import chain_of
from keys.holding import is_held

# What a sign-in tells, and the list of what may be read, are no consultation of a dataset: an app that
# promised one read a month must still be able to greet her by name.
UNCOUNTED = frozenset({LISTING, "identity"})


class Moment(NamedTuple):
    """When a read comes, microseconds, and the trace id of its request."""

    now: int
    request_id: str


class Ready(NamedTuple):
    """A read about to be recorded. spent: what the very statement that records it is to use up.

    again: it is told as it was before, without a look, so that all it hangs on is to be found unchanged.
    """

    event: DataRead
    drafted: Drafted
    spent: tuple[Spent, ...] = ()
    again: bool = False


class MovedError(Exception):
    """What a read had looked at changed before it was recorded, or its proof was used: look again."""


async def record_read(
    server: Server, tx: Transaction, access: Access, read: Ready, moment: Moment
) -> HeldBack | None:
    """Record a read. Or it comes too often: commit, and answer `read_limit_reached`.

    The unit is committed either way: that a read was held back is an event too. Raises MovedError.
    """
    now, trace = moment
    if access.chain:
        await _hold_chain(tx, access, now)
    event, frequency = read.event, counted(access, read.event.dataset)
    if frequency is not None:
        held = await count_read(tx, access.grant_id, event.dataset, frequency, now)
        if held is not None:
            if held.first:
                limited = _limited(event, frequency, held)
                await server.ledger.append(tx, limited, person=access.person, now=now, request_id=trace)
            return held
    series, seen = as_then(access.row, event.dataset) if read.again else as_seen(access.row)
    series, seen = spending(series, seen, read.spent)
    if await server.ledger.keep(tx, read.drafted, series, **seen) is None:
        raise MovedError
    return None


def counted(access: Access, dataset: str) -> Frequency | None:
    """The promise that a read of a dataset counts against; None where none was made, or it does not count."""
    return None if dataset in UNCOUNTED else access.choice.frequency


async def _hold_chain(tx: Transaction, access: Access, now: int) -> None:
    """Nothing that the token hangs on changes until the unit ends. Raises MovedError when something did."""
    if not await is_held(tx, access.person_id):  # before her grants, as an erasure does
        raise MovedError
    if await chain_of(tx, access.token_id, len(access.chain), now, hold=True) != access.chain:
        raise MovedError


def _limited(event: DataRead, frequency: Frequency, held: HeldBack) -> DataLimited:
    return DataLimited(
        client=event.client,
        grant=event.grant,
        revision=event.revision,
        scopes=event.scopes,
        dataset=event.dataset,
        reads=frequency.reads,
        per=frequency.per,
        until=held.until,
    )


def read_limit_reached(held: HeldBack, now: int) -> AccordError:
    """The refusal of a read that comes too often, with the seconds until the next one (RFC 9110 10.2.3)."""
    seconds = -(-(held.until - now) // SECOND)
    return AccordError(
        "read_limit_reached",
        "This dataset was read as often as the application promised at most. Retry-After says in how many"
        " seconds it may be read again.",
        status=429,
        headers={"Retry-After": str(max(seconds, 1))},
    )
