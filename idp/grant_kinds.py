"""Every way to ask for tokens at the token endpoint, in one table: what is mounted and announced."""

from idp.ciba.grant import BACKCHANNEL
from idp.device.grant import DEVICE_KIND
from idp.token.routes import CLIENT, CODE, REFRESH, GrantKind

KINDS: tuple[GrantKind, ...] = (CODE, REFRESH, CLIENT, DEVICE_KIND, BACKCHANNEL)
GRANT_TYPES: tuple[str, ...] = tuple(kind.grant_type for kind in KINDS)
