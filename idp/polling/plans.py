"""What a poll writes; redemption is the plan of a code (idp/token/plans.py)."""

from typing import NamedTuple

from idp.polling import store
from idp.token.writing import Refused, Work


class Waiting(NamedTuple):
    """A poll while nobody has answered: in time, or too soon."""

    polled_id: str

    async def apply(self, work: Work) -> Refused | None:
        if await store.poll(work.tx, self.polled_id, work.now):
            return None  # authorization_pending, as was decided
        return Refused("slow_down", "Polled too soon: wait five seconds more than before between two polls.")
