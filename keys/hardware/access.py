"""How a module is reached. The processes that load one import this: it brings nothing with it."""

from typing import NamedTuple

BACKEND = "pkcs11"  # how `signing_key.backend` calls it


class Access(NamedTuple):
    """Module: path of the library. token: label of the token in it. pin: of its user.

    patience: seconds that a signature may take before the module counts as hung.
    """

    module: str
    token: str
    pin: str
    patience: float = 5.0

    def __repr__(self) -> str:
        return f"Access({self.module!r}, {self.token!r})"
