"""The examples of docs/authorization-details.md, run."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from idp.clients.metadata import ClientMetadata
from idp.details.parse import DetailsError, parse_details
from idp.details.rules import refuse_beyond
from idp.details.schema import SCHEMA_PATH
from tests.idp.details.rich import MAY_ASK, redeemed
from tests.idp.support import REDIRECT, World
from tests.idp.visitor import Visitor, sent_back
from tests.support import ROOT

PAGE = (ROOT / "docs" / "authorization-details.md").read_text("utf-8")
FENCED = re.findall(r"```json (\w+)\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = {name: json.dumps(json.loads(text)) for name, text in FENCED}
REFUSED = re.findall(r"^\| `(\[.*?\])` \| `(authorization_details.*?)` \|$", PAGE, re.MULTILINE)


async def test_the_page_from_the_request_to_a_token_for_less(house: World, visitor: Visitor) -> None:
    page = await visitor.start(scope="openid offline_access", authorization_details=EXAMPLES["request"])
    back = sent_back(await visitor.decide(page, scope=["skills"], duration="30d"))
    body = await redeemed(house, back)
    assert body["authorization_details"] == json.loads(EXAMPLES["granted"])
    narrow = (await house.refresh(body["refresh_token"], authorization_details=EXAMPLES["narrower"])).json()
    assert [one["fields"] for one in narrow["authorization_details"]] == [{"skills": ["label"]}]


async def test_the_published_schema_takes_the_examples(house: World) -> None:
    schema = (await house.http.get(SCHEMA_PATH)).json()
    assert SCHEMA_PATH in PAGE
    for name in ("request", "granted", "narrower"):
        Draft202012Validator(schema).validate(json.loads(EXAMPLES[name]))


@pytest.mark.parametrize(("asked", "said"), REFUSED)
def test_what_is_refused_says_so(asked: str, said: str) -> None:
    metadata = ClientMetadata(name="An app", redirect_uris=(REDIRECT,), **MAY_ASK)  # type: ignore[arg-type]  # pydantic validates
    with pytest.raises(DetailsError) as refused:
        parse_details(asked)
        refuse_beyond(asked, metadata)
    assert str(refused.value) == said


def test_the_page_shows_refusals() -> None:
    assert len(REFUSED) == 4
