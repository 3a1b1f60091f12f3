"""Heads and proofs of the ledger are read by code that nobody here wrote: sigstore's, made for Rekor's."""

from base64 import b64encode
from pathlib import Path
from typing import Any

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import inclusion_ranges
from consent.ledger.tiles import extend, hash_of
from keys.sign import b64url
from tests.clients.npm import packages, run
from tests.consent.ledger.files.support import LOG, SEERS, head_of, plain, signed

SIZE = 300
LEAVES = plain(SIZE)


def text(data: bytes) -> str:
    return b64encode(data).decode()


def entry(index: int) -> dict[str, Any]:
    """A leaf and its proof under a head that witnesses cosigned."""
    tiles = extend(0, {}, [leaf_hash(leaf) for leaf in LEAVES])
    return {
        "leaf": text(LEAVES[index]),
        "index": str(index),
        "hashes": [text(hash_of(part, tiles)) for part in inclusion_ranges(index, SIZE)],
        "note": signed(head_of(LEAVES), SEERS),
    }


def test_proofs_are_read_by_sigstore(tmp_path: Path) -> None:
    good = [entry(index) for index in (0, 1, 255, 256, 299)]
    bad = [
        good[0] | {"leaf": text(b"another")},
        good[1] | {"index": "2"},
        good[2] | {"hashes": good[2]["hashes"][1:]},
        good[3] | {"note": good[3]["note"].replace("\n300\n", "\n301\n")},
    ]
    home = packages("@sigstore/verify@4.1.3")
    log = {"id": text(LOG.key_id), "name": LOG.name, "key": b64url(LOG.public)}
    said = run("ledger.mjs", {"packages": str(home), "log": log, "entries": [*good, *bad]}, tmp_path)
    assert said["judged"][:5] == ["proved"] * 5
    assert "proved" not in said["judged"][5:]
    assert said["judged"][8] == "invalid checkpoint signature"
