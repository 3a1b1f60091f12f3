"""What the server publishes about records and receipts, at addresses that stay."""

import jsonschema
import pytest

from consent.records.documents import SCHEMAS, schema
from tests.idp.receipts.papers import paper
from tests.idp.support import ISSUER, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: documents do not depend on it."""
    return sqlite_url


async def test_schemas_stand_at_their_ids(world: World) -> None:
    for name in SCHEMAS:
        answer = await world.http.get(f"/schemas/{name}.json")
        document = answer.json()
        jsonschema.Draft202012Validator.check_schema(document)
        assert document["$id"] == f"{ISSUER}/schemas/{name}.json"
        assert document | {"$id": f"/schemas/{name}.json"} == schema(name)
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_context_stands_where_records_say(world: World) -> None:
    await world.grant()
    said = (await paper(world))["claims"]["record"]["@context"]
    assert said.startswith(ISSUER)
    document = (await world.http.get(said.removeprefix(ISSUER))).json()
    assert document["@context"]["event_state"]["@id"] == "https://w3id.org/dpv#hasConsentStatus"


async def test_the_key_file_is_a_key_set_that_says_more(world: World) -> None:
    body = (await world.http.get("/receipts/jwks")).json()
    assert body["issuer"] == ISSUER
    assert body["ledger"] == {
        "origin": world.server.sequencer.verifier.name,
        "vkey": world.server.sequencer.verifier.vkey,
    }
    assert {key["alg"] for key in body["keys"]} == {"ES256"}
    assert all("d" not in key for key in body["keys"])
