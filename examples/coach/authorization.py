"""The two ends of the trip to Accord: the URL we send people to, and the answer they come back with.

Pure but for the random values: no network, no storage.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.coach.discovery import Metadata
from examples.coach.problems import SignInError
from examples.coach.settings import SCOPES

_LONGEST_VALUE = 4096


class Refusal(StrEnum):
    """What became of a sign-in that gave no code: the name of the page that tells it."""

    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Pending:
    """One trip that has begun: what only this browser and we know of it."""

    visitor: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Answer(NamedTuple):
    """The parameters of the callback, each given at most once. `iss` is empty when absent."""

    state: str
    code: str
    error: str
    iss: str


def begin(visitor: str) -> Pending:
    """A trip with fresh random values. verifier: 64 characters (RFC 7636 section 4.1 allows 43 to 128)."""
    return Pending(
        visitor=visitor,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )


def authorization_url(
    client: AsyncOAuth2Client, metadata: Metadata, pending: Pending, *, language: str, ask_again: bool
) -> str:
    """Where to send the browser.

    ask_again: the person wants to reconsider what she shares (`prompt=consent`).
    """
    url, _ = client.create_authorization_url(
        metadata.authorization_endpoint,
        scope=" ".join(SCOPES),
        state=pending.state,
        nonce=pending.nonce,
        code_verifier=pending.verifier,
        ui_locales=language,
        **({"prompt": "consent"} if ask_again else {}),
    )
    return str(url)


def parse_answer(pairs: Sequence[tuple[str, str]]) -> Answer:
    """The callback's query.

    Raises SignInError when a parameter comes twice (RFC 6749 section 3.1) or is huge.
    """
    known: dict[str, str] = {}
    for name, value in pairs:
        if name in Answer._fields:
            if name in known or len(value) > _LONGEST_VALUE:
                raise SignInError("callback: repeated or oversized parameter")
            known[name] = value
    return Answer(**{name: known.get(name, "") for name in Answer._fields})


def outcome(answer: Answer, metadata: Metadata) -> str | Refusal:
    """The code to redeem, or why there is none. `state` was checked when the pending trip was found.

    `iss` comes first, for errors too: an answer of another server says nothing to us (RFC 9207 section 2.4).
    Raises SignInError when the answer cannot be trusted.
    """
    if answer.iss != metadata.issuer and (answer.iss or metadata.iss_in_answer):
        raise SignInError("callback: iss")
    if answer.error:
        return _REFUSALS.get(answer.error, Refusal.FAILED)
    if not answer.code:
        raise SignInError("callback: no code")
    return answer.code


_REFUSALS = {
    "access_denied": Refusal.REFUSED,
    "temporarily_unavailable": Refusal.BUSY,
    "server_error": Refusal.BUSY,
}
