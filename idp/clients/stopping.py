"""Stopping an app at once, by the operator's command or an administrator's page."""

from consent.ledger.append import Ledger
from foundation.database import Transaction
from idp.clients.declarations import Hand
from idp.clients.events import ClientSuspended
from idp.clients.registry import suspend_client


async def stop_client(ledger: Ledger, tx: Transaction, client_id: str, hand: Hand) -> bool:
    """No sign-in, no token, no read from here on, and that is recorded; False when it was not active."""
    if not await suspend_client(tx, client_id, hand.now):
        return False
    event = ClientSuspended(client=client_id)
    await ledger.append(tx, event, person=hand.person, now=hand.now, request_id=hand.request_id)
    return True
