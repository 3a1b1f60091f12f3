"""What witnesses said of our heads, as stored and as shown."""

from typing import NamedTuple

from sqlalchemy import Select, Subquery, Text, bindparam, func, literal_column, select, union_all
from sqlmodel import col

from consent.ledger.notes.note import Verifier, known_signatures, parse_note
from consent.ledger.notes.policy import Policy
from consent.ledger.store import Head, read_head
from consent.ledger.tables import LedgerCosignature, LedgerHead, LedgerWitnessed
from foundation.clock import HOUR
from foundation.database import Transaction
from foundation.statements import Statement, Write, upsert

_FRESH = HOUR  # how far behind the newest head a witnessed one may be and still count


class Cosigned(NamedTuple):
    """A cosignature that is kept. witness: of `name_of`; cosigned_at: microseconds."""

    witness: str
    size: int
    line: str
    cosigned_at: int


class Watched(NamedTuple):
    """What there is to say of a log's witnesses. size: of its newest head; agreed: of the last with a quorum.

    cosigned: the newest cosignature of each witness; empty: the log is unwitnessed.
    """

    size: int
    agreed: int | None
    cosigned: tuple[Cosigned, ...]

    def seen_by(self, now: int) -> list[str]:
        """The keys' names of those who cosigned the newest head, or one within the last hour."""
        recent = [one for one in self.cosigned if one.size == self.size or now - one.cosigned_at <= _FRESH]
        return [one.witness.partition("+")[0] for one in recent]


class _Line(NamedTuple):
    line: str


_KEEP = Write(upsert(LedgerCosignature, ["origin", "size", "witness"], []))
_LINES = Statement(
    select(col(LedgerCosignature.line))
    .where(
        col(LedgerCosignature.origin) == bindparam("origin"), col(LedgerCosignature.size) == bindparam("size")
    )
    .order_by(col(LedgerCosignature.witness)),
    _Line,
)
_NEWEST = (
    select(
        col(LedgerCosignature.witness).label("witness"), func.max(col(LedgerCosignature.size)).label("size")
    )
    .where(col(LedgerCosignature.origin) == bindparam("origin"))
    .group_by(col(LedgerCosignature.witness))
    .subquery("newest")
)
_LAST = Statement(
    select(
        col(LedgerCosignature.witness),
        col(LedgerCosignature.size),
        col(LedgerCosignature.line),
        col(LedgerCosignature.cosigned_at),
    )
    .join(
        _NEWEST,
        (col(LedgerCosignature.witness) == _NEWEST.c.witness)
        & (col(LedgerCosignature.size) == _NEWEST.c.size),
    )
    .where(col(LedgerCosignature.origin) == bindparam("origin"))
    .order_by(col(LedgerCosignature.witness)),
    Cosigned,
)
_WITNESSED = select(
    col(LedgerWitnessed.size),
    col(LedgerWitnessed.root),
    col(LedgerWitnessed.note),
    col(LedgerWitnessed.signed_at),
).where(col(LedgerWitnessed.origin) == bindparam("origin"))


def _shown(dialect: str) -> Select[int, bytes, str, int]:
    """The newest head, with the cosignatures that it has got so far."""
    join, nothing = func.group_concat if dialect == "sqlite" else func.string_agg, literal_column("''", Text)
    own = (
        select(col(LedgerCosignature.line))
        .where(
            col(LedgerCosignature.origin) == col(LedgerHead.origin),
            col(LedgerCosignature.size) == col(LedgerHead.size),
        )
        .order_by(col(LedgerCosignature.witness))
        .correlate(LedgerHead)
        .subquery("own")
    )
    lines = func.coalesce(select(join(own.c.line, nothing)).scalar_subquery(), nothing)
    return select(
        col(LedgerHead.size),
        col(LedgerHead.root),
        (col(LedgerHead.note) + lines).label("note"),
        col(LedgerHead.signed_at),
    ).where(col(LedgerHead.origin) == bindparam("origin"))


def heads(dialect: str) -> Subquery:
    """What to prove under at an `origin`: its newest head (`agreed` is 0), the last witnessed one (1)."""
    both = _shown(dialect), _WITNESSED
    return union_all(
        *(one.add_columns(literal_column(str(agreed)).label("agreed")) for agreed, one in enumerate(both))
    ).subquery("heads")


_READ_SHOWN, _READ_WITNESSED = Statement(_shown, Head), Statement(_WITNESSED, Head)
_SET = Write(upsert(LedgerWitnessed, ["origin"], ["size", "root", "note", "signed_at"]))


def name_of(witness: Verifier) -> str:
    """How a witness's key is told apart: names may be used again."""
    return f"{witness.name}+{witness.key_id.hex()}"


async def keep_cosignature(tx: Transaction, origin: str, head: Head, policy: Policy, given: Cosigned) -> None:
    """Keep what a witness said of `head`; with a quorum, the head becomes the last witnessed one."""
    await tx.run(_KEEP, origin=origin, **given._asdict())
    note = await _with_lines(tx, origin, head)
    signed = known_signatures(parse_note(note), [one.cosigner for one in policy.witnesses])
    seen_by = {one.name for one in policy.witnesses if one.cosigner in signed}
    last = await read_witnessed(tx, origin)
    if policy.quorum and policy.satisfied(seen_by) and (last is None or last.size <= head.size):
        await tx.run(_SET, origin=origin, **head._replace(note=note)._asdict())


async def last_cosigned(tx: Transaction, origin: str) -> list[Cosigned]:
    """The newest cosignature of each witness that ever gave one."""
    return await tx.all(_LAST, origin=origin)


async def read_witnessed(tx: Transaction, origin: str) -> Head | None:
    """The last head that a quorum cosigned, with their lines in its note."""
    return await tx.first(_READ_WITNESSED, origin=origin)


async def read_shown(tx: Transaction, origin: str) -> Head | None:
    """The newest head, with the cosignatures that it has got so far."""
    return await tx.first(_READ_SHOWN, origin=origin)


async def read_taken(tx: Transaction, origin: str) -> Head | None:
    """The head to take the log away under: the last witnessed one, unless it is far behind."""
    shown, witnessed = await read_shown(tx, origin), await read_witnessed(tx, origin)
    fresh = shown and witnessed and shown.signed_at - witnessed.signed_at <= _FRESH
    return witnessed if fresh else shown


async def read_watched(tx: Transaction, origin: str) -> Watched:
    """For whoever inspects the log."""
    head, witnessed = await read_head(tx, origin), await read_witnessed(tx, origin)
    cosigned = tuple(await last_cosigned(tx, origin))
    agreed = None if witnessed is None else witnessed.size
    return Watched(0 if head is None else head.size, agreed, cosigned)


async def _with_lines(tx: Transaction, origin: str, head: Head) -> str:
    lines = await tx.all(_LINES, origin=origin, size=head.size)
    return head.note + "".join(one.line for one in lines)
