"""What can go wrong between Accord and us, as few kinds as a person needs to be told.

None of them carries a token, a code or a text that came from outside: `reason` is always one of our own
words.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DEFAULT_WAIT = 30
_LONGEST_WAIT = 3600


class AccordProblemError(Exception):
    """Something at Accord, or on the way there, stopped us."""


class BusyError(AccordProblemError):
    """429 or 503: come back after `retry_after` seconds (1 to 3600)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"asked to wait {retry_after} s")
        self.retry_after = retry_after


class UnavailableError(AccordProblemError):
    """No answer, or an answer that cannot be used. `reason` goes to our log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class PausedError(UnavailableError):
    """403 `consent_paused`: she paused the access. The tokens stay good for when she resumes it."""


class WithdrawnError(AccordProblemError):
    """Accord no longer accepts our access: the person withdrew it, or its time is over."""


class EndedError(AccordProblemError):
    """The access token has expired and no refresh token came with it: "une seule fois" is over."""


class SignInError(AccordProblemError):
    """The sign-in cannot be trusted or finished. `reason` is one of our own words, for log and page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def retry_after(headers: Mapping[str, str], now: float) -> int:
    """Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3: seconds or a date), 1 to 3600."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(max(int(text), 1), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return _DEFAULT_WAIT
    wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.fromtimestamp(now, UTC)
    return min(max(round(wait.total_seconds()), 1), _LONGEST_WAIT)
