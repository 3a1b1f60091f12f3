"""Where an app is when a session ends."""

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_each_redirect_uri


class Ending(BaseModel):
    """RP-Initiated Logout section 3.1."""

    post_logout_redirect_uris: tuple[str, ...] = Field(default=(), max_length=20)

    _post_logout_redirects = field_validator("post_logout_redirect_uris")(check_each_redirect_uri)
