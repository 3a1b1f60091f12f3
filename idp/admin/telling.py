"""A mail to the partner whose request was decided: it says that there is an answer, and where to read it."""

from foundation.database import Transaction
from idp.clients.versions import Version
from idp.context import Server
from idp.people.accounts import find_account, open_holder
from idp.people.outbox import Outbox


async def tell_partner(server: Server, tx: Transaction, decided: Version, now: int) -> None:
    """Queue the mail in the unit of the decision; nobody is told of what the operator declared."""
    if decided.submitted_by is None:
        return
    account = await find_account(tx, decided.submitted_by)
    holder = await open_holder(tx, server.people, account)
    if holder is not None:
        link = f"{server.issuer}/partner/apps/{decided.client_id}"
        outbox = Outbox(server.people, server.secrets.people)
        await outbox.write_to(holder, tx, f"declaration-{decided.state}", {"link": link}, now)
