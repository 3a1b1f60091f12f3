"""The kinds of request that an app polls for."""

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """parameter: what the app shows at the token endpoint, a text that starts with `prefix`.

    ends_on: path of our own page where her browser ends, before the id of the request.
    """

    name: str
    grant_type: str
    parameter: str
    prefix: str
    ends_on: str


# RFC 8628 section 3.4.
DEVICE = Kind(
    "device", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "dc_", "/device/answered/"
)
# OpenID Connect Client-Initiated Backchannel Authentication, section 10.1.
CIBA = Kind("ciba", "urn:openid:params:grant-type:ciba", "auth_req_id", "ar_", "/account/requests/")
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (DEVICE, CIBA)}
