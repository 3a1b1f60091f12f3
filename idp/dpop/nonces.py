"""Server nonces (RFC 9449 sections 8 and 9): what makes a proof one of now, without keeping any.

A nonce is a MAC of the current five minutes: every node makes and knows the same ones, and the next period's
is good already where a clock runs ahead.
"""

import hmac
from functools import lru_cache

from foundation.clock import MINUTE
from keys.seal import keyed_hash
from keys.sign import b64url

PERIOD = 5 * MINUTE


def nonce_at(key: bytes, now: int) -> str:
    """The nonce to give at `now` (microseconds)."""
    return _of_period(key, now // PERIOD)


def is_nonce(key: bytes, shown: str, now: int) -> bool:
    """Whether a nonce is the present one, the one before, or the one that comes."""
    period = now // PERIOD
    text = shown.encode("utf-8", "surrogatepass")
    return any(
        hmac.compare_digest(text, _of_period(key, one).encode()) for one in (period, period - 1, period + 1)
    )


@lru_cache(maxsize=64)
def _of_period(key: bytes, period: int) -> str:
    return b64url(keyed_hash(key, b"dpop nonce %d" % period))
