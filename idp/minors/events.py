"""The ledger events of a parent's part in a child's consent.

The person of each leaf is the child: her history tells who agreed to what. The parent stands in it as the id
of the account that answered, sealed with her other values, and by no address: once that account is erased,
the id leads nowhere.
"""

from typing import Literal

from consent.ledger.events import Event, event, sealed


@event("parent.asked", log="consent")
class ParentAsked(Event):
    """A child asks a parent to agree to what she chose; `scopes` are those she chose."""

    client: str
    scopes: str
    agreement: str
    choice: str  # hash of the choice


@event("parent.answered", log="consent")
class ParentAnswered(Event):
    """A parent, signed in, agreed or refused. Agreeing alone shares nothing: the child's click does."""

    client: str
    scopes: str
    agreement: str
    choice: str
    answer: Literal["agreed", "refused"]
    parent: str = sealed()  # id of the account


@event("parent.ended", log="consent", stays_open=True)
class ParentEnded(Event):
    """A parent took back what was agreed to; the grant's own event says that it ended."""

    client: str
    grant: str | None  # None when the child had not used it yet
    agreement: str
    parent: str = sealed()
