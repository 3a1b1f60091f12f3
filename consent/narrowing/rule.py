"""What a narrowing makes of a grant: pure, and made of removals alone, so that nothing in it can widen.

Also which answers are forgotten when she wants the application to ask her again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from consent.choices import Choice, Shared
from consent.coverage import Standing
from consent.limits import Duration, lifetime
from consent.requests import SCOPE_ELEMENT, digest_of
from consent.transitions import with_choice

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What she takes back.

    drop: scopes. hold_back: by scope, ids of items. drop_fields: by scope, of those that name the fields they
    share. settle: by scope whose later items were shared and are not any more, the ids that stay shared.
    duration: counted from now; it counts when it ends earlier than the grant does.
    """

    drop: Names = frozenset()
    hold_back: Mapping[str, Names] = field(default_factory=dict)
    drop_fields: Mapping[str, Names] = field(default_factory=dict)
    settle: Mapping[str, Names] = field(default_factory=dict)
    duration: Duration | None = None


def narrowed(standing: Standing, narrowing: Narrowing, now: int) -> Standing | None:
    """The grant after a narrowing at `now` (microseconds); None when it takes nothing away."""
    choice, expires_at = _choice(standing.choice, narrowing), standing.expires_at
    if narrowing.duration is not None and now + lifetime(narrowing.duration) < expires_at:
        expires_at = now + lifetime(narrowing.duration)
        choice = replace(choice, duration=narrowing.duration)
    if choice == standing.choice and expires_at == standing.expires_at:
        return None
    return replace(with_choice(standing, choice), expires_at=expires_at)


def _choice(choice: Choice, narrowing: Narrowing) -> Choice:
    kept = {name: _shared(name, shared, narrowing) for name, shared in choice.scopes.items()}
    # A scope of which no field is left shares nothing: it is not shared.
    emptied = {name for name, shared in kept.items() if shared.fields is not None and not shared.fields}
    gone = frozenset(kept.keys() & narrowing.drop) | emptied
    scopes = {name: shared for name, shared in kept.items() if name not in gone}
    return replace(choice, scopes=MappingProxyType(scopes), declined=choice.declined | gone)


def _shared(scope: str, shared: Shared, narrowing: Narrowing) -> Shared:
    back = narrowing.hold_back.get(scope, frozenset()) - shared.hidden
    items, future = shared.items, shared.future
    if future and scope in narrowing.settle:
        items, future = (items | narrowing.settle[scope]) - shared.hidden, False
    fields = shared.fields
    if fields is not None:
        fields -= narrowing.drop_fields.get(scope, frozenset())
    return replace(shared, items=items - back, hidden=shared.hidden | back, future=future, fields=fields)


def forgotten(standing: Standing) -> Mapping[str, str]:
    """Her answers without those that were a no: what the application asks of these, it asks again."""
    return MappingProxyType(
        {name: said for name, said in standing.answered.items() if _was_yes(name, said, standing)}
    )


def _was_yes(name: str, said: str, standing: Standing) -> bool:
    element = standing.terms.get(name)
    if element is None:
        return False
    scope = standing.choice.scopes.get(name.removeprefix(SCOPE_ELEMENT))
    if name.startswith(SCOPE_ELEMENT) and scope is not None and scope.fields is not None:
        return scope.fields == set(said.split(" ")[1:])
    return said == digest_of(element)
