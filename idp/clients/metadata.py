"""What an app declares, validated once at registration (RFC 7591 section 2) and read ever after."""

import re
import unicodedata
from datetime import date
from ipaddress import ip_address
from typing import Literal, Self, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from consent.abroad import Transfers
from consent.catalogue import CATALOGUE, PURPOSES, Phrase
from consent.limits import Frequency
from consent.purposes import CONSENT, LAWFUL_BASES, Grounds
from foundation.outbound.targets import read_target
from foundation.settings import is_loopback
from idp.clients.jwks import read_jwks
from idp.fapi.rules import check_registration
from idp.mtls.registering import check_certificates

AuthMethod = Literal[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
]
GrantType = Literal["authorization_code", "refresh_token", "client_credentials"]
ResponseMode = Literal["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]
SigningAlg = Literal["ES256", "RS256"]  # of what we sign for it
RequestAlg = Literal["ES256", "RS256", "PS256", "Ed25519", "EdDSA"]  # of what it signs for us
SIGNING_ALGORITHMS: tuple[str, ...] = get_args(SigningAlg)
# What a netloc may hold, and so what may stand in our pages' form-action.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_NOT_IN_NAMES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FORBIDDEN_SCHEMES = {"javascript", "data", "vbscript", "file", "blob", "about", "ws", "wss", "ftp"}


class ClientMetadata(BaseModel):
    """An app's registration.

    scope_reasons: why each scope is asked, by scope; the catalogue's own purpose stands in where absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    redirect_uris: tuple[str, ...] = Field(default=(), max_length=20)
    auth_method: AuthMethod = "client_secret_basic"
    grant_types: tuple[GrantType, ...] = ("authorization_code", "refresh_token")
    required_scopes: tuple[str, ...] = ("openid", "profile")
    optional_scopes: tuple[str, ...] = ()
    authorization_details_types: tuple[Literal["career_data"], ...] = ()  # RFC 9396 section 10
    scope_reasons: dict[str, Phrase] = Field(default_factory=dict)
    purpose_code: str = "career_guidance"
    purpose: Phrase | None = None
    retention: Phrase | None = None  # how long it keeps what it read
    frequency: Frequency | None = None  # how often it reads each dataset at most, enforced; None: no promise
    use_basis: str = ""  # lawful basis of its own use (LAWFUL_BASES); "" where none was ever declared
    disclosure_basis: str = CONSENT  # and of our handing the data over
    public_body: bool = False
    no_detriment: bool = False  # it attests that refusing has no effect (GDPR recital 43)
    transfers: Transfers | None = None  # out of the Union (GDPR article 13(1)(f)); None: none declared
    automated: Phrase | None = None  # decided without a human (article 13(2)(f)); None: nothing declared
    declaration: int = 0  # version of the declaration that these words come from; 0: never versioned
    legal_entity: str = Field(default="", max_length=200)
    homepage: str = Field(default="", max_length=500)
    privacy_url: str = Field(default="", max_length=500)
    contact: str = Field(default="", max_length=200)
    verified_on: str = ""  # ISO date on which an administrator checked the legal entity
    id_token_alg: SigningAlg = "ES256"  # noqa: S105  # an algorithm
    subject_type: Literal["pairwise", "public"] = "pairwise"
    require_pkce: bool = True
    dpop_bound_access_tokens: bool = False  # whether it must prove a key (RFC 9449 section 5.2)
    tls_client_certificate_bound_access_tokens: bool = False  # or a certificate (RFC 8705 section 3.4)
    # Whom its certificate is issued to, for tls_client_auth: one of them (RFC 8705 section 2.1.2).
    tls_client_auth_subject_dn: str = Field(default="", max_length=500)
    tls_client_auth_san_dns: str = Field(default="", max_length=255)
    tls_client_auth_san_uri: str = Field(default="", max_length=500)
    tls_client_auth_san_ip: str = Field(default="", max_length=45)
    tls_client_auth_san_email: str = Field(default="", max_length=255)
    security_profile: Literal["", "fapi2"] = ""  # what it is held to beyond what all are (idp/fapi)
    access_token_seconds: int | None = Field(default=None, ge=60, le=3600)
    profile: str = Field(default="", pattern="^[a-z0-9-]{0,40}$")  # the face that serves it; "": Accord's own
    profile_words: tuple[str, ...] = ()  # what else that face lets it ask, in the face's own words
    post_logout_redirect_uris: tuple[str, ...] = Field(default=(), max_length=20)
    jwks: str | None = None  # a JWK Set as JSON text, public keys only
    jwks_uri: str | None = None  # or where it publishes one; who may be reached there is the way out's to say
    # How it asks (idp/authorize).
    require_pushed_authorization_requests: bool = False  # RFC 9126 section 6
    response_modes: tuple[ResponseMode, ...] = ()  # the only ones it takes; none: any
    authorization_signed_response_alg: SigningAlg | None = None  # JARM section 3; None: id_token_alg
    request_object_signing_alg: RequestAlg | None = None  # RFC 9101 section 10.1; None: any of them
    require_signed_request_object: bool = False
    default_max_age: int | None = Field(default=None, ge=0, le=999_999_999)
    default_acr_values: tuple[str, ...] = Field(default=(), max_length=10)
    request_uris: tuple[str, ...] = Field(default=(), max_length=20)  # where it may keep request objects

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _registrable(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        for uri in uris:
            check_redirect_uri(uri)
        return uris

    @field_validator("name", "legal_entity", "contact")
    @classmethod
    def _plain(cls, text: str) -> str:
        if any(unicodedata.category(character) in _NOT_IN_NAMES for character in text):
            raise ValueError("controls and marks that turn the direction of text are not part of a name")
        return text

    @field_validator("homepage", "privacy_url")
    @classmethod
    def _linkable(cls, uri: str) -> str:
        # It becomes a link on our pages: a script or a file must never stand there.
        if uri:
            check_web_address(uri)
        return uri

    @field_validator("verified_on")
    @classmethod
    def _day(cls, text: str) -> str:
        # Pages say it in words; fromisoformat alone takes other ways to write a date too.
        if text and date.fromisoformat(text).isoformat() != text:
            raise ValueError("a date is YYYY-MM-DD")
        return text

    @field_validator("jwks")
    @classmethod
    def _public_keys(cls, jwks: str | None) -> str | None:
        if jwks:
            read_jwks(jwks)
        return jwks

    @field_validator("jwks_uri")
    @classmethod
    def _fetchable(cls, uri: str | None) -> str | None:
        if uri is not None:
            read_target(uri)
        return uri

    @field_validator("request_uris")
    @classmethod
    def _fetchable_without_hash(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        for uri in uris:
            read_target(uri.partition("#")[0])  # a fragment is the hash of what stands there
        return uris

    @field_validator("purpose_code")
    @classmethod
    def _known_purpose(cls, code: str) -> str:
        if code not in PURPOSES:
            raise ValueError(f"unknown purpose {code!r}; one of {', '.join(sorted(PURPOSES))}")
        return code

    @field_validator("use_basis", "disclosure_basis")
    @classmethod
    def _known_basis(cls, code: str) -> str:
        if code and code not in LAWFUL_BASES:
            raise ValueError(f"unknown lawful basis {code!r}; one of {', '.join(LAWFUL_BASES)}")
        return code

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        unknown = [scope for scope in self.scopes if scope not in CATALOGUE]
        if unknown:
            raise ValueError(f"unknown scopes: {' '.join(unknown)}")
        if set(self.required_scopes) & set(self.optional_scopes):
            raise ValueError("a scope is required or optional, not both")
        if "authorization_code" in self.grant_types and not self.redirect_uris:
            raise ValueError("authorization_code needs a redirect URI")
        if self.auth_method == "none" and "client_credentials" in self.grant_types:
            raise ValueError("client_credentials needs a client that authenticates (RFC 6749 section 4.4)")
        if self.auth_method == "none" and not self.require_pkce:
            raise ValueError("PKCE can be lifted for a confidential client only")
        return self

    @model_validator(mode="after")
    def _has_the_keys_it_needs(self) -> Self:
        if self.jwks and self.jwks_uri:
            raise ValueError("give jwks or jwks_uri, not both (RFC 7591 section 2)")
        keyless = not self.jwks and not self.jwks_uri
        if self.auth_method == "private_key_jwt" and keyless:
            raise ValueError("private_key_jwt needs the app's public keys (jwks or jwks_uri)")
        check_certificates(self)
        check_registration(self)
        if (self.require_signed_request_object or self.request_uris) and keyless:
            raise ValueError("signed requests need the app's public keys (jwks or jwks_uri)")
        return self

    @property
    def grounds(self) -> Grounds | None:
        """On what ground each controller acts; None where the app never said its own."""
        if not self.use_basis:
            return None
        return Grounds(self.use_basis, self.disclosure_basis, self.public_body, self.no_detriment)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope the app may ask."""
        return self.required_scopes + self.optional_scopes

    @property
    def unverifiable(self) -> bool:
        """Whether anyone could pose as this app: a public client on a loopback or custom-scheme redirect."""
        return self.auth_method == "none" and any(not _is_web(uri) for uri in self.redirect_uris)


def check_redirect_uri(uri: str) -> None:
    """Refuse what could never be a safe redirect (RFC 9700 section 4.1, RFC 8252). Raises ValueError."""
    parts = _split(uri)
    if not parts.scheme or parts.scheme in _FORBIDDEN_SCHEMES:
        raise ValueError(f"a redirect URI cannot use the scheme {parts.scheme!r}")
    if "#" in uri:
        raise ValueError("a redirect URI has no fragment (RFC 6749 section 3.1.2)")
    if parts.scheme in {"http", "https"}:
        _check_host(parts)
    elif "." not in parts.scheme:
        raise ValueError("a custom scheme is a reversed domain name (RFC 8252 section 7.1)")


def check_web_address(uri: str) -> None:
    """Refuse what could not be a link to a page of the web. Raises ValueError."""
    parts = _split(uri)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("an address of a page begins with https://")
    _check_host(parts)


def _split(uri: str) -> SplitResult:
    if any(ord(character) <= 0x20 or ord(character) >= 0x7F for character in uri) or "\\" in uri:
        raise ValueError("an address is printable ASCII without spaces or backslashes")
    parts = urlsplit(uri)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address carries no user information")
    return parts


def _check_host(parts: SplitResult) -> None:
    host = parts.hostname
    if not host or not _HOST.fullmatch(parts.netloc):
        raise ValueError("an address names one host, and a port if any")
    if ":" in host:
        ip_address(host)  # raises for what is not one
    if parts.port == 0:  # one beyond 65535 raises by itself
        raise ValueError("0 is no port")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("http is for the loopback only; use https")


def _is_web(uri: str) -> bool:
    return urlsplit(uri).scheme == "https"
