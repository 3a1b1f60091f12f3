"""What an app declares, validated once at registration (RFC 7591 section 2) and read ever after."""

from typing import Self

from pydantic import ConfigDict, model_validator

from consent.catalogue import CATALOGUE
from idp.ciba.registering import check_backchannel
from idp.clients.addresses import is_web
from idp.clients.members.asking import EXCHANGE, Asking
from idp.clients.members.backchannel import Backchannel
from idp.clients.members.encrypting import Encrypting
from idp.clients.members.ending import Ending, check_ending
from idp.clients.members.proving import Proving
from idp.clients.members.registered import Registered
from idp.clients.members.tokens import Tokens
from idp.clients.members.words import Words
from idp.encryption.registering import check_encryption
from idp.fapi.rules import check_registration
from idp.mtls.registering import check_certificates


class ClientMetadata(Words, Asking, Backchannel, Proving, Tokens, Encrypting, Ending, Registered):
    """An app's registration: what its parts must be beside one another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
        if self.auth_method == "none" and EXCHANGE in self.grant_types:
            raise ValueError("token exchange needs a client that authenticates (RFC 8693 section 2.1)")
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
        check_ending(self)
        check_backchannel(self)
        check_registration(self)
        check_encryption(self)
        if (self.require_signed_request_object or self.request_uris) and keyless:
            raise ValueError("signed requests need the app's public keys (jwks or jwks_uri)")
        return self

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope the app may ask."""
        return self.required_scopes + self.optional_scopes

    @property
    def unverifiable(self) -> bool:
        """Whether anyone could pose as this app: a public client on a loopback or custom-scheme redirect."""
        return self.auth_method == "none" and any(not is_web(uri) for uri in self.redirect_uris)

    @property
    def unknown(self) -> bool:
        """Whether nobody here has ever looked at this app: it registered by itself, and nothing more."""
        return bool(self.self_registered) and not self.verified_on and self.declaration <= 1
