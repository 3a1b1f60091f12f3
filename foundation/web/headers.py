"""The headers of every answer, and a page's Content-Security-Policy.

Defaults are the strictest that hold for data; a page brings its own policy, made from what it really used.
"""

from collections.abc import Iterable

Pairs = tuple[tuple[bytes, bytes], ...]

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def default_headers(*, secure: bool) -> Pairs:
    """What an answer gets unless it set the header itself. secure: browsers reach us over TLS."""
    pairs = (
        (b"content-security-policy", _NOTHING.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        # `no-referrer` would make Chromium send `Origin: null` with our own forms.
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )
    return (*pairs, _HSTS) if secure else pairs


def page_policy(
    *, scripts: bool, nonce: str = "", form_action: Iterable[str] = (), frames: Iterable[str] = ()
) -> str:
    """The Content-Security-Policy of a page (CSP Level 3).

    scripts: whether it loads one of our own script files.
    nonce: of its inline script, "" for none.
    form_action: origins, beyond our own, where its POST ends after redirects: a partner's validated redirect
        origin, without which Chromium blocks the 303. Raises ValueError for what could end the directive.
    frames: the only origins that it may frame, none by default; the same holds for them.
    """
    sources = [*(["'self'"] if scripts else []), *([f"'nonce-{nonce}'"] if nonce else [])]
    targets, framed = ["'self'", *form_action], sorted(set(frames))
    if any(set(target) & set(" ;,\r\n\t") for target in (*targets, *framed)):
        raise ValueError("a source of a policy is one origin")
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'none'",
            *([f"script-src {' '.join(sources)}"] if sources else []),
            *(["connect-src 'self'"] if scripts else []),
            *([f"frame-src {' '.join(framed)}"] if framed else []),
            f"form-action {' '.join(targets)}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
