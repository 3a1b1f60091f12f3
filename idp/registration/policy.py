"""What an app may register by itself, without anybody at this server looking at it."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from consent.catalogue import CATALOGUE
from foundation.clock import SECOND
from idp.clients.declaration import ALWAYS
from idp.clients.members.asking import GrantType


class Policy(BaseModel):
    """The operator's word, carried by an initial access token.

    approved: scopes that an app may ask people from the first day. required: those of them without which it
    cannot serve; the others are boxes. declarable: further ones that it may send to an administrator; None
    for all there are. pkce: whether PKCE is required of confidential apps too (it is of public ones).
    secret_seconds: life of the secrets it gets, 0 for unbounded. public_subjects: whether it may know people
    by the names that other apps know them by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    approved: tuple[str, ...] = (ALWAYS,)
    required: tuple[str, ...] = (ALWAYS,)
    declarable: tuple[str, ...] | None = None
    grant_types: tuple[GrantType, ...] = ("authorization_code", "refresh_token")
    pkce: bool = True
    secret_seconds: int = Field(default=0, ge=0, le=10 * 366 * 86_400)
    public_subjects: bool = False

    @model_validator(mode="after")
    def _of_the_catalogue(self) -> Self:
        unknown = {*self.approved, *self.required, *(self.declarable or ())} - CATALOGUE.keys()
        if unknown:
            raise ValueError(f"unknown scopes: {' '.join(sorted(unknown))}")
        if ALWAYS not in self.approved or not set(self.required) <= set(self.approved):
            raise ValueError("openid is always approved, and what is required is approved too")
        return self

    def may_declare(self, scope: str) -> bool:
        """Whether an administrator is asked about a scope that is not approved."""
        return scope in CATALOGUE and (self.declarable is None or scope in self.declarable)

    def secret_expires_at(self, now: int) -> int:
        """Until when a secret made now is good: seconds since 1970, 0 for ever. now: microseconds."""
        return now // SECOND + self.secret_seconds if self.secret_seconds else 0


ANYBODY = Policy()
"""For apps that nobody vouches for: `openid`, and PKCE."""
