"""A log as files, in memory: made without a database, to be lied in."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.ledger.canonical import canonical_json
from consent.ledger.files.checking import Asked, Checked, check_files
from consent.ledger.files.layout import ENTRIES, RETIRED, join_entries, parts_at, tile_part
from consent.ledger.files.missing import join_retired
from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import EMPTY_ROOT, HASH_BYTES, Range
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.cosignature import Cosigner, cosign
from consent.ledger.notes.note import Verifier
from consent.ledger.notes.policy import Group, KnownLog, Policy, Witness, unwitnessed
from consent.ledger.retiring.retired import EVENT, Digest, Period
from consent.ledger.tiles import WIDTH, extend, hash_of
from tests.consent.ledger.support import ORIGIN

LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"log ".ljust(32, b"."))
LOG = Verifier(ORIGIN, LOG_KEY.public_key().public_bytes_raw())
POLICY = unwitnessed(LOG)
SECONDS = 1_800_000_000


class Seer:
    """A witness's key."""

    def __init__(self, name: str) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))
        self.cosigner = Cosigner(f"{name}.example", self.key.public_key().public_bytes_raw())
        self.witness = Witness(name, self.cosigner)

    def line(self, text: str) -> str:
        return cosign(self.cosigner, self.key.sign, text, SECONDS)


SEERS = [Seer(name) for name in ("cnil", "univ", "press")]
TWO_OF_THREE = Policy(
    (KnownLog(LOG),), tuple(one.witness for one in SEERS), {"two": Group(2, ("cnil", "univ", "press"))}, "two"
)


def signed(head: Checkpoint, seers: Sequence[Seer] = ()) -> str:
    text = head.text()
    parts = [text, "\n", _line(text), *(one.line(text) for one in seers)]
    return "".join(parts)


def _line(text: str) -> str:
    return f"— {ORIGIN} {b64encode(LOG.key_id + LOG_KEY.sign(text.encode())).decode()}\n"


class Here(Executor):
    """A crowd of nobody else: what it is given is done at once."""

    def submit(self, work: Callable[..., Any], /, *what: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*what, **more))
        return done


class Files(dict[str, bytes]):
    """Names and contents; a `Reader`."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def names(self) -> Iterator[str]:
        return iter(list(self))

    def changed(self, changes: Mapping[str, bytes | None]) -> "Files":
        """The same with other contents under some names; None takes a file away."""
        made = {**self, **changes}
        return Files({name: data for name, data in made.items() if data is not None})

    def check(
        self,
        policy: Policy = POLICY,
        pinned: Checkpoint | None = None,
        *,
        leaves: bool = True,
        opaque: bool = True,
    ) -> Checked:
        asked = Asked(policy, pinned, leaves, opaque=opaque)
        found = check_files(self, asked)
        ahead = check_files(self, asked._replace(crowd=Here()))
        assert ahead.as_dict() == found.as_dict()  # whoever looks ahead changes nothing
        return found

    def lie(self, **asked: object) -> tuple[str, int]:
        """Where the first lie is: a file, a byte."""
        found = self.check(**asked).lie  # type: ignore[arg-type]  # those of `check`
        assert found is not None
        return found.file, found.offset


def head_of(leaves: Sequence[bytes]) -> Checkpoint:
    tiles = extend(0, {}, [leaf_hash(leaf) for leaf in leaves])
    return Checkpoint(ORIGIN, len(leaves), hash_of(Range(0, len(leaves)), tiles) if leaves else EMPTY_ROOT)


def files_of(
    leaves: Sequence[bytes], seers: Sequence[Seer] = (), gone: Mapping[int, Period] | None = None
) -> Files:
    """The files of a log of these leaves. gone: the positions of leaves that were retired."""
    gone = gone or {}
    size = len(leaves)
    files = Files(checkpoint=signed(head_of(leaves), seers).encode())
    for tile, data in extend(0, {}, [leaf_hash(leaf) for leaf in leaves]).items():
        files[tile_part(tile, len(data) // HASH_BYTES).path] = data
    for part in parts_at(ENTRIES, 0, size):
        at = range(part.number * WIDTH, part.number * WIDTH + part.width)
        files[part.path] = join_entries(b"" if one in gone else leaves[one] for one in at)
        missing = {one % WIDTH: gone[one] for one in at if one in gone}
        if missing:
            files[part._replace(folder=RETIRED).path] = join_retired(missing)
    return files


@cache
def plain(count: int) -> tuple[bytes, ...]:
    """Leaves that differ."""
    return tuple(b"leaf %d" % number for number in range(count))


def retiring(period: Period, leaves: Sequence[bytes], positions: Sequence[int]) -> bytes:
    """The leaf of the event that accounts for what went."""
    digest = Digest()
    for position in positions:
        digest.add(position, leaf_hash(leaves[position]))
    told = digest.of(period)
    return canonical_json(
        {
            "v": 1, "id": "0" * 32, "time": 0, "event": EVENT, "log": "security", "outcome": "success",
            "client": None, "person": None, "grant": None, "revision": None, "scopes": None,
            "request": None, "salt": "A" * 22, "commitment": None,
            "facts": {
                "of_log": period.log, "period": period.month, "first": told.first, "last": told.last,
                "count": told.events, "digest": told.digest,
            },
        }
    )  # fmt: skip
