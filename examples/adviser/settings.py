"""What the operator of Cap Conseil may set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from examples.kit import settings as kit

SCOPES = "openid profile skills experiences"
"""All we ever ask: for one appointment, so no refresh token is among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kit.Settings):
    """Those of any of our apps."""

    client_id: str = "adviser-demo"
    client_secret: str = field(default="adviser-demo-secret", repr=False)
    port: int = 8002
    url: str = "http://127.0.0.1:8002"


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings of ADVISER_… (examples/kit/settings.py). Raises SettingsProblemError."""
    return kit.read(environ, "ADVISER", Settings())
