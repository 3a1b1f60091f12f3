"""Checking a receipt with nothing of ours at hand: no account, no database, no network. Pure functions.

What is proved is said step by step, and what is not is said too. Trust starts with the keys, so whoever
checks brings them from elsewhere: a file cannot vouch for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from consent.ledger.leaf import LeafError, leaf_hash, parse_leaf
from consent.ledger.merkle import ProofError
from consent.ledger.notes.note import NoteError, Verifier, decoded
from consent.ledger.notes.policy import Policy, unwitnessed
from consent.ledger.notes.tlog_proof import TlogProof, check_proof, parse_proof
from consent.records.receipts import ReceiptError, kid_of, verify_receipt

LONGEST = 1_000_000
_GRACE = 24 * 3600  # seconds that another node may sign on after a rotation, and clocks may differ


@dataclass(frozen=True, slots=True)
class Paper:
    """A receipt as it came: alone, or as the file that a person downloads; its proof in it, or beside it.

    claims, leaf, proof: what came with it, to be held to what is signed; None for what did not come.
    """

    receipt: str
    claims: Any = None
    leaf: str | None = None
    proof: TlogProof | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check proved: "signed", "issuer", "in_words", "leaf", and "logged" or else "promised".

    missing: what was not shown. claims: what is signed. position, tree_size: its place in the ledger, where
    that was proved; witnesses: by the policy's names, who else has seen the log so.
    """

    claims: Mapping[str, Any]
    kid: str
    steps: tuple[str, ...]
    position: int | None = None
    tree_size: int | None = None
    witnesses: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())


class _Place(NamedTuple):
    """See `Proof`."""

    position: int
    tree_size: int
    witnesses: tuple[str, ...]


def read_paper(data: bytes) -> Paper:
    """A receipt or a receipt file. Raises ReceiptError for anything else."""
    if len(data) > LONGEST:
        raise ReceiptError("too_long", "too long for a receipt")
    text = data.decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return Paper("".join(text.split()))
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ReceiptError("not_a_receipt", "neither a signed receipt nor the JSON file of one") from error
    ledger = document.get("ledger") or {}
    if not isinstance(document.get("receipt"), str) or not isinstance(ledger, dict):
        raise ReceiptError("not_a_receipt", "this JSON file holds no receipt")
    proof = ledger.get("proof")
    return Paper(
        document["receipt"],
        document.get("claims"),
        ledger.get("leaf") or None,
        _proof_in(proof) if proof else None,
    )


def with_proof(paper: Paper, data: bytes) -> Paper:
    """The same with the `.tlog-proof` that came beside it. Raises ReceiptError."""
    try:
        return replace(paper, proof=parse_proof(data.decode()))
    except (NoteError, UnicodeDecodeError) as error:
        raise _unproved(error) from error


def _proof_in(proof: Any) -> TlogProof:  # noqa: ANN401  # JSON of a stranger's file
    """The proof in a receipt's file, which has it as /ledger/proof answers it."""
    try:
        hashes = tuple(decoded(one) for one in proof["proof"])
        found = TlogProof(proof["index"], hashes, proof["checkpoint"])
    except (NoteError, KeyError, TypeError, AttributeError) as error:
        raise _unproved(error) from error
    if type(found.position) is not int or type(found.note) is not str:
        raise _unproved(TypeError("an index is a number, a checkpoint a text"))
    return found


def _unproved(error: Exception) -> ReceiptError:
    return ReceiptError("wrong_proof", f"its place in the ledger is not proved: {error}")


def read_keys(data: bytes) -> Mapping[str, Any]:
    """A key file, as the server publishes it. Raises ReceiptError."""
    try:
        keys = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ReceiptError("bad_keys", "the keys to check with are not JSON") from error
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise ReceiptError("bad_keys", "the keys to check with are not a JWK Set")
    return keys


