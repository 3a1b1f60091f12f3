"""What the sign-in page shows of the request that waits for it."""

from idp.authorize import pending
from idp.authorize.answer import redirect_origin
from idp.authorize.routes import LEAVE_PATH
from idp.clients.registry import find_client
from idp.context import Server
from idp.people.room import PendingSignIn


async def describe_request(server: Server, request_id: str) -> PendingSignIn | None:
    """The app's name and its hints; None when the request is not there any more."""
    async with server.db.reading() as tx:
        row = await pending.find(tx, request_id, server.clock.now())
        client = None if row is None else await find_client(tx, row.client_id)
    if row is None or client is None or row.decided_at is not None:
        return None
    request = row.request
    return PendingSignIn(
        app_name=client.metadata.name,
        login_hint=(request.login_hint or "")[:254],
        ui_locales=request.ui_locales,
        ends_at=redirect_origin(request.redirect_uri),
        leave="" if request.polled else LEAVE_PATH + row.id,
    )
