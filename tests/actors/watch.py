"""What no page may do, seen from the browser: reach outside, break its own policy, forget a header.

A watch is put on every page that an actor opens; the fixture that made the browser asks it at the end.
"""

from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request, Response

# An answer that is an error page is told on the console by the browser itself; the tests look at the page.
_ANSWERED = "Failed to load resource: the server responded with a status of"
_NO_DATE = "does not conform to the required format"  # a field that shows again what was wrong with it


class Watch:
    """Complaints about a page, in the order seen. ours: origins that may be asked for anything."""

    def __init__(self, page: Page, ours: set[str], strict: str) -> None:
        self.complaints: list[str] = []
        self._ours = ours
        self._strict = strict
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def allow(self, origin: str) -> None:
        """One more origin that may be asked: an app that the person goes back to."""
        self._ours.add(origin)

    def _console(self, message: ConsoleMessage) -> None:
        expected = message.text.startswith(_ANSWERED) or _NO_DATE in message.text
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if _origin(request.url) not in self._ours and not request.url.startswith("data:"):
            self.complaints.append(f"request to {request.url}")

    def _response(self, response: Response) -> None:
        if _origin(response.url) == self._strict and response.request.resource_type == "document":
            self.complaints += [f"{response.url}: {said}" for said in _missing(response.headers)]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _missing(headers: dict[str, str]) -> list[str]:
    """Which of a page's security headers are missing or weak."""
    policy = headers.get("content-security-policy", "")
    asked = {
        "default-src 'none'": "default-src 'none'" in policy,
        "frame-ancestors 'none'": "frame-ancestors 'none'" in policy,
        "base-uri 'none'": "base-uri 'none'" in policy,
        "form-action": "form-action" in policy,
        "no inline code": "unsafe-" not in policy,
        "nosniff": headers.get("x-content-type-options") == "nosniff",
        "no-store": "no-store" in headers.get("cache-control", ""),
        "referrer-policy": headers.get("referrer-policy") in {"same-origin", "no-referrer"},
        "opener": headers.get("cross-origin-opener-policy") == "same-origin",
        "no server name": "server" not in headers,
    }
    return [name for name, held in asked.items() if not held]
