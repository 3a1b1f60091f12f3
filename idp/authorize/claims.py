"""The `claims` parameter (OpenID Connect Core section 5.5): single claims, and what their values must be.

A claim of a person is a field of a scope, so asking it asks her that field and no more. What an app may not
ask is passed over, as the section says; `essential` tells us nothing that would change what she is asked.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from consent.catalogue import CATALOGUE
from idp.details.limits import Limit

LONGEST = 8192  # characters
_SCOPES = {claim: name for name, scope in CATALOGUE.items() for claim in scope.claims if name != "openid"}
_FIELDS = {"name": ("given_name", "family_name")}  # of a claim that is made of others


class Demand(NamedTuple):
    """What is said of one claim. values: those that serve, () for any."""

    essential: bool = False
    values: tuple[Any, ...] = ()


class Claims(NamedTuple):
    """The parameter, read. By name of the claim."""

    userinfo: Mapping[str, Demand] = MappingProxyType({})
    id_token: Mapping[str, Demand] = MappingProxyType({})

    @property
    def of_the_person(self) -> tuple[str, ...]:
        """The claims that a scope has, each once."""
        return tuple(name for name in {**self.userinfo, **self.id_token} if name in _SCOPES)

    @property
    def for_id_token(self) -> tuple[str, ...]:
        """Those of them that the ID token is to say."""
        return tuple(name for name in self.id_token if name in _SCOPES)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Who is meant, where the app says so; () for whoever signs in."""
        named = [*self._of("sub").values]
        return tuple(value for value in named if isinstance(value, str))

    @property
    def levels(self) -> tuple[str, ...]:
        """Those of which one must be reached (`acr`, essential); () for none."""
        demand = self._of("acr")
        return tuple(str(value) for value in demand.values) if demand.essential else ()

    @property
    def asks_level(self) -> bool:
        return "acr" in self.id_token

    def _of(self, name: str) -> Demand:
        return self.id_token.get(name) or self.userinfo.get(name) or Demand()


NO_CLAIMS = Claims()


@lru_cache(512)
def read_claims(text: str) -> Claims:
    """The parameter's value. Raises ValueError with what is wrong, in printable ASCII."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  # one error for all that is wrong with it
    return Claims(_demands(document, "userinfo"), _demands(document, "id_token"))


def scope_of(claim: str) -> str:
    """The scope that a claim of the person is a part of."""
    return _SCOPES[claim]


def limits_of(claims: Iterable[str]) -> Mapping[str, Limit]:
    """By scope, the part of it that these claims are."""
    found: dict[str, Limit] = {}
    for claim in claims:
        scope = _SCOPES[claim]
        limit = Limit(frozenset(_FIELDS.get(claim, (claim,)))) if CATALOGUE[scope].dataset else Limit()
        found[scope] = found[scope].plus(limit) if scope in found else limit
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _demands(document: dict[str, Any], place: str) -> Mapping[str, Demand]:
    given = document.get(place)
    if given is None:
        return MappingProxyType({})
    if not isinstance(given, dict):
        raise ValueError(f"{place} is not an object")  # noqa: TRY004  # one error for all that is wrong
    return MappingProxyType({name: _demand(demand, place) for name, demand in given.items()})


def _demand(demand: object, place: str) -> Demand:
    if demand is None:
        return Demand()
    if not isinstance(demand, dict):
        raise ValueError(f"a member of {place} is neither null nor an object")  # noqa: TRY004  # as above
    essential, values = demand.get("essential", False), demand.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise ValueError(f"a member of {place} has an essential or values of another type")  # noqa: TRY004  # as above
    if "value" in demand:
        values = [demand["value"], *values]
    if any(isinstance(value, dict | list) for value in values):
        raise ValueError(f"a member of {place} asks for a value that no claim here has")
    return Demand(essential, tuple(values))
