"""Which answers an app has signed or encrypted that others get plainly, and how."""

from typing import Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, model_validator

from idp.clients.members.tokens import SigningAlg

KeyAlg = Literal["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
ContentAlg = Literal["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"]
KEY_ALGORITHMS: tuple[str, ...] = get_args(KeyAlg)
CONTENT_ALGORITHMS: tuple[str, ...] = get_args(ContentAlg)
Answer = Literal["id_token", "userinfo", "authorization", "introspection"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)


class Encryption(NamedTuple):
    """alg: how the content's key is wrapped or agreed on. enc: how the content is encrypted."""

    alg: str
    enc: str


class Encrypting(BaseModel):
    """OpenID Connect Registration section 2, JARM section 3, RFC 9701 section 6; None: not at all."""

    id_token_encrypted_response_alg: KeyAlg | None = None
    id_token_encrypted_response_enc: ContentAlg | None = None
    userinfo_signed_response_alg: SigningAlg | None = None
    userinfo_encrypted_response_alg: KeyAlg | None = None
    userinfo_encrypted_response_enc: ContentAlg | None = None
    authorization_encrypted_response_alg: KeyAlg | None = None
    authorization_encrypted_response_enc: ContentAlg | None = None
    introspection_signed_response_alg: SigningAlg | None = None  # None: RS256, as the RFC says
    introspection_encrypted_response_alg: KeyAlg | None = None
    introspection_encrypted_response_enc: ContentAlg | None = None

    @model_validator(mode="after")
    def _enclosed_by_something(self) -> Self:
        for answer in ANSWERS:
            alg = getattr(self, f"{answer}_encrypted_response_alg")
            if alg is None and getattr(self, f"{answer}_encrypted_response_enc") is not None:
                raise ValueError(f"{answer}_encrypted_response_enc stands beside its alg")
        return self

    def encryption_of(self, answer: Answer) -> Encryption | None:
        """How this app has an answer encrypted; None for plainly."""
        alg = getattr(self, f"{answer}_encrypted_response_alg")
        enc = getattr(self, f"{answer}_encrypted_response_enc")
        return None if alg is None else Encryption(alg, enc or "A128CBC-HS256")

    @property
    def tells_by_token(self) -> bool:
        """Whether userinfo answers with a JWT (OpenID Connect Core section 5.3.2)."""
        return bool(self.userinfo_signed_response_alg or self.userinfo_encrypted_response_alg)
