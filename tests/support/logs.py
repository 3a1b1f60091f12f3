"""Logs as in production, and strict: whoever logs a field that may hold a secret or a person fails a test.

The call itself raises; and because much of what logs is there to swallow exceptions, each refusal is also
kept, and the test that caused it fails when it ends.
"""

import sys
from typing import TextIO, cast

from structlog.typing import EventDict, WrappedLogger

from foundation.logging import ForbiddenFieldError, Redact, configure_logging

REFUSED: list[str] = []  # names of fields, since the test began


class _CurrentError:
    """Standard error as it is now: pytest replaces it again and again."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def be_strict() -> None:
    """Configure logging for the run, each level included. Before any handler of a test is in place."""
    ask = Redact.__call__

    def remembering(self: Redact, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        try:
            return ask(self, logger, method, event)
        except ForbiddenFieldError as error:
            REFUSED.append(str(error))
            raise

    Redact.__call__ = remembering  # type: ignore[method-assign]  # for this run, which this is about
    configure_logging(level="debug", stream=cast("TextIO", _CurrentError()), strict=True)
