"""Apps, and the administrator who looks at them."""

from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Registration, add_client
from tests.idp.people.house import Browser, House


async def register(house: House, client_id: str, **metadata: object) -> None:
    made = ClientMetadata(
        **{"name": "Cap Coaching", "redirect_uris": ("https://cap.example/callback",), **metadata}
    )
    async with house.db.transaction() as tx:
        await add_client(tx, Registration(client_id, made), house.clock.now())


async def administrator(house: House, email: str = "admin@example.org") -> Browser:
    await house.account(email, role="administrator")
    return await house.signed_in(email)
