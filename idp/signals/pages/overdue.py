"""The page of an app that may ask nothing new for now: the way back carries its error, once clicked."""

from starlette.requests import Request
from starlette.responses import Response

from foundation.web.templates import render
from idp.clients.registry import Client


def overdue_page(request: Request, client: Client, back: str) -> Response:
    """Why nothing is asked, and the way back to the app. back: its redirect URI with the error."""
    return render(request, "signals/overdue.html", status=403, app=client.metadata.name, back=back)
