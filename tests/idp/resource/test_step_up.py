"""Step-up (RFC 9470): some data asks for a recent sign-in; the answer says how recent, and that is enough."""

import re
from pathlib import Path

import pytest

from foundation.clock import MINUTE
from foundation.errors import SettingsError
from foundation.settings import Settings, load_settings
from idp.resource.step_up import seconds_for
from tests.idp.support import World, settings_for
from tests.idp.tokens import refused
from tests.idp.visitor import Visitor, sent_back

MOST = 300


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, step_up=f"skills={MOST}, benefits=60")


async def test_an_old_sign_in_is_asked_again_and_a_new_one_reads(house: World, visitor: Visitor) -> None:
    back = await visitor.consented(scope=["skills", "email"])
    tokens = (await house.redeem(back["code"])).json()
    assert (await house.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    visitor.clock.advance(6 * MINUTE)
    tokens = (await house.refresh(tokens["refresh_token"])).json()  # a younger token, not a younger sign-in
    answer = await house.read("/v1/me/skills", tokens["access_token"])
    refused(answer, "insufficient_user_authentication", 401)
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer resource_metadata="')
    assert 'error="insufficient_user_authentication"' in challenge
    assert len(await house.events("data.read")) == 1
    # Other data does not ask for it.
    assert (await house.read("/v1/me", tokens["access_token"])).status_code == 200
    # The challenge's own words lead to a token that reads.
    [max_age] = re.findall(r'max_age="([0-9]+)"', challenge)
    assert sent_back(await visitor.ask(max_age=max_age, prompt="none"))["error"] == "login_required"
    back = sent_back(await visitor.sign_in(await visitor.ask(max_age=max_age)))
    tokens = (await house.redeem(back["code"])).json()
    assert (await house.read("/v1/me/skills", tokens["access_token"])).status_code == 200


async def test_what_is_not_shared_is_told_first(house: World, visitor: Visitor) -> None:
    back = await visitor.consented(scope=["email"])
    first = (await house.redeem(back["code"])).json()
    visitor.clock.advance(6 * MINUTE)
    tokens = (await house.refresh(first["refresh_token"])).json()
    refused(await house.read("/v1/me/skills", tokens["access_token"]), "insufficient_scope", 403)


def test_a_setting_that_means_nothing_is_refused() -> None:
    assert load_settings(step_up="skills=60").step_up_seconds == {"skills": 60}
    assert seconds_for(load_settings(step_up="skills=60"), "email") is None
    for wrong in ("skills", "skills=soon", "skills=-1", "=60", "skills=60,,", "skills=60 email=60"):
        with pytest.raises(SettingsError):
            load_settings(step_up=wrong)
    with pytest.raises(SettingsError, match="nonsense"):
        seconds_for(load_settings(step_up="nonsense=60"), "skills")
