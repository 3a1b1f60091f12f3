"""/help: what sharing with Accord means, for anyone, signed in or not."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.web.templates import render


class HelpPages:
    """One page."""

    def mount(self, router: APIRouter) -> None:
        router.add_api_route("/help", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Questions people ask."""
        return render(request, "consent/help.html")
