"""What an app that keeps silent about an erasure may still do: nothing new.

Sign-in under a grant that stands goes on, whatever the app asks beside it; a question is not put to anybody.
"""

from consent.coverage import Ask, Covered
from foundation.database import Transaction
from idp.authorize.checks import Refusal
from idp.signals.erasure import is_overdue

# access_denied, not temporarily_unavailable: what an app tries again by itself would only go round.
OVERDUE = Refusal(
    "access_denied",
    "This application has not confirmed an erasure that was asked of it in time: until it has, it cannot ask "
    "for a new authorization. See the partner space.",
)


async def hold_back(
    tx: Transaction, client_id: str, answer: Covered | Ask, now: int
) -> Covered | Ask | Refusal:
    """What becomes of an answer of consent's for an app: the same, unless it is overdue.

    A change of what stands is then left unasked where what stands suffices.
    """
    if isinstance(answer, Covered) or not await is_overdue(tx, client_id, now):
        return answer
    standing = answer.standing
    if answer.why == "changed" and standing is not None and standing.meets(answer.request):
        return Covered(standing)
    return OVERDUE
