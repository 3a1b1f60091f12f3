"""device_code at the token endpoint (RFC 8628 section 3.4)."""

from idp.polling.grant import PolledGrant, polled_by
from idp.polling.kinds import DEVICE
from idp.token.code_grant import IdToken
from idp.token.routes import GrantKind


class DeviceGrant(PolledGrant):
    """Rules and writes are those of every polled request."""

    GRANT_TYPE, KIND = DEVICE.grant_type, DEVICE


DEVICE_KIND = GrantKind(DeviceGrant, (IdToken(),), polled_by(DEVICE))
