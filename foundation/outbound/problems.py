"""Why a fetch gave nothing: one stable code for each reason, and nothing of the other side's words.

Descriptions are the same wherever an address leads, so that an app cannot read our network off them; the
detail, for our log, names the host and at most an address, never a path, a query or a header.
"""

import contextlib
import ssl
from collections.abc import Iterator

import httpcore2

from foundation.errors import AccordError


class OutboundError(AccordError):
    """A fetch that gave nothing, or that is not tried."""


class ForbiddenAddressError(Exception):
    """A host is, or resolves to, an address off the public Internet."""


class UnresolvedError(Exception):
    """A name has no address."""


class TooMuchError(Exception):
    """A peer sent more than it may."""


@contextlib.contextmanager
def told(host: str) -> Iterator[None]:
    """Turn every failure of a fetch from `host` into an OutboundError."""
    try:
        yield
    except (TimeoutError, httpcore2.TimeoutException):
        raise _too_slow(host) from None
    except TooMuchError:
        raise _too_big(host) from None
    except ForbiddenAddressError as error:
        raise forbidden(f"{host} is at {error}") from None
    except UnresolvedError:
        raise _unreachable(f"{host} has no address") from None
    except (httpcore2.NetworkError, OSError) as error:
        raise _untrusted_or_unreachable(host, error) from None
    except httpcore2.ProtocolError as error:
        raise bad_answer(f"{host}: {type(error).__name__}") from None


def bad_url(description: str) -> OutboundError:
    """For an address that no fetch is tried for."""
    return OutboundError("outbound_bad_url", description)


def forbidden(detail: str) -> OutboundError:
    """For a host that is not on the public Internet, and is not exempt."""
    return OutboundError(
        "outbound_forbidden", "The address does not lead to a host of the public Internet.", detail=detail
    )


def redirected(detail: str) -> OutboundError:
    """For an answer that sends elsewhere."""
    return OutboundError(
        "outbound_redirect",
        "The address answers with a redirect, and none is followed: give the final one.",
        status=502,
        detail=detail,
    )


def refused(detail: str) -> OutboundError:
    """For an answer with another status than 200."""
    return OutboundError("outbound_status", "The address answers with an error.", status=502, detail=detail)


def bad_answer(detail: str) -> OutboundError:
    """For an answer that is not what was asked for, or not HTTP."""
    return OutboundError(
        "outbound_bad_answer",
        "The address does not answer with plain, uncompressed HTTP.",
        status=502,
        detail=detail,
    )


def _too_slow(host: str) -> OutboundError:
    return OutboundError("outbound_timeout", "The address took too long to answer.", status=504, detail=host)


def _too_big(host: str) -> OutboundError:
    return OutboundError("outbound_too_big", "The address answers with too much.", status=502, detail=host)


def _unreachable(detail: str) -> OutboundError:
    return OutboundError(
        "outbound_unreachable", "The address could not be reached.", status=502, detail=detail
    )


def _untrusted_or_unreachable(host: str, error: Exception) -> OutboundError:
    cause = error.__cause__
    if not isinstance(cause, ssl.SSLError):
        return _unreachable(f"{host}: {type(cause or error).__name__}")
    return OutboundError(
        "outbound_untrusted",
        "The address does not prove by TLS that it is the host it names.",
        status=502,
        detail=f"{host}: {getattr(cause, 'verify_message', '') or type(cause).__name__}",
    )
