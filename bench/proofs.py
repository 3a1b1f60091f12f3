"""What verifying a DPoP proof costs: `python -m bench.proofs`. CPU microseconds a call, medians of rounds."""

import statistics
import time
from collections.abc import Callable
from functools import partial

from bench.possession import KINDS, make_proof, new_key
from foundation.clock import SECOND
from idp.dpop import jwk
from idp.dpop.nonces import is_nonce, nonce_at
from idp.dpop.proof import Call, read_proof

NOW = 1_800_000_000 * SECOND
CALL = Call("GET", "https://id.example/v1/me/skills", "x" * 900)
NONCE_KEY = b"k" * 32
ROUNDS, CALLS = 20, 200


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
    for alg in KINDS:
        nonce, token = nonce_at(NONCE_KEY, NOW), CALL.token or ""
        text = make_proof(new_key(alg), CALL.method, CALL.url, NOW // SECOND, nonce=nonce, token=token)
        known, new = cost(partial(verify, text)), cost(partial(verify_of_a_new_key, text))
        print(f"{alg:7}{known:10.0f}{new:10.0f}")


if __name__ == "__main__":
    main()
