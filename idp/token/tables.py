"""Tables of the token room. Times are microseconds.

A line is one authorization and everything that comes of it: its code, its refresh tokens (derived, never
stored), its access tokens. A token lives only while its line and its grant do, so that one UPDATE ends all.
"""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class Line(SQLModel, table=True):
    """One authorization: what was asked at /authorize, the code that answers it, and the refresh state."""

    __tablename__ = "line"
    __table_args__ = (Index("line_of_session", "session_id", "client_id", "id"),)

    id: str = Field(primary_key=True)  # also the selector of its code and refresh tokens
    client_id: str
    grant_id: str = Field(index=True)
    session_id: str  # root of the browser's session (idp/people/tables.py), "" for a sign-in in none
    account_id: str
    subject: str
    scope: str  # what tokens of this line may say, space-separated
    details: str | None = None  # how much less they open than that (idp/details/limits.py); None: no less
    renews: str | None = None  # "merge" or "replace": its redemption ends the grant's older refresh tokens
    redirect_uri: str
    nonce: str | None = None
    code_challenge: str | None = None
    dpop_jkt: str | None = None  # key that its code, and then its refresh tokens, ask a proof of
    auth_time: int = Field(sa_type=BigInteger)
    acr: str | None = None  # how sure that sign-in was, where the app asked (idp/authorize/levels.py)
    id_claims: str | None = None  # about the person, that its ID token says (OpenID Connect Core 5.5)
    code_hash: bytes = Field(sa_type=LargeBinary)
    code_expires_at: int = Field(sa_type=BigInteger)
    redeemed_at: int | None = Field(default=None, sa_type=BigInteger)
    refreshable: int  # 1 when refresh tokens are given
    generation: int = Field(default=0, sa_type=BigInteger)  # of the newest refresh token
    rotated_at: int | None = Field(default=None, sa_type=BigInteger)
    # Since it was redeemed: the end of its refresh tokens, which no rotation moves (lifetimes.py).
    refresh_until: int | None = Field(default=None, sa_type=BigInteger)
    behalf: int | None = None  # on how many other lines it hangs (behalf.py); None: on none
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


class Delegation(SQLModel, table=True):
    """That a line hangs on another besides its own grant (behalf.py): one row for each, the nearest at 0."""

    __tablename__ = "delegation"

    line_id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    of_line_id: str


class AccessToken(SQLModel, table=True):
    """An access token that was issued. Found by its `jti`, proved by the keyed hash of its text."""

    __tablename__ = "access_token"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(primary_key=True)  # the jti
    token_hash: bytes = Field(sa_type=LargeBinary)
    client_id: str
    line_id: str | None = None  # None: client_credentials, which hangs on its client alone
    scope: str
    details: str | None = None  # as the line's, or narrower
    cnf: str | None = None  # JSON of the key it is bound to (binding.py); None: a bearer token
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
