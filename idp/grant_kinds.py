"""Every way to ask for tokens at the token endpoint, in one table: what is mounted and announced."""

from idp.ciba.grant import BACKCHANNEL
from idp.device.grant import DEVICE_KIND
from idp.exchange.finding import load_exchange
from idp.exchange.grant import ExchangeGrant
from idp.token.routes import CLIENT, CODE, REFRESH, GrantKind

EXCHANGE = GrantKind(ExchangeGrant, load=load_exchange)
KINDS: tuple[GrantKind, ...] = (CODE, REFRESH, CLIENT, DEVICE_KIND, BACKCHANNEL, EXCHANGE)
GRANT_TYPES: tuple[str, ...] = tuple(kind.grant_type for kind in KINDS)
