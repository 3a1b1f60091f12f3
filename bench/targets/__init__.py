"""The servers under load, ours and the peers: how each is installed, started, and given people who agreed."""

from bench.targets.accord import Accord
from bench.targets.base import REPOSITORY, Context, Target, UnavailableError
from bench.targets.django_oauth_toolkit import DjangoOAuthToolkit
from bench.targets.oidc_provider import OidcProvider

BASELINE = "oidc-provider"


def all_targets() -> list[Target]:
    """Every target, in the order of the report."""
    return [
        Accord("sqlite"),
        Accord("postgresql"),
        OidcProvider(),
        DjangoOAuthToolkit("sqlite"),
        DjangoOAuthToolkit("postgresql"),
    ]


__all__ = ["BASELINE", "REPOSITORY", "Context", "Target", "UnavailableError", "all_targets"]
