"""What an app's tokens look like: their subject, signatures, lifetimes, and the face that gives them."""

from typing import Literal, get_args

from pydantic import BaseModel, Field

SigningAlg = Literal["ES256", "RS256", "PS256", "EdDSA"]  # of what we sign for it
SIGNING_ALGORITHMS: tuple[str, ...] = get_args(SigningAlg)


class Tokens(BaseModel):
    """profile: the face that serves it, "" for Accord's own; profile_words: what else it may ask there."""

    id_token_alg: SigningAlg = "ES256"  # noqa: S105  # an algorithm
    subject_type: Literal["pairwise", "public"] = "pairwise"
    access_token_seconds: int | None = Field(default=None, ge=60, le=3600)
    profile: str = Field(default="", pattern="^[a-z0-9-]{0,40}$")
    profile_words: tuple[str, ...] = ()  # in the face's own words
