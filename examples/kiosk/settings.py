"""What the operator of Borne emploi may set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from examples.kit import settings as kit

SCOPES = "openid profile skills"
"""All we ever ask. No refresh token: a screen in a public place has no business here tomorrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kit.Settings):
    """Those of any of our apps."""

    client_id: str = "kiosk-demo"
    client_secret: str = field(default="kiosk-demo-secret", repr=False)
    port: int = 8003
    url: str = "http://127.0.0.1:8003"


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings of KIOSK_… (examples/kit/settings.py). Raises SettingsProblemError."""
    return kit.read(environ, "KIOSK", Settings())
