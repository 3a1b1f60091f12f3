"""What the operator of Borne emploi may set; the same values, and checks, as Cap Coaching's."""

from collections.abc import Mapping
from dataclasses import replace

from examples.coach.settings import Settings
from examples.coach.settings import from_env as coach_settings

SCOPES = "openid profile skills"
"""All we ever ask. No refresh token: a screen in a public place has no business here tomorrow."""

_NAMES = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "HOST", "PORT", "URL")


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings from KIOSK_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _HOST, _PORT, _URL.

    Raises SettingsProblemError with a sentence for the operator, which names them as Cap Coaching's.
    """
    ours = {f"COACH_{name}": environ.get(f"KIOSK_{name}", "") for name in _NAMES}
    ours["COACH_PORT"] = ours["COACH_PORT"] or "8003"
    return replace(
        coach_settings(ours),
        client_id=ours["COACH_CLIENT_ID"] or "kiosk-demo",
        client_secret=ours["COACH_CLIENT_SECRET"] or "kiosk-demo-secret",
    )
