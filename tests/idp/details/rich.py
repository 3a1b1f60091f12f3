"""Requests by details, and what came of them."""

import json
from typing import Any

import httpx

from tests.idp.support import World
from tests.idp.visitor import Visitor, read, sent_back

JSON = dict[str, Any]
MAY_ASK = {
    "authorization_details_types": ("career_data",),
    "optional_scopes": (
        "email",
        "skills",
        "skills:write",
        "languages",
        "experiences",
        "trainings",
        "offline_access",
    ),
}
BASE = "openid offline_access"


def detail(*datasets: str, **members: Any) -> JSON:
    return {"type": "career_data", "datasets": [*datasets], "actions": ["read"]} | members


def asking(*details: Any, **fields: Any) -> JSON:
    """The parameters of a request by details, beside openid."""
    return {"scope": BASE, "authorization_details": json.dumps(details)} | fields


async def redeemed(house: World, back: dict[str, str], **fields: str) -> JSON:
    answer = await house.redeem(back["code"], **fields)
    assert answer.status_code == 200, answer.text
    body: JSON = answer.json()
    return body


async def agreed(house: World, visitor: Visitor, asked: JSON, **ticked: Any) -> JSON:
    """She signs in and agrees; the token answer."""
    page = await visitor.start(**asked)
    return await redeemed(house, sent_back(await visitor.decide(page, **ticked)))


def boxes(page: httpx.Response) -> set[str]:
    return {value for name, value in read(page).boxes if name == "scope"}


async def data(house: World, dataset: str, body: JSON) -> Any:
    """What a token answer's access token reads of a dataset."""
    answer = await house.read(f"/v1/me/{dataset}", body["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
