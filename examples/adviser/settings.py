"""What the operator of Cap Conseil may set; the same values, and checks, as Cap Coaching's."""

from collections.abc import Mapping
from dataclasses import replace

from examples.coach.settings import Settings
from examples.coach.settings import from_env as coach_settings

SCOPES = "openid profile skills experiences"
"""All we ever ask: for one appointment, so no refresh token is among it."""

_NAMES = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "HOST", "PORT", "URL")


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings from ADVISER_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _HOST, _PORT, _URL.

    Raises SettingsProblemError with a sentence for the operator, which names them as Cap Coaching's.
    """
    ours = {f"COACH_{name}": environ.get(f"ADVISER_{name}", "") for name in _NAMES}
    ours["COACH_PORT"] = ours["COACH_PORT"] or "8002"
    read = coach_settings(ours)
    return replace(
        read,
        client_id=ours["COACH_CLIENT_ID"] or "adviser-demo",
        client_secret=ours["COACH_CLIENT_SECRET"] or "adviser-demo-secret",
    )
