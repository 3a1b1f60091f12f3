"""Checking a receipt with nothing of ours at hand: no account, no database, no network. Pure functions.

What is proved is said step by step, and what is not is said too. Trust starts with the keys, so whoever
checks brings them from elsewhere: a file cannot vouch for itself.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from consent.ledger.checkpoint import open_checkpoint
from consent.ledger.leaf import LeafError, leaf_hash, parse_leaf
from consent.ledger.merkle import ProofError, verify_inclusion
from consent.ledger.note import NoteError, Verifier
from consent.records.receipts import ReceiptError, kid_of, verify_receipt

LONGEST = 1_000_000
_GRACE = 24 * 3600  # seconds that another node may sign on after a rotation, and clocks may differ


@dataclass(frozen=True, slots=True)
class Paper:
    """A receipt as it came: alone, or as the file that a person downloads.

    claims, leaf, proof: what came with it, to be held to what is signed; None for what did not come.
    """

    receipt: str
    claims: Any = None
    leaf: str | None = None
    proof: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check proved: "signed", "issuer", "in_words", "leaf", "logged"; `missing`, what was not shown.

    claims: what is signed. position, tree_size: its place in the ledger, where that was proved.
    """

    claims: Mapping[str, Any]
    kid: str
    steps: tuple[str, ...]
    position: int | None = None
    tree_size: int | None = None
    missing: tuple[str, ...] = field(default=())


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
    return Paper(document["receipt"], document.get("claims"), ledger.get("leaf") or None, ledger.get("proof"))


def read_keys(data: bytes) -> Mapping[str, Any]:
    """A key file, as the server publishes it. Raises ReceiptError."""
    try:
        keys = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ReceiptError("bad_keys", "the keys to check with are not JSON") from error
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise ReceiptError("bad_keys", "the keys to check with are not a JWK Set")
    return keys


def check(paper: Paper, keys: Mapping[str, Any], issuer: str | None = None) -> Proof:
    """What `paper` proves under `keys`, which the caller trusts. issuer: who it must come from.

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
    position, size = _check_place(paper.proof, claims, keys)
    if position is not None:
        steps.append("logged")
    else:
        _check_not_revoked(kid, keys)
    missing = tuple(name for name in ("leaf", "logged") if name not in steps)
    return Proof(claims, kid, tuple(steps), position, size, missing)


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


def _check_place(
    proof: Mapping[str, Any] | None, claims: Mapping[str, Any], keys: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    """(position, size of the tree): the leaf's place under a signed head, none without proof or log key."""
    log = keys.get("ledger")
    if not proof or not log:
        return None, None
    try:
        head = open_checkpoint(proof["checkpoint"], Verifier.from_vkey(log["vkey"]))
        path = [base64.b64decode(one, validate=True) for one in proof["proof"]]
        leaf = bytes.fromhex(claims["ledger"]["leaf_hash"])
        # The signed head says how large the tree is; what the file says of it proves nothing.
        verify_inclusion(proof["index"], head.size, leaf, path, head.root)
    except (NoteError, ProofError, binascii.Error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReceiptError("wrong_proof", f"its place in the ledger is not proved: {error}") from error
    return proof["index"], head.size
