"""How this room has a mail sent: by whoever knows accounts and addresses."""

from collections.abc import Mapping
from typing import Protocol

from foundation.database import Transaction

Data = Mapping[str, str | int]


class Post(Protocol):
    """Queues mails to people, in the caller's unit."""

    async def write(self, tx: Transaction, person_id: str, template: str, data: Data, now: int) -> None:
        """Write to a person in her language; to one who is gone, nothing.

        data: what the text needs; an integer is a moment (microseconds), told in her language. `path`: where
        the mail's link leads, on this server.
        """
        ...
