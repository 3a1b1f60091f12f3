"""What discovery says of proofs is what works, and nothing works that it does not say."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from idp.discovery import OAUTH_PATH, OPENID_PATH, RESOURCE_PATH
from tests.idp.dpop.holder import Holder, claims_at, key, sealed
from tests.idp.support import ISSUER, World
from tests.idp.tokens import refused

OWN = {"grant_type": "client_credentials"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Documents do not depend on the engine."""
    return sqlite_url


async def announced(world: World) -> list[str]:
    found = [(await world.http.get(path)).json() for path in (OPENID_PATH, OAUTH_PATH, RESOURCE_PATH)]
    [one] = {tuple(document["dpop_signing_alg_values_supported"]) for document in found}
    return list(one)


async def test_each_announced_algorithm_works(world: World) -> None:
    algorithms = await announced(world)
    assert {"ES256", "EdDSA", "PS256"} <= set(algorithms)
    nonce = (await Holder(world).learn()).nonce
    for alg in algorithms:
        holder = Holder(world, key(alg), alg, nonce)
        answer = await holder.post("/token", OWN)
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "DPoP"


UNANNOUNCED: tuple[tuple[str, Any], ...] = (
    ("ES384", lambda: ECKey.generate_key("P-384")),
    ("ES512", lambda: ECKey.generate_key("P-521")),
    ("ES256K", lambda: ECKey.generate_key("secp256k1")),
    ("RS384", lambda: key("RS256")),
    ("PS512", lambda: key("RS256")),
    ("Ed448", lambda: OKPKey.generate_key("Ed448")),
)


@pytest.mark.parametrize(("alg", "make"), UNANNOUNCED, ids=[alg for alg, _ in UNANNOUNCED])
async def test_no_other_algorithm_does(world: World, alg: str, make: Any) -> None:
    holder, of = await Holder(world).learn(), make()
    assert alg not in await announced(world)
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": of.as_dict(private=False)}
    claims = claims_at(world.clock.now(), "POST", f"{ISSUER}/token", nonce=holder.nonce)
    refused(await holder.post("/token", OWN, sealed(header, claims, of, alg)), "invalid_dpop_proof")


async def test_bearer_tokens_are_taken_and_said_to_be(world: World) -> None:
    found = (await world.http.get(RESOURCE_PATH)).json()
    assert found["dpop_bound_access_tokens_required"] is False
    assert (await world.read("/v1/me", (await world.tokens())["access_token"])).status_code == 200
