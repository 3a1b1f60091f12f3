"""What verifying a DPoP proof costs: `python -m bench.proofs`. CPU microseconds a call, medians of rounds."""

import json
import statistics
import time
from collections.abc import Callable

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from foundation.clock import SECOND
from idp.dpop import jwk
from idp.dpop.nonces import is_nonce, nonce_at
from idp.dpop.proof import Call, ath_of, read_proof
from keys.sign import b64url

NOW = 1_800_000_000 * SECOND
CALL = Call("GET", "https://id.example/v1/me/skills", "x" * 900)
NONCE_KEY = b"k" * 32
ROUNDS, CALLS = 20, 200
KINDS = (
    ("ES256", ECKey.generate_key("P-256"), ("kty", "crv", "x", "y")),
    ("EdDSA", OKPKey.generate_key("Ed25519"), ("kty", "crv", "x")),
    ("RS256", RSAKey.generate_key(2048), ("kty", "e", "n")),
    ("PS256", RSAKey.generate_key(2048), ("kty", "e", "n")),
)


def proof(alg, key, members):
    public = key.as_dict(private=False)
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": {name: public[name] for name in members}}
    claims = {
        "jti": "0123456789abcdef",
        "htm": CALL.method,
        "htu": CALL.url,
        "iat": NOW // SECOND,
        "ath": ath_of(CALL.token or ""),
        "nonce": nonce_at(NONCE_KEY, NOW),
    }
    signed = ".".join(b64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{b64url(jws.JWSRegistry.algorithms[alg].sign(signed.encode(), key))}"


def cost(work: Callable[[], object]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(CALLS):
            work()
        rounds.append((time.process_time() - started) / CALLS * 1e6)
    return statistics.median(rounds)


def verify(text: str) -> None:
    found = read_proof(text, CALL, NOW)
    if not is_nonce(NONCE_KEY, found.nonce or "", NOW):
        raise ValueError(found.nonce)


def verify_of_a_new_key(text: str) -> None:
    for cache in (jwk._ec, jwk._okp, jwk._rsa):  # noqa: SLF001  # as if it were never seen
        cache.cache_clear()
    verify(text)


def main() -> None:
    print("alg     known key   new key   (us of CPU a proof)")
    for alg, key, members in KINDS:
        text = proof(alg, key, members)
        known, new = cost(lambda text=text: verify(text)), cost(lambda text=text: verify_of_a_new_key(text))
        print(f"{alg:7}{known:10.0f}{new:10.0f}")


if __name__ == "__main__":
    main()
