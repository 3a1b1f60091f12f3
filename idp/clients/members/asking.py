"""How an app asks, and where and how it is answered (idp/authorize)."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from foundation.outbound.targets import read_target
from idp.clients.addresses import check_each_redirect_uri
from idp.clients.members.tokens import SigningAlg

GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ResponseMode = Literal["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]
RequestAlg = Literal["ES256", "RS256", "PS256", "Ed25519", "EdDSA"]  # of what it signs for us


class Asking(BaseModel):
    """What it may ask, by which means, and what stands in where its request says nothing."""

    redirect_uris: tuple[str, ...] = Field(default=(), max_length=20)
    grant_types: tuple[GrantType, ...] = ("authorization_code", "refresh_token")
    required_scopes: tuple[str, ...] = ("openid", "profile")
    optional_scopes: tuple[str, ...] = ()
    authorization_details_types: tuple[Literal["career_data"], ...] = ()  # RFC 9396 section 10
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False  # RFC 9126 section 6
    response_modes: tuple[ResponseMode, ...] = ()  # the only ones it takes; none: any
    authorization_signed_response_alg: SigningAlg | None = None  # JARM section 3; None: id_token_alg
    request_object_signing_alg: RequestAlg | None = None  # RFC 9101 section 10.1; None: any of them
    require_signed_request_object: bool = False
    default_max_age: int | None = Field(default=None, ge=0, le=999_999_999)
    default_acr_values: tuple[str, ...] = Field(default=(), max_length=10)
    request_uris: tuple[str, ...] = Field(default=(), max_length=20)  # where it may keep request objects

    _redirects = field_validator("redirect_uris")(check_each_redirect_uri)

    @field_validator("request_uris")
    @classmethod
    def _fetchable_without_fragment(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        for uri in uris:
            read_target(uri.partition("#")[0])  # a fragment names a version of what stands there
        return uris
