"""The outermost layer: of what a proxy tells, only what our own proxies tell gets in.

Off unless `ACCORD_CLIENT_CERTIFICATE_HEADER` and `ACCORD_TRUSTED_PROXIES` are set. It stands before the layer
that takes the caller's address from the proxy: after it, nobody could say who the proxy was.
"""

from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from foundation.settings import Settings

KEY = "accord.certificate"  # in the scope: the header's value, as the proxy sent it


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as proxies reach it; itself where no header of certificates is set."""
    if not settings.client_certificate_header:
        return app
    return _Certificates(app, settings)


class _Certificates:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._name = settings.client_certificate_header.lower().encode()
        self._proxies = [ip_network(one) for one in settings.trusted_proxies.split(",")]
        # The same type by another name: uvicorn's own protocol classes stand in its signature.
        self._inner: ASGIApp = ProxyHeadersMiddleware(app, settings.trusted_proxies)  # type: ignore[arg-type, assignment]  # ASGI twice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = [value for name, value in scope["headers"] if name == self._name]
            if len(given) == 1 and self._is_ours(scope):
                scope[KEY] = given[0]
        await self._inner(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        """Whether the connection itself comes from a proxy of ours."""
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:  # a socket file, or nothing
            return False
        return any(peer in network for network in self._proxies)
