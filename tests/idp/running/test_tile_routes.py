"""The ledger's files over HTTP: anyone checks the hashes, auditors alone read the leaves."""

from consent.ledger.files.layout import split_entries
from consent.ledger.leaf import leaf_hash
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.policy import unwitnessed
from tests.consent.ledger.files.support import Files
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.tokens import refused
from tests.idp.visitor import NewVisitor


async def sealed(house: World) -> int:
    """How many events the signed head covers."""
    while await house.server.sequencer.advance(sign_now=True):
        pass
    note = (await house.http.get("/ledger/checkpoint")).text
    return open_checkpoint(note, house.server.sequencer.verifier).size


async def test_the_log_is_read_and_checked_over_http(house: World, new_visitor: NewVisitor) -> None:
    auditor = await someone(house, new_visitor(), "auditor")
    size = await sealed(house)
    assert 0 < size < 256
    files = Files(checkpoint=(await auditor.get("/ledger/checkpoint")).content)
    for name in (f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
        answer = await auditor.get(f"/ledger/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
        files[name] = answer.content
    checked = files.check(unwitnessed(house.server.sequencer.verifier))
    assert checked.ok, checked.message()


async def test_hashes_are_everybody_s_and_never_change(house: World, new_visitor: NewVisitor) -> None:
    size = await sealed(house)
    answer = await new_visitor().get(f"/ledger/tile/0/000.p/{size}")
    assert "immutable" in answer.headers["cache-control"]
    assert "public" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers
    fewer = await new_visitor().get("/ledger/tile/0/000.p/1")
    assert fewer.content == answer.content[:32]


async def test_leaves_are_for_auditors_and_each_look_is_an_event(
    house: World, new_visitor: NewVisitor
) -> None:
    await sealed(house)
    path = "/ledger/tile/entries/000.p/2"
    assert (await new_visitor().get(path)).status_code == 303
    person = new_visitor()
    await person.sign_in(await person.get("/login"))
    for role in ("administrator", "partner"):
        refused(await (await someone(house, new_visitor(), role)).get(path), "forbidden", 403)
    refused(await person.get(path), "forbidden", 403)
    auditor = await someone(house, new_visitor(), "auditor")
    answer = await auditor.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    leaves, end = split_entries(answer.content, 2)
    hashes = (await auditor.get("/ledger/tile/0/000.p/2")).content
    assert b"".join(leaf_hash(leaf) for leaf in leaves) == hashes
    assert end == len(answer.content)
    *_, event = await house.events("auditor.searched")
    assert (event["facts"]["view"], event["facts"]["filters"]) == ("bundle", "bundle")


NO_TILES = (
    "0/000 0/001 1/000 8/000 x/000 0/x000/001 0/000.p/256 0/000.p/0 0/ 0/000/ entries 0/000.p/255 "
    "entries/000 entries/001.p/1 entries/../0/000 0/%2e%2e/000 0/000%00 entries/x"
)


async def test_no_other_tile_is_there(house: World, new_visitor: NewVisitor) -> None:
    auditor = await someone(house, new_visitor(), "auditor")
    await sealed(house)
    for name in NO_TILES.split():
        assert (await auditor.get(f"/ledger/tile/{name}")).status_code == 404, name


async def test_what_is_not_signed_yet_is_not_shown(house: World, new_visitor: NewVisitor) -> None:
    refused(await new_visitor().get("/ledger/tile/0/000.p/1"), "no_such_tile", 404)