def check(
    paper: Paper, keys: Mapping[str, Any], issuer: str | None = None, policy: Policy | None = None
) -> Proof:
    """What `paper` proves under `keys`, which the caller trusts. issuer: who it must come from.

    policy: whose log counts, and which witnesses must have seen it; without one, the log that the keys name.
    Raises ReceiptError at the first thing that is wrong: nothing is then proved.
    """
    claims = verify_receipt(paper.receipt, keys)
    kid = kid_of(paper.receipt)
    _check_times(claims, kid, keys)
    steps = ["signed"]
    expected = issuer or keys.get("issuer")
    if expected is not None:
        if claims["iss"] != str(expected).rstrip("/"):
            raise ReceiptError("wrong_issuer", f"it comes from {claims['iss']}, not from {expected}")
        steps.append("issuer")
    if paper.claims is not None:
        if paper.claims != claims:
            raise ReceiptError("altered_words", "what the file says in clear is not what was signed")
        steps.append("in_words")
    if paper.leaf is not None:
        _check_leaf(paper.leaf, claims)
        steps.append("leaf")
    place = _check_place(paper.proof, claims, policy or _log_of(keys))
    if place is None:
        _check_not_revoked(kid, keys)
        if "promised_by" in claims["ledger"]:
            steps.append("promised")
    else:
        steps.append("logged")
    missing = tuple(name for name in ("leaf", "logged") if name not in steps)
    found = Proof(claims, kid, tuple(steps), missing=missing)
    return found if place is None else replace(found, **place._asdict())


def _check_times(claims: Mapping[str, Any], kid: str, keys: Mapping[str, Any]) -> None:
    """A key signs between its publication and its retirement, where the key file says when that was."""
    key = next(one for one in keys["keys"] if one.get("kid") == kid)
    try:
        first, last = (
            datetime.fromisoformat(key[name]).timestamp() if key.get(name) else None
            for name in ("staged_at", "retired_at")
        )
    except (TypeError, ValueError) as error:
        raise ReceiptError("bad_keys", "the key file's dates cannot be read") from error
    if (first is not None and claims["iat"] < first - _GRACE) or (
        last is not None and claims["iat"] > last + _GRACE
    ):
        raise ReceiptError("key_out_of_time", "signed by a key that was not in use at that time")


def _check_not_revoked(kid: str, keys: Mapping[str, Any]) -> None:
    """Anybody may sign with a key that leaked, at any date they like; nobody puts a leaf into the ledger."""
    if next(one for one in keys["keys"] if one.get("kid") == kid).get("revoked_at"):
        raise ReceiptError("key_revoked", "its key was revoked, and its place in the ledger is not proved")


def _check_leaf(text: str, claims: Mapping[str, Any]) -> None:
    """The ledger's leaf is the one the receipt names, and names the record in turn."""
    try:
        leaf = parse_leaf(text)
    except (LeafError, AttributeError, TypeError) as error:
        raise ReceiptError("wrong_leaf", "the ledger's leaf cannot be read") from error
    if leaf_hash(text.encode()).hex() != claims["ledger"]["leaf_hash"] or leaf.id != claims["receipt_id"]:
        raise ReceiptError("wrong_leaf", "the ledger's leaf is not the one that the receipt names")
    named = leaf.facts.get("record")
    if named is not None and named != claims["record_sha256"]:
        raise ReceiptError("wrong_leaf", "the ledger's leaf names another record")


def _log_of(keys: Mapping[str, Any]) -> Policy | None:
    """The policy of whoever trusts the log that a key file names, and those before it, unwitnessed."""
    try:
        log = keys.get("ledger")
        named = [log, *log.get("earlier", [])] if log else []
        return unwitnessed(*(Verifier.from_vkey(one["vkey"]) for one in named)) if named else None
    except (NoteError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptError("bad_keys", "the log's key in the key file cannot be read") from error


def _check_place(proof: TlogProof | None, claims: Mapping[str, Any], policy: Policy | None) -> _Place | None:
    """Where the leaf stands under a head that the policy takes; None where nothing says so."""
    if proof is None or policy is None:
        return None
    try:
        opened = check_proof(proof, bytes.fromhex(claims["ledger"]["leaf_hash"]), policy)
    except (NoteError, ProofError, TypeError, ValueError) as error:
        raise _unproved(error) from error
    return _Place(proof.position, opened.checkpoint.size, tuple(one.name for one in opened.witnesses))
