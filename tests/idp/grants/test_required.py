"""A server that requires a grant management action in each authorization request (draft 03, section 7.1)."""

from pathlib import Path

import pytest

from foundation.settings import Settings
from tests.idp.support import World, settings_for
from tests.idp.visitor import Visitor, sent_back


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return settings_for(sqlite_url, tmp_path, grant_management_action_required=True)


async def test_it_says_so_and_refuses_a_request_without(house: World, visitor: Visitor) -> None:
    metadata = (await house.http.get("/.well-known/openid-configuration")).json()
    assert metadata["grant_management_action_required"] is True
    assert sent_back(await visitor.ask())["error"] == "invalid_request"
    page = await visitor.start(grant_management_action="create")
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))
