"""Until when the refresh tokens of a line work: a cap that counts from the sign-in, and a longest rest.

No rotation moves the cap: what was derived from one sign-in ends with it, however often it was renewed. It
is written into the line when its code is spent, so that a change of settings never lengthens what there is.
"""

from foundation.clock import SECOND
from foundation.settings import Settings
from idp.clients.metadata import ClientMetadata
from idp.token.lines import LineRow


def refresh_until(settings: Settings, metadata: ClientMetadata, line: LineRow) -> int:
    """The end of a line's refresh tokens, and of every access token that they give; microseconds."""
    if line.refresh_until is not None:
        return line.refresh_until
    most = settings.refresh_token_seconds
    return line.auth_time + min(metadata.refresh_token_seconds or most, most) * SECOND


def rests_until(settings: Settings, metadata: ClientMetadata, line: LineRow) -> int:
    """When a line's refresh token is over for having rested too long; microseconds."""
    last = line.rotated_at or line.redeemed_at
    if last is None:
        return refresh_until(settings, metadata, line)  # its code has a life of its own
    most = settings.refresh_token_idle_seconds
    return last + min(metadata.refresh_token_idle_seconds or most, most) * SECOND


def refresh_ends(settings: Settings, metadata: ClientMetadata, line: LineRow) -> int:
    """Whichever comes first."""
    return min(refresh_until(settings, metadata, line), rests_until(settings, metadata, line))
