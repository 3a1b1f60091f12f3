"""What the operator of Cap Coaching may set."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from examples.kit import settings as kit

SCOPES = ("openid", "profile", "email", "skills", "experiences", "trainings", "offline_access")
"""All we ever ask. `openid profile` is what we need; the person chooses the rest."""

OPTIONAL_SCOPES = ("email", "skills", "experiences", "trainings")
"""What the person may leave out, in the order in which pages name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kit.Settings):
    """push_secret: what Accord's Authorization header says when it pushes an event to us, after `Bearer`."""

    client_id: str = "coach-demo"
    client_secret: str = field(default="coach-demo-secret", repr=False)
    push_secret: str = field(default="coach-demo-push", repr=False)
    port: int = 8001
    url: str = "http://127.0.0.1:8001"

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/callback"

    @property
    def consents_url(self) -> str:
        """Where the person sees and withdraws what she shares, at Accord."""
        return f"{self.issuer}/account/apps"


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings of COACH_… (examples/kit/settings.py) and COACH_PUSH_SECRET.

    The port is else that of ACCORD_APP_PORT. Raises SettingsProblemError.
    """
    settings = kit.read(environ, "COACH", Settings(), environ.get("ACCORD_APP_PORT", ""))
    return dataclasses.replace(settings, push_secret=environ.get("COACH_PUSH_SECRET") or settings.push_secret)
