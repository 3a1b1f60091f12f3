"""Logs: one JSON object a line, with the trace id, without secrets or personal data.

A field is refused by its name: whoever logs `email=` or `token=` gets `[redacted]` in the line (and an
exception in the test suite). Exceptions are logged as their type and where they were raised, never with
their text: a driver's message may quote the row it choked on.
"""

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

TRACE: ContextVar[str] = ContextVar("trace_id", default="")

_WORDS = re.compile(r"[a-z]+")
_SECRET_WORDS = frozenset({
    "assertion", "authorization", "birthdate", "code", "cookie", "credential", "email", "key", "nonce", "otp",
    "password", "phone", "secret", "session", "signature", "surname", "token", "username", "verifier",
})  # fmt: skip
# Names that hold one of those words and nothing secret.
_HARMLESS = frozenset({"error_code", "status_code", "key_id", "token_count"})
_REDACTED = "[redacted]"


class ForbiddenFieldError(Exception):
    """A log call named a field that may hold a secret or a personal datum (raised in tests only)."""


class Redact:
    """A structlog processor. strict: raise instead of redacting (the test suite's setting)."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return self._cleaned(dict(event))

    def _cleaned(self, fields: dict[str, Any]) -> dict[str, Any]:
        for name, value in fields.items():
            if is_forbidden(name):
                if self._strict:
                    raise ForbiddenFieldError(name)
                fields[name] = _REDACTED
            elif isinstance(value, dict):
                fields[name] = self._cleaned(dict(value))
        return fields


def is_forbidden(name: str) -> bool:
    """Whether a field of this name is kept out of the logs."""
    lowered = name.lower()
    return lowered not in _HARMLESS and not _SECRET_WORDS.isdisjoint(_WORDS.findall(lowered))


def _with_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    trace = TRACE.get()
    if trace:
        event["trace_id"] = trace
    return event


def _without_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`exc_info` as a type and a list of frames."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def describe(error: BaseException) -> str:
    """Types and places of an exception and what caused it, innermost last; no message of anyone's."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)[-12:]
        places = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}:{f.name}" for f in reversed(frames))
        parts.append(f"{type(seen).__qualname__} at {places or '?'}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return " caused by ".join(parts)


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def configure_logging(*, level: str = "info", stream: TextIO | None = None, strict: bool = False) -> None:
    """Set up structlog and the standard library's loggers; call once, before anything logs.

    stream: standard error when left out. strict: see `Redact`.
    Access lines of the HTTP server are off: they would hold query strings, and so codes and states.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
        _without_message,
        Redact(strict=strict),
    ]
    structlog.configure(
        processors=[*shared, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=stream is None,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.WARNING))  # libraries' own debug lines print tokens (Authlib does)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(threshold, logging.INFO))
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.disabled = True
