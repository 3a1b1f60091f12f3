"""What a token is bound to: the key whose possession each use of it must prove (RFC 7800 `cnf`).

A row holds it as the JSON of its `cnf`, None for a bearer token.
"""

from typing import NamedTuple

import orjson


class Binding(NamedTuple):
    """jkt: thumbprint of a DPoP key (RFC 9449 section 6.1). x5t: of a certificate (RFC 8705 section 3.1).

    profile: what its app is held to in proving it, "" for what all are (idp/fapi); nobody is told.
    """

    jkt: str | None = None
    x5t: str | None = None
    profile: str = ""

    @property
    def cnf(self) -> dict[str, str]:
        """The confirmation, as tokens and introspection say it."""
        members = {"jkt": self.jkt, "x5t#S256": self.x5t}
        return {name: value for name, value in members.items() if value is not None}

    @property
    def stored(self) -> str:
        """As a row holds it."""
        return orjson.dumps(self.cnf | {"profile": self.profile} if self.profile else self.cnf).decode()

    @property
    def token_type(self) -> str:
        """How the token is presented (RFC 6749 section 5.1); a certificate changes nothing there."""
        return "Bearer" if self.jkt is None else "DPoP"


def read_binding(stored: str) -> Binding:
    """The binding in a row."""
    cnf = orjson.loads(stored)
    return Binding(cnf.get("jkt"), cnf.get("x5t#S256"), cnf.get("profile", ""))


UNBOUND = Binding()
