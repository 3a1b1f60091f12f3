"""The outermost layer: our own host only, security headers on every answer, error pages included."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from examples.kit.settings import Settings, origin_of


class SecurityHeaders:
    """Pure ASGI, so that nothing answers without passing here.

    `form-action` names Accord too: Chromium applies it to the redirect after the sign-in form.
    `Referrer-Policy: same-origin`: with `no-referrer` browsers would send `Origin: null` on our own forms.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._url = settings.url
        self._host = urlsplit(settings.url).netloc
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
                f"frame-ancestors 'none'; form-action 'self' {origin_of(settings.issuer)}"
            ),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", _cache(scope["path"]))
            await send(message)

        app = self._app
        if Headers(scope=scope).get("host") != self._host and scope["path"] != "/health/alive":
            app = self._elsewhere(scope["method"])
        await app(scope, receive, with_headers)

    def _elsewhere(self, method: str) -> ASGIApp:
        """Asked under another name (`localhost`, a rebound one): cookies and Accord's redirect need ours."""
        if method in {"GET", "HEAD"}:
            return RedirectResponse(f"{self._url}/", status_code=303)
        return PlainTextResponse("This is not the host you asked for.\n", status_code=421)


def _cache(path: str) -> str:
    """Pages hold what people shared: they are kept nowhere. The style sheet and the icon hold nothing."""
    return "public, max-age=3600" if path.startswith("/static/") else "no-store"
