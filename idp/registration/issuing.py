"""Letting others register apps, and no more: by the operator's command, by an administrator's page."""

from foundation.database import Transaction
from idp.clients.declarations import Hand
from idp.context import Server
from idp.registration import tokens
from idp.registration.events import RegistrationTokenMade, RegistrationTokenRevoked


async def issue_token(server: Server, tx: Transaction, wish: tokens.Wish, hand: Hand) -> tuple[str, str]:
    """Make an initial access token, and record it: its id, and its text, which nobody can be shown again."""
    made = await tokens.make(tx, wish, server.secrets.token_hash, hand)
    event = RegistrationTokenMade(
        token=made[0], scopes=" ".join(wish.policy.approved), uses=wish.uses, pkce=wish.policy.pkce
    )
    await server.ledger.append(tx, event, person=hand.person, now=hand.now, request_id=hand.request_id)
    return made


async def revoke_token(server: Server, tx: Transaction, token_id: str, hand: Hand) -> bool:
    """Nobody registers by it any more, and that is recorded; False where it was revoked, or never was."""
    if not await tokens.revoke(tx, token_id, hand.now):
        return False
    event = RegistrationTokenRevoked(token=token_id)
    await server.ledger.append(tx, event, person=hand.person, now=hand.now, request_id=hand.request_id)
    return True
