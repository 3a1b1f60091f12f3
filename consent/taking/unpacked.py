"""A dossier that was unpacked, checked with its files and a pinned key alone."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import ProofError
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import Policy
from consent.ledger.notes.tlog_proof import SUFFIX, check_proof, parse_proof
from consent.taking.checking import ExportError


class Dossier(NamedTuple):
    """proved: events that stand in the log; waiting: those without a proof yet; pages: as they are named."""

    proved: int
    waiting: int
    pages: int


def check_dossier(folder: Path, policy: Policy) -> Dossier:
    """Check each event and each page. Raises ExportError, which names the first that lies."""
    leaves, pages = sorted(folder.glob("events/*.json")), sorted(folder.glob("pages/*.html"))
    if not leaves:
        raise ExportError("no event is here: is this an unpacked dossier?")
    proofs = [leaf.with_suffix(SUFFIX) for leaf in leaves]
    proved = [check_event(*pair, policy) for pair in zip(leaves, proofs, strict=True) if pair[1].exists()]
    for page in pages:
        if hashlib.sha256(page.read_bytes()).hexdigest() != page.stem:
            raise ExportError(f"{page.name} is not the page of this name")
    return Dossier(len(proved), len(leaves) - len(proved), len(pages))


def check_event(leaf: Path, proof: Path, policy: Policy) -> int:
    """Check that a leaf is in the log; at which position. Raises ExportError."""
    try:
        parsed = parse_proof(proof.read_text("utf-8"))
        check_proof(parsed, leaf_hash(leaf.read_bytes()), policy)
    except (OSError, UnicodeDecodeError, NoteError, ProofError) as error:
        raise ExportError(f"{leaf.name}: {error}") from error
    return parsed.position
