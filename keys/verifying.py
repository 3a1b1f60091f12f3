"""Who signed a JWS in compact form is proved here, by the algorithms that its reader takes.

"EdDSA" is Ed25519, under the name that it had before RFC 9864 and that metadata and most apps still use: the
algorithm of the new name does the work, and insists on the curve. joserfc's own of the old name takes another
curve too, and warns of the name at each use.
"""

from collections.abc import Iterable
from copy import copy

from joserfc import jws
from joserfc.jwk import KeySet
from joserfc.jws import CompactSignature, JWSRegistry

_EDDSA = copy(JWSRegistry.algorithms["Ed25519"])
_EDDSA.name = "EdDSA"


class _Registry(JWSRegistry):
    algorithms = JWSRegistry.algorithms | {_EDDSA.name: _EDDSA}


def verified(text: str, keys: KeySet, algorithms: Iterable[str]) -> CompactSignature:
    """What one of `keys` signed. Raises JoseError, or ValueError for what is no JWS."""
    return jws.deserialize_compact(text.encode(), keys, registry=_Registry(algorithms=list(algorithms)))
