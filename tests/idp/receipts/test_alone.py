"""The page's own check of receipt and place (checking.js), held to ours: any log's size, any file of keys."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from consent.ledger.merkle import node_hash
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.policy import parse_policy
from consent.ledger.notes.tlog_proof import TlogProof
from consent.records.offline import check, read_keys, read_paper, with_proof
from consent.records.receipts import ReceiptError
from tests.consent.ledger.files.support import LOG, ORIGIN, signed
from tests.consent.records.test_receipts import RECORDED, receipt
from tests.consent.sharing import ISSUER, JWKS
from tests.idp.receipts.test_witnesses import Ask, ask

__all__ = ["ask"]

POLICY = f"log {LOG.vkey}\nquorum none\n"
RECEIPT = receipt()
KEY = JWKS["keys"][0]


def placed(index: int, size: int) -> str:
    """The proof that the receipt's leaf stands there; the tree beside it is of hashes that are nobody's."""
    path: list[bytes] = []
    at, last, root = index, size - 1, RECORDED.leaf_hash
    while last:
        path.append(len(path).to_bytes(32))
        right = bool(at & 1) or at == last
        root = node_hash(path[-1], root) if right else node_hash(root, path[-1])
        while right and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return TlogProof(index, tuple(path), signed(Checkpoint(ORIGIN, size, root))).text()


def ours(proof: str = "", keys: str = json.dumps(JWKS)) -> str:
    """What ours says: the code of what is wrong, "" for nothing."""
    try:
        paper = read_paper(RECEIPT.encode())
        if proof:
            paper = with_proof(paper, proof.encode())
        check(paper, read_keys(keys.encode()), ISSUER, parse_policy(POLICY.encode()))
    except ReceiptError as error:
        return error.code
    return ""


def theirs(ask: Ask, proof: str = "", keys: str = json.dumps(JWKS)) -> str:
    asked = {"receipt": RECEIPT, "proof": proof, "keys": keys, "issuer": ISSUER}
    answer = ask(**asked, policy=POLICY if proof else "")
    refused: str = answer.get("refused", "")
    return refused


@pytest.mark.parametrize("size", [1, 2, 300, 10**15, 2**53 + 1, 2**60 + 3, 2**63 - 1])
def test_a_place_in_a_log_of_any_size_is_proved_by_both(ask: Ask, size: int) -> None:
    for index in {0, size // 2, size - 1}:
        proof = placed(index, size)
        assert theirs(ask, proof) == ours(proof) == ""
        for wrong in (index + 1, index + size):
            moved = proof.replace(f"index {index}\n", f"index {wrong}\n")
            assert theirs(ask, moved) == ours(moved) == "wrong_proof"


@pytest.mark.parametrize("size", [0, 2**63, 10**19 - 1, 10**19])
def test_a_size_that_no_log_has_is_refused_by_both(ask: Ask, size: int) -> None:
    proof = placed(0, 1).partition("\n\n")[0] + "\n\n" + signed(Checkpoint(ORIGIN, size, RECORDED.leaf_hash))
    assert theirs(ask, proof) == ours(proof) == "wrong_proof"


def unreadable() -> Iterator[Any]:
    yield pytest.param("nothing", id="no JSON")
    whole: dict[str, Any] = {
        "a list": [], "nothing": None, "no keys": {}, "keys in words": {"keys": "none"},
        "a key in words": {"keys": ["none"]}, "no key at all": {"keys": [None]},
        "off the curve": {"keys": [{**KEY, "x": KEY["y"], "y": KEY["x"]}]},
        "half a key": {"keys": [{name: KEY[name] for name in ("kty", "crv", "kid", "x")}]},
        "a date in words": {"keys": [{**KEY, "staged_at": "once"}]},
        "a date that is no text": {"keys": [{**KEY, "retired_at": 7}]},
    }  # fmt: skip
    for name, keys in whole.items():
        yield pytest.param(json.dumps(keys), id=name)


@pytest.mark.parametrize("keys", list(unreadable()))
def test_keys_that_cannot_be_read_are_called_that_by_both(ask: Ask, keys: str) -> None:
    assert theirs(ask, keys=keys) == ours(keys=keys) == "bad_keys"
