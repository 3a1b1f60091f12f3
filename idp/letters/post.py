"""How consent/mirror has a mail sent: into the outbox, to an account's own address, in its own language."""

from collections.abc import Mapping

from foundation.database import Transaction
from idp.context import Server
from idp.people.accounts import find_account, open_holder
from idp.people.outbox import Outbox


class ConsentPost:
    """The `Post` of consent/mirror."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._outbox = Outbox(server.people, server.secrets.people)

    async def write(
        self, tx: Transaction, person_id: str, template: str, data: Mapping[str, str | int], now: int
    ) -> None:
        """Queue a mail; nothing for whoever has no account any more, or never proved her address."""
        account = await find_account(tx, person_id)
        holder = await open_holder(tx, self._server.people, account)
        if holder is None or holder.account.email_verified_at is None:
            return
        filled = {name: value for name, value in data.items() if name != "path"}
        filled["link"] = f"{self._server.issuer}{data['path']}"
        await self._outbox.write_to(holder, tx, template, filled, now)
