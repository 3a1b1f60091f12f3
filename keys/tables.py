"""Tables of the key room. Times are microseconds; sealed values are described in seal.py."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class ServerSecret(SQLModel, table=True):
    """A random secret of the server, sealed under the master key."""

    __tablename__ = "server_secret"

    name: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


class SigningKey(SQLModel, table=True):
    """A signing key: its public part in clear; its private part sealed, or kept by a PKCS#11 module.

    purpose: "token" (ID and access tokens), "receipt", "ledger". Its state is read off its times
    (lifecycle.py).
    """

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    purpose: str
    alg: str
    public_jwk: str  # JSON, RFC 7517
    sealed: bytes = Field(sa_type=LargeBinary)  # the private JWK; nothing for a key of a module
    staged_at: int = Field(sa_type=BigInteger)
    activated_at: int | None = Field(default=None, sa_type=BigInteger)
    retired_at: int | None = Field(default=None, sa_type=BigInteger)
    backend: str = "file"  # or "pkcs11"
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_for: str | None = None  # an operator's words; the ledger holds their hash


class PersonKey(SQLModel, table=True):
    """One person's keys, wrapped under the server's. Deleting the row is the erasure of all they sealed.

    In a store of its own, whose backups end before others do: a schema on PostgreSQL, a file on SQLite.
    """

    __tablename__ = "person_key"
    __table_args__ = ({"schema": "people_keys"},)

    person_id: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)


class EvidenceVault(SQLModel, table=True):
    """The key pair that evidence is put away under: who seals needs its public half alone (evidence.py)."""

    __tablename__ = "evidence_vault"

    name: str = Field(primary_key=True)
    public_key: bytes = Field(sa_type=LargeBinary)  # X25519, 32 bytes, in clear
    sealed: bytes = Field(sa_type=LargeBinary)  # the private half, under the master key
    created_at: int = Field(sa_type=BigInteger)


class EvidenceKey(SQLModel, table=True):
    """The key of one piece of evidence, encrypted to the vault. Deleting the row ends what it sealed."""

    __tablename__ = "evidence_key"

    id: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)  # RFC 9180, see evidence.py
    destroy_at: int = Field(sa_type=BigInteger, index=True)
