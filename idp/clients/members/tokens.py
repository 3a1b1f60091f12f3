"""What an app's tokens look like: their subject, signatures, lifetimes, and the face that gives them."""

from typing import Literal, get_args

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_fetchable

SigningAlg = Literal["ES256", "RS256", "PS256", "EdDSA"]  # of what we sign for it
SIGNING_ALGORITHMS: tuple[str, ...] = get_args(SigningAlg)
_DAY = 86_400


class Tokens(BaseModel):
    """profile: the face that serves it, "" for Accord's own; profile_words: what else it may ask there."""

    id_token_alg: SigningAlg = "ES256"  # noqa: S105  # an algorithm
    subject_type: Literal["pairwise", "public"] = "pairwise"
    # Whose apps share the names of people (OpenID Connect Core section 8.1); None: it shares with nobody.
    sector_identifier_uri: str | None = None
    access_token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105  # RFC 9068, or text that says nothing
    access_token_seconds: int | None = Field(default=None, ge=60, le=3600)
    id_token_seconds: int = Field(default=300, ge=60, le=3600)  # it is read at once; longer helps a thief
    # From the sign-in, which no rotation moves; and between two uses. The settings' own hold besides.
    refresh_token_seconds: int | None = Field(default=None, ge=300, le=366 * _DAY)
    refresh_token_idle_seconds: int | None = Field(default=None, ge=60, le=366 * _DAY)
    # Who may exchange its tokens (RFC 8693), beside itself: apps by id; none: any that exchanges at all.
    may_act: tuple[str, ...] = Field(default=(), max_length=20)
    profile: str = Field(default="", pattern="^[a-z0-9-]{0,40}$")
    profile_words: tuple[str, ...] = ()  # in the face's own words

    _sector = field_validator("sector_identifier_uri")(check_fetchable)
