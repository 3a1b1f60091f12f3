"""Data that asks for a recent sign-in (RFC 9470): which, how recent, and what an app is told otherwise.

The operator says it (`ACCORD_STEP_UP`). A dataset that is not named there costs nothing more to read.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col
from starlette.requests import Request

from consent.catalogue import CATALOGUE
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError, SettingsError
from foundation.settings import Settings
from foundation.statements import Statement
from idp.clients.authentication import authorization_of
from idp.resource.pointing import pointer
from idp.token.tables import AccessToken, Line
from idp.token.text import unverified_jti


class _Signed(NamedTuple):
    auth_time: int


# The sign-in behind a token: refreshing a token does not make it younger.
_SIGNED = Statement(
    select(col(Line.auth_time))
    .join(AccessToken, col(AccessToken.line_id) == col(Line.id))
    .where(col(AccessToken.id) == bindparam("token_id")),
    _Signed,
)


def seconds_for(settings: Settings, scope: str) -> int | None:
    """How old a sign-in may be that reads a scope's dataset; None for any age.

    Raises SettingsError for a setting that names what there is not.
    """
    unknown = [name for name in settings.step_up_seconds if name not in CATALOGUE]
    if unknown:
        raise SettingsError(f"ACCORD_STEP_UP names no scope of the catalogue: {' '.join(unknown)}")
    return settings.step_up_seconds.get(scope)


async def hold_to_sign_in(tx: Transaction, request: Request, most: int, now: int) -> None:
    """Refuse a proved token whose sign-in is older than `most` seconds. Raises AccordError (401)."""
    scheme, _, text = (authorization_of(request) or "").partition(" ")
    signed = await tx.first(_SIGNED, token_id=unverified_jti(text.strip()) or "")
    if signed is not None and now - signed.auth_time < most * SECOND:
        return
    named = "DPoP" if scheme.lower() == "dpop" else "Bearer"
    raise AccordError(
        "insufficient_user_authentication",
        f"This data asks for a sign-in of the last {most} seconds: send the person to sign in again, with"
        f" max_age={most}.",
        status=401,
        headers={
            "WWW-Authenticate": f"{named} {pointer(request.scope['accord.web'].issuer)}, "
            'error="insufficient_user_authentication", '
            f'error_description="A more recent sign-in is required", max_age="{most}"'
        },
    )
