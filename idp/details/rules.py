"""What all the objects of one request come to, and whether an app may ask it.

A request is one question to one person: its duration, frequency and purpose are the same in every object that
says them. What an object asks of a dataset is a narrower ask of that dataset's scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from consent.limits import Duration, Frequency, within
from idp.clients.metadata import ClientMetadata
from idp.details.limits import Limit
from idp.details.parse import PARAMETER, READ, TYPE, Detail, DetailsError, parse_details, scope_for


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sum of a request's objects. limits: by scope."""

    limits: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    purpose: str | None = None
    duration: Duration | None = None
    frequency: Frequency | None = None

    @property
    def fields(self) -> Mapping[str, frozenset[str]]:
        """By scope, the only fields asked, where not all are."""
        return {name: limit.fields for name, limit in self.limits.items() if limit.fields is not None}

    @property
    def current(self) -> frozenset[str]:
        """The scopes of which items added later are not asked."""
        return frozenset(name for name, limit in self.limits.items() if not limit.later)

    def plus(self, limits: Mapping[str, Limit]) -> "Wanted":
        """With these parts of scopes beside."""
        both = dict(self.limits)
        for name, limit in limits.items():
            both[name] = both[name].plus(limit) if name in both else limit
        return replace(self, limits=MappingProxyType(both))


NOTHING = Wanted()


@lru_cache(512)
def wanted_in(text: str) -> Wanted:
    """What the parameter asks. Raises DetailsError."""
    details = parse_details(text)
    limits: dict[str, Limit] = {}
    for detail in details:
        for scope, limit in _limits(detail):
            limits[scope] = limits[scope].plus(limit) if scope in limits else limit
    return Wanted(
        MappingProxyType(limits),
        purpose=_the_same("purpose", details),
        duration=_the_same("duration", details),
        frequency=_the_same("frequency", details),
    )


def _limits(detail: Detail) -> list[tuple[str, Limit]]:
    return [
        (
            scope_for(dataset, action),
            Limit(detail.fields.get(dataset), detail.later) if action == READ else Limit(),
        )
        for dataset in detail.datasets
        for action in detail.actions
    ]


def _the_same(name: str, details: tuple[Detail, ...]) -> Any:  # noqa: ANN401  # the member's own type
    """The value of a member that one request says once, in however many objects."""
    said: Any = None
    for place, detail in enumerate(details):
        value = getattr(detail, name)
        if value is None:
            continue
        if said not in {None, value}:
            raise DetailsError(
                f"{PARAMETER}[{place}].{name}: another object says otherwise; one request has one."
            )
        said = value
    return said


def refuse_beyond(text: str, metadata: ClientMetadata) -> None:
    """Raise DetailsError for what the app may not ask: its registration is the bound."""
    if TYPE not in metadata.authorization_details_types:
        raise DetailsError(f"{PARAMETER}[0].type: {TYPE} is not registered for this application.")
    for place, detail in enumerate(parse_details(text)):
        at = f"{PARAMETER}[{place}]"
        for nth, dataset in enumerate(detail.datasets):
            for action in detail.actions:
                if scope_for(dataset, action) not in metadata.scopes:
                    where = f"{at}.datasets[{nth}]"
                    raise DetailsError(
                        f"{where}: to {action} {dataset} is not approved for this application."
                    )
        if detail.purpose not in {None, metadata.purpose_code}:
            raise DetailsError(
                f"{at}.purpose: the one approved for this application is {metadata.purpose_code}."
            )
        if detail.frequency is not None and not within(detail.frequency, metadata.frequency):
            raise DetailsError(
                f"{at}.frequency: more often than this application promised when it registered."
            )
