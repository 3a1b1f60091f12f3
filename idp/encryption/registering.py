"""What a registration has to hold where answers are to be encrypted."""

from typing import TYPE_CHECKING

from idp.clients.jwks import read_jwks
from idp.clients.members.encrypting import ANSWERS
from idp.encryption.choosing import usable_key

if TYPE_CHECKING:
    from idp.clients.metadata import ClientMetadata


def check_encryption(metadata: "ClientMetadata") -> None:
    """Refuse a registration whose answers nobody could open. Raises ValueError."""
    wanted = {one.alg for one in map(metadata.encryption_of, ANSWERS) if one is not None}
    if (wanted or metadata.tells_by_token) and metadata.profile:
        raise ValueError("signed and encrypted answers are not what an app of another face can have")
    if wanted and not (metadata.jwks or metadata.jwks_uri):
        raise ValueError("encrypted answers need the app's public keys (jwks or jwks_uri)")
    if not metadata.jwks:
        return  # what an address publishes is looked at when an answer is due
    keys = read_jwks(metadata.jwks)
    for alg in sorted(wanted):
        if usable_key(keys, alg) is None:
            raise ValueError(f"no key in jwks can be used for {alg}: one for encryption (use: enc) is needed")
