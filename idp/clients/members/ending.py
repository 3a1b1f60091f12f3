"""Where an app is when a session ends."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_each_redirect_uri, check_fetchable, check_web_address

if TYPE_CHECKING:
    from idp.clients.metadata import ClientMetadata


class Ending(BaseModel):
    """RP-Initiated Logout section 3.1; Back-Channel Logout section 2.2; Front-Channel Logout section 2.

    That a session is named (`…_session_required`) is granted to all: `sid` is in every one.
    """

    post_logout_redirect_uris: tuple[str, ...] = Field(default=(), max_length=20)
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False

    _post_logout_redirects = field_validator("post_logout_redirect_uris")(check_each_redirect_uri)
    _logout_told_at = field_validator("backchannel_logout_uri")(check_fetchable)

    @field_validator("frontchannel_logout_uri")
    @classmethod
    def _logout_framed_at(cls, uri: str | None) -> str | None:
        if uri is not None:
            check_web_address(uri)
            if "#" in uri:
                raise ValueError("a logout URI has no fragment (Front-Channel Logout section 2)")
        return uri


def check_ending(metadata: "ClientMetadata") -> None:
    """Refuse to frame what is not the app's (Front-Channel Logout section 2). Raises ValueError."""
    uri = metadata.frontchannel_logout_uri
    if uri is not None and _origin(uri) not in {_origin(one) for one in metadata.redirect_uris}:
        raise ValueError("frontchannel_logout_uri has the scheme, host and port of a redirect URI")


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or standard
