"""What a grant allows, said again in the plainest way: no line of the implementation is used here.

Times are microseconds. Items are dictionaries with an `id`; a shelf is the profile, dataset by dataset.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SECOND = 1_000_000
DAY = 86_400 * SECOND
WINDOW = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY}
FIELDS = {
    "profile": {"given_name", "family_name", "gender"},
    "skills": {"label", "level", "kind", "rome_code"},
    "languages": {"label", "level", "code"},
    "experiences": {
        "title", "company", "place", "start", "end", "current", "abroad", "description", "rome_code",
    },
    "trainings": {
        "title", "level", "domain", "domain_code", "end_year", "obtained", "place", "abroad", "description",
    },
    "birthdate": {"date"},
    "contact": {
        "lines", "postal_code", "city", "insee_code", "country", "country_code", "phones", "email",
    },
    "interests": {"label", "detail"},
    "contracts": {
        "job_title", "nature", "qualification", "start", "end", "days", "hours", "company", "siret",
        "ape_code", "sector", "scheme",
    },
    "licences": {"label", "code"},
    "job_targets": {
        "label", "appellation_code", "rome_label", "rome_code", "contract_types", "working_time",
        "experience_years", "max_distance_km", "places", "salary", "salary_period",
    },
    "status": {"job_seeker", "since"},
    "benefits": {"unemployment_insurance", "solidarity"},
    "advisers": {"kind", "gender", "given_name", "family_name", "email"},
}  # fmt: skip
DATASET = {scope: "identity" if scope == "profile" else scope for scope in FIELDS}
UNCOUNTED = {"profile"}  # told by signing in
REQUIRED = {"openid", "profile"}

Shelf = Mapping[str, Sequence[Mapping[str, Any]]]
Limit = tuple[int, str]
Kind = Literal["let out", "dead", "resting", "not shared", "too often"]


@dataclass
class Share:
    """One scope: these fields, of these items, and of later ones if she said so; never those held back."""

    fields: set[str]
    listed: set[str]
    held: set[str]
    future: bool
    picked: bool  # some fields alone were asked

    def lets(self, item_id: str) -> bool:
        return item_id not in self.held and (self.future or item_id in self.listed)


@dataclass
class Grant:
    """One agreement, from its first acceptance to its end."""

    shares: dict[str, Share]
    limit: Limit | None
    ends: int
    once: bool
    away: bool  # readable while she is away
    resting: bool = False
    over: bool = False
    let: dict[str, list[int]] = field(default_factory=dict)  # dataset -> when it was read

    def lives(self, now: int) -> bool:
        return not self.over and now < self.ends

    def drop(self, scopes: Collection[str]) -> None:
        for scope in scopes:
            self.shares.pop(scope, None)


@dataclass
class Line:
    """One sign-in at the app: what it may carry at most, and how it goes on."""

    grant: Grant
    scopes: set[str]
    refresh: str | None = None


@dataclass
class Token:
    text: str
    line: Line
    scopes: set[str]
    dies: int


@dataclass(frozen=True)
class Verdict:
    kind: Kind
    items: tuple[Mapping[str, Any], ...] = ()
    wait: int = 0  # microseconds until the next read may be


def share(
    scope: str, shelf: Shelf, fields: Collection[str] | None, held: Collection[str], *, future: bool
) -> Share:
    """What ticking a box shares."""
    here = {item["id"] for item in shelf.get(DATASET.get(scope, ""), ())}
    every = FIELDS.get(scope, set())
    return Share(
        fields=set(every if fields is None else fields),
        listed=here - set(held),
        held=here & set(held),
        future=future,
        picked=fields is not None and set(fields) != every,
    )


def read(token: Token, scope: str, shelf: Shelf, now: int) -> Verdict:
    """What a read at `now` gives; it counts when it is let through."""
    grant = token.line.grant
    if now >= token.dies or not grant.lives(now):
        return Verdict("dead")
    if grant.resting:
        return Verdict("resting")
    if scope not in token.scopes or scope not in grant.shares:
        return Verdict("not shared")
    if grant.limit is not None and scope not in UNCOUNTED:
        most, per = grant.limit
        lately = [moment for moment in grant.let.get(scope, ()) if moment + WINDOW[per] > now]
        if len(lately) >= most:
            return Verdict("too often", wait=lately[len(lately) - most] + WINDOW[per] - now)
        grant.let[scope] = [*lately, now]
    shared = grant.shares[scope]
    return Verdict(
        "let out",
        tuple(
            {name: item.get(name) for name in shared.fields}
            for item in shelf.get(DATASET[scope], ())
            if shared.lets(item["id"])
        ),
    )


def carries(scopes: Collection[str], grant: Grant) -> set[str]:
    """What tokens for `scopes` may say under a grant."""
    return {scope for scope in scopes if scope in grant.shares or (scope == "offline_access" and grant.away)}
