"""What a witness answers (C2SP tlog-witness): each refusal as the specification says, in its order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.merkle import EMPTY_ROOT
from consent.ledger.notes.adding import SIZE_MEDIA, parse_submission
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import Verifier, open_note
from idp.witness.judging import Witness
from tests.consent.ledger.files.support import LOG, SECONDS, head_of, plain, signed
from tests.consent.ledger.support import ORIGIN, VECTORS
from tests.idp.witness.support import Watch, fork, submission, with_head

LITEWITNESS = json.loads((VECTORS / "litewitness_add_checkpoint.json").read_text("utf-8"))
C2SP = json.loads((VECTORS / "c2sp_spec_examples.json").read_text("utf-8"))["files"]


def test_the_requests_of_litewitness_in_their_order(watch: Watch) -> None:
    """One answer differs: an origin that nobody knows is 404 in the specification, 403 there."""
    origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
    log = Verifier(origin, bytes.fromhex(LITEWITNESS["log_pubkey_hex"]))
    witness = Witness(watch.key, watch.state, [log], lambda: SECONDS)
    given_back = [witness.add(case["request_body"].encode()).status for case in LITEWITNESS["cases"]]
    expected = [case["expected_status"] for case in LITEWITNESS["cases"]]
    assert expected[2] == 403
    assert given_back == [*expected[:2], 404, *expected[3:]]
    head = parse_submission(LITEWITNESS["cases"][7]["request_body"].encode())
    note = witness.last(origin)
    assert note is not None
    assert open_note(note, [log, watch.key.cosigner])[0] == open_note(head.note, [log])[0]
    conflict = witness.add(LITEWITNESS["cases"][8]["request_body"].encode())
    assert (conflict.body, conflict.media) == ("5\n", SIZE_MEDIA)


def test_the_specification_s_example_is_read() -> None:
    example = C2SP["tlog-witness.md"]["examples"][1].lstrip("\n").removesuffix("\n")
    read = parse_submission(example.encode())
    assert (read.old, len(read.proof)) == (20_852_014, 4)
    assert read.body() == example.encode()


def test_a_log_that_grows_is_cosigned(watch: Watch) -> None:
    for old, size in ((0, 0), (0, 3), (3, 3), (3, 300), (300, 700), (700, 700)):
        answer = watch.add(old, plain(size))
        assert answer.status == 200, answer
        note = signed(head_of(plain(size))) + answer.body
        text, keys = open_note(note, [LOG, watch.key.cosigner])
        assert keys == [LOG, watch.key.cosigner]
        assert watch.witness.last(ORIGIN) == note
        assert text.startswith(f"{ORIGIN}\n{size}\n")


def test_refusals(watch: Watch) -> None:
    watch.add(0, plain(300))
    whole = submission(300, plain(700))
    stranger = head_of(plain(700))._replace(origin="other.example")
    unsigned = whole.note.replace(f"— {ORIGIN} ", "— other.example ")
    refusals = {
        400: [b"", b"old 300\n", with_head(head_of(plain(300)), old=301), b"old 300\n\nx\n"],
        404: [with_head(stranger, old=300, proof=whole.proof)],
        403: [
            whole._replace(note=unsigned).body(),
            whole._replace(note=submission(0, plain(9)).note.replace("\n9\n", "\n700\n")).body(),
            whole._replace(note=whole.note[:-3] + "\n").body(),
        ],
        409: [submission(0, plain(700)).body(), submission(299, plain(700)).body()],
        422: [
            whole._replace(proof=()).body(),
            whole._replace(proof=whole.proof[::-1]).body(),
            whole._replace(proof=(*whole.proof, bytes(32))).body(),
            submission(300, fork(700, 200)).body(),
            submission(300, fork(300, 299)).body(),
            whole._replace(note=submission(300, fork(700, 300)).note).body(),
        ],
    }  # fmt: skip
    for status, bodies in refusals.items():
        for number, body in enumerate(bodies):
            assert watch.witness.add(body).status == status, (status, number)
    assert watch.witness.add(whole.body()).status == 200


def test_an_empty_log_has_one_root_and_a_first_submission_no_proof(watch: Watch) -> None:
    assert watch.witness.add(with_head(Checkpoint(ORIGIN, 0, bytes(32)))).status == 422
    assert watch.witness.add(with_head(Checkpoint(ORIGIN, 0, EMPTY_ROOT), proof=[bytes(32)])).status == 422
    assert watch.witness.add(with_head(head_of(plain(3)), proof=[bytes(32)])).status == 422
    assert watch.witness.add(with_head(Checkpoint(ORIGIN, 0, EMPTY_ROOT))).status == 200


def test_a_log_of_more_leaves_than_can_be_counted_is_none(watch: Watch) -> None:
    """A known log may sign it; a witness that fails over it would answer nobody any more."""
    for size in (2**63, 9_999_999_999_999_999_999, 2**64):
        assert watch.witness.add(with_head(Checkpoint(ORIGIN, size, bytes(32)))).status == 400
    assert watch.witness.add(with_head(Checkpoint(ORIGIN, 2**63 - 1, bytes(32)))).status == 200


HOSTILE = [
    b"\xff", b"old -1\n\n", b"old 01\n\n", b"old 1e3\n\n", b"old 9999999999999999999999\n\n", b"Old 0\n\n",
    b"old 0\n" + b"AAAA\n" * 3 + b"\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n", b"old 0\r\n\r\n",
    b"old 0\n\n\n\n", b"old 0\n\n" + b"x" * 9_999, b"old 0\n\n" + "— x\n".encode() * 999, b"\n\n",
    "old ٣\n\n".encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_bodies_are_bad_requests(watch: Watch, body: bytes) -> None:
    assert watch.witness.add(body).status == 400


@given(st.binary(max_size=200))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    witness = Witness.__new__(Witness)
    witness._logs = {}
    assert witness.add(b"old 0\n\n" + body).status in {400, 404}


def test_a_log_with_two_keys_is_known_by_either(watch: Watch) -> None:
    other = Verifier(ORIGIN, bytes(31) + b"\x01")
    witness = Witness(watch.key, watch.state, [other, LOG], lambda: SECONDS)
    assert witness.add(submission(0, plain(5)).body()).status == 200
