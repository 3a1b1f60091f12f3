"""openid-client (npm) exchanges a token (RFC 8693): one app acts for another, until either is ended."""

import json
import secrets
from pathlib import Path

import pytest

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.exchange.asked import ACCESS_TOKEN
from idp.exchange.grant import ExchangeGrant
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it


async def test_one_app_acts_for_another(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    key, mark = app_key(), secrets.token_hex(4)
    coach, adviser = f"coach-{mark}", f"adviser-{mark}"
    common = {
        "redirect_uris": (REDIRECT,),
        "auth_method": "private_key_jwt",
        "jwks": json.dumps({"keys": [key.as_dict(private=False)]}),
        "required_scopes": ("openid",),
        "optional_scopes": ("skills",),
    }
    kinds = ("authorization_code", ExchangeGrant.GRANT_TYPE)
    async with open_server(house.settings) as server:
        await register_client(server, coach, ClientMetadata(name="Coach", **common))
        await register_client(server, adviser, ClientMetadata(name="Adviser", grant_types=kinds, **common))
    her = await house.person()
    said = npm.run(
        "exchange.mjs",
        {
            "issuer": house.issuer,
            "coach": coach,
            "adviser": adviser,
            "jwk": key.as_dict(private=True),
            "redirect_uri": REDIRECT,
            "email": her.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said["without"] == "invalid_target"
    assert (said["type"], said["scope"]) == (ACCESS_TOKEN, "openid skills")
    assert [one.lower() for one in said["types"]] == ["bearer", "dpop"]
    assert said["act"] == {"sub": adviser, "act": {"sub": coach}}
    assert (said["active"], said["same"]) == (True, True)
    assert said["reads"] == [200, 200, 401]
    assert (said["wider"], said["elsewhere"]) == ("invalid_scope", "invalid_target")
