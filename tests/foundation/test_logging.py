"""What a log line never holds."""

import contextlib
import io
import json
import logging

import pytest
import structlog

from foundation.logging import TRACE, ForbiddenFieldError, Redact, configure_logging, describe, is_forbidden


@pytest.fixture
def lines():
    """Configured logging, read back; everything is put back as it was."""
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    before = (root.handlers[:], root.level, structlog.get_config(), access.disabled)
    stream = io.StringIO()
    configure_logging(stream=stream, level="debug")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])
    access.disabled = before[3]


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "access_token",
        "client_secret",
        "new_password",
        "code",
        "user_email",
        "Cookie",
        "session_id",
        "dpop_nonce",
    ],
)
def test_names_that_hold_secrets_are_refused(name, refused_fields):
    assert is_forbidden(name)
    with pytest.raises(ForbiddenFieldError):
        Redact(strict=True)(None, "info", {name: "x"})
    assert refused_fields == [name]
    refused_fields.clear()


@pytest.mark.parametrize(
    "name", ["error_code", "status_code", "event", "path", "decoded", "trace_id", "key_id", "tokens_left"]
)
def test_harmless_names_pass(name):
    assert not is_forbidden(name)


def test_a_line_is_json_with_its_trace_and_without_secrets(lines):
    TRACE.set("ab" * 16)
    structlog.get_logger().info(
        "refused", email="amina@example.org", nested={"password": "demo", "n": 1}, status=403
    )
    TRACE.set("")
    structlog.get_logger().warning("later")
    first, second = lines()
    assert first["trace_id"] == "ab" * 16
    assert first["email"] == first["nested"]["password"] == "[redacted]"
    assert first["nested"]["n"] == 1
    assert "trace_id" not in second
    assert "amina" not in json.dumps([first, second])


def _fail(error: Exception, cause: Exception | None = None) -> None:
    raise error from cause


def test_an_exception_is_logged_without_its_text(lines):
    try:
        _fail(RuntimeError("amina again"), ValueError("Key (email)=(amina@example.org) already exists"))
    except RuntimeError:
        structlog.get_logger().exception("failed")
    structlog.get_logger().error("twice", exc_info=KeyError("amina"))
    structlog.get_logger().error("thrice", exc_info=(KeyError, KeyError("amina"), None))
    structlog.get_logger().error("none", exc_info=False)
    written = lines()
    assert written[0]["exception"].startswith("RuntimeError at test_logging.py")
    assert written[0]["exception"].endswith("caused by ValueError at ?")
    assert written[1]["exception"] == written[2]["exception"] == "KeyError at ?"
    assert "exception" not in written[3]
    assert "amina" not in json.dumps(written)


def test_the_suite_is_strict(refused_fields):
    """At any level, in a part, and also where the exception is swallowed."""
    with pytest.raises(ForbiddenFieldError):
        structlog.get_logger().debug("refused", nested={"email": "amina@example.org"})
    with contextlib.suppress(ForbiddenFieldError):  # what an endpoint's last resort may do
        structlog.get_logger().exception("failed", token="x")
    assert refused_fields == ["email", "token"]
    refused_fields.clear()


def test_libraries_speak_only_when_something_is_wrong(lines):
    logging.getLogger("authlib").debug("token=abc")
    logging.getLogger("authlib").info("token=abc")
    logging.getLogger("uvicorn.access").info("GET /authorize?state=abc")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("asyncpg").warning("slow")
    assert [(line["event"], line["logger"]) for line in lines()] == [
        ("started", "uvicorn.error"),
        ("slow", "asyncpg"),
    ]


def test_what_was_being_handled_is_told_unless_it_was_put_aside():
    told, aside = RuntimeError(), RuntimeError()
    told.__context__ = aside.__context__ = ValueError()
    aside.__suppress_context__ = True
    assert describe(told) == "RuntimeError at ? caused by ValueError at ?"
    assert describe(aside) == "RuntimeError at ?"
