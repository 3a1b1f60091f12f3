"""A person asks an app to erase what it read: the one act of hers in this room, on the app's own page."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.grants import find_grant
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.kit import page_router
from idp.context import Server
from idp.people.access import Access
from idp.signals.erasure import Ended, ask_erasure

ERASE_PATH = "/account/apps/{grant_id}/erase"


class PersonPages:
    """Her part. What she is shown stands on the app's page (consent/pages), from signals/told.html."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._person = access.require_role("person")

    def router(self) -> APIRouter:
        """Its route."""
        router = page_router()
        router.add_api_route(ERASE_PATH, self.erase, methods=["POST"])
        return router

    async def erase(self, request: Request, grant_id: str) -> Response:
        """Ask; asking twice changes nothing. Only about a grant of hers that ended."""
        session = await self._person(request)
        await self._access.posted(request)
        now = self._server.clock.now()
        async with self._server.db.transaction() as tx:
            grant = await find_grant(tx, session.account_id or "", grant_id) if is_id(grant_id) else None
            if grant is None or grant.lives(now) or session.person is None:
                raise AccordError("not_found", "There is no such ended authorization.", status=404)
            ended = Ended(grant.client_id, grant.id, grant.revision, grant.subject)
            await ask_erasure(self._server, tx, ended, session.person, now)
        return RedirectResponse(f"/account/apps/{grant_id}#told", 303)
