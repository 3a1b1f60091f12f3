"""The envelope: JWE in its compact form, around a JWT or around claims."""

from functools import lru_cache
from typing import NamedTuple

from joserfc import jwe
from joserfc.jwk import Key, KeySet

from foundation.errors import AccordError
from idp.clients.jwks import read_jwks
from idp.clients.members.encrypting import Answer, Encryption
from idp.clients.registry import Client
from idp.context import Server
from idp.encryption.choosing import usable_key

_NESTED = "JWT"  # RFC 7519 section 5.2: a signed token is inside


class NoKeyError(AccordError):
    """The app asked for encrypted answers and publishes no key to encrypt them to."""

    def __init__(self, alg: str) -> None:
        super().__init__(
            "invalid_client_metadata",
            f"This answer is to be encrypted by {alg}, and the application publishes no key for it (use: enc)"
            " that can be read now. Nothing was told, and nothing spent.",
        )


class Envelope(NamedTuple):
    """One key of an app, and how it is used."""

    key: Key
    how: Encryption

    def around(self, text: str, typ: str = "JWT") -> str:
        """A signed token, encrypted."""
        return self._sealed(text.encode(), {"typ": typ, "cty": _NESTED})

    def around_claims(self, claims: bytes) -> str:
        """Claims that nobody signed, encrypted."""
        return self._sealed(claims, {"typ": "JWT"})

    def _sealed(self, content: bytes, header: dict[str, str]) -> str:
        # A key that came without a name is called by its thumbprint here, which its owner need not know.
        named = {} if self.key.kid == self.key.thumbprint() else {"kid": self.key.kid}
        protected = {"alg": self.how.alg, "enc": self.how.enc, **named, **header}
        return jwe.encrypt_compact(protected, content, self.key, algorithms=list(self.how))


@lru_cache(maxsize=256)
def _given(jwks: str) -> KeySet:
    return read_jwks(jwks)


def envelope_at_hand(server: Server, client: Client, answer: Answer) -> Envelope | None:
    """The envelope of an answer, by the keys as they are known now; None where it is told plainly.

    Raises NoKeyError.
    """
    how = client.metadata.encryption_of(answer)
    if how is None:
        return None
    jwks = client.metadata.jwks
    key = usable_key(_given(jwks) if jwks else server.app_keys.of(client), how.alg)
    if key is None:
        raise NoKeyError(how.alg)
    return Envelope(key, how)


async def enclosed(server: Server, client: Client, answer: Answer, text: str, typ: str = "JWT") -> str:
    """A signed token as the app has it: in an envelope where it registered one. Never called inside a unit.

    Its address is asked first, where that is due. Raises NoKeyError.
    """
    if client.metadata.encryption_of(answer) is not None:
        await server.app_keys.renewed_for(client, None)
    envelope = envelope_at_hand(server, client, answer)
    return text if envelope is None else envelope.around(text, typ)
