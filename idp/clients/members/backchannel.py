"""How an app asks a person who is elsewhere (OpenID Connect CIBA Core 1.0 section 4)."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_fetchable
from idp.clients.members.asking import RequestAlg


class Backchannel(BaseModel):
    """How it hears that she answered, and whether it signs what it asks. Push is not offered."""

    backchannel_token_delivery_mode: Literal["poll", "ping"] | None = None  # None: as poll
    backchannel_client_notification_endpoint: str | None = Field(default=None, max_length=500)
    backchannel_authentication_request_signing_alg: RequestAlg | None = None  # None: it need not sign

    _notified_at = field_validator("backchannel_client_notification_endpoint")(check_fetchable)
