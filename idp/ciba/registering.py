"""What an app that asks people who are elsewhere registers (CIBA Core section 4)."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from idp.clients.metadata import ClientMetadata

GRANT_TYPE: Final = "urn:openid:params:grant-type:ciba"


def check_backchannel(metadata: "ClientMetadata") -> None:
    """Refuse what could never ask, or never be told. Raises ValueError."""
    asks = GRANT_TYPE in metadata.grant_types
    mode, address = (
        metadata.backchannel_token_delivery_mode,
        metadata.backchannel_client_notification_endpoint,
    )
    if asks and metadata.auth_method == "none":
        raise ValueError(f"{GRANT_TYPE} needs a client that authenticates (CIBA Core section 4)")
    if (mode == "ping") != (address is not None):
        raise ValueError("backchannel_client_notification_endpoint goes with ping, and with nothing else")
    if metadata.backchannel_authentication_request_signing_alg and not (metadata.jwks or metadata.jwks_uri):
        raise ValueError("signed requests need the app's public keys (jwks or jwks_uri)")
