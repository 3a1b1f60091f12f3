"""Files of other logs: Tessera's, and the tiles of Sunlight's mirror."""

import pytest

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.layout import parse_path, split_entries
from consent.ledger.files.reading import Folder
from consent.ledger.files.strays import check_strays
from consent.ledger.files.walking import proved_leaves
from consent.ledger.notes.checkpoint import parse_checkpoint
from consent.ledger.notes.note import Verifier, parse_note
from consent.ledger.notes.policy import unwitnessed
from tests.consent.ledger.files.support import Files
from tests.consent.ledger.test_tiles import SUNLIGHT, TESSERA, TESSERA_LEAVES, TESSERA_VKEY

POLICY = unwitnessed(Verifier.from_vkey(TESSERA_VKEY))


def test_a_log_of_tessera_and_all_that_it_grew_from():
    checked = check_files(Folder(TESSERA), Asked(POLICY, opaque=True))
    assert checked.ok, checked.message()
    assert checked.leaves == 15
    leaves, _ = split_entries((TESSERA / "tile/entries/000.p/15").read_bytes(), 15)
    assert leaves == TESSERA_LEAVES


@pytest.mark.parametrize("size", range(16))
def test_each_checkpoint_of_tessera_extends_those_before(size):
    whole = Folder(TESSERA)
    names = [name for name in whole.names() if (part := parse_path(name)) is not None and part.width <= size]
    files = Files({name: whole.read(name) or b"" for name in names})
    files["checkpoint"] = (TESSERA / f"checkpoint.{size}").read_bytes()
    for older in range(size + 1):
        pinned = parse_checkpoint(parse_note((TESSERA / f"checkpoint.{older}").read_text("utf-8")).text)
        checked = files.check(POLICY, pinned)
        assert checked.ok, checked.message()


def test_the_tiles_of_sunlight_s_mirror():
    """Its log signs as RFC 6962 says, which no policy of ours can ask for; so the root is taken as given."""
    head = parse_checkpoint(parse_note((SUNLIGHT / "checkpoint").read_text("utf-8")).text)
    tiles = list(proved_leaves(Folder(SUNLIGHT), head.size, head.root))
    assert [len(one.hashes) for one in tiles] == [256, 44]
    check_strays(Folder(SUNLIGHT), head.size)
