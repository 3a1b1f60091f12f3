"""Tables of registration. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class RegistrationToken(SQLModel, table=True):
    """An initial access token (RFC 7591 section 3): whoever holds it may register apps, within its policy."""

    __tablename__ = "registration_token"

    id: str = Field(primary_key=True)  # its selector
    secret_hash: bytes = Field(sa_type=LargeBinary)  # keyed hash of the rest of it
    policy_json: str
    contact: str = ""  # whom the operator gave it to, in the operator's words
    uses: int = Field(sa_type=BigInteger)  # how many apps it was made for
    uses_left: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    made_by: str | None = None  # an administrator's account; None: the operator, by command


class ClientRegistration(SQLModel, table=True):
    """How an app registered by itself, and what lets it manage that (RFC 7592)."""

    __tablename__ = "client_registration"

    client_id: str = Field(primary_key=True)
    token_hash: bytes = Field(sa_type=LargeBinary)  # keyed hash of its registration access token
    policy_json: str  # what it may be without asking anybody
    token_id: str | None = None  # the initial access token it came with; None: anybody may have
    software_statement: str | None = None  # the software statement it brought, as it was
    issued_at: int = Field(sa_type=BigInteger)
    deleted_at: int | None = Field(default=None, sa_type=BigInteger)
