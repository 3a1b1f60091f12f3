"""From a posted consent form to a choice."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shared, Shelf, item_ids, share
from consent.coverage import Ask
from consent.limits import ONCE, Duration, within
from consent.requests import FREQUENCY_ELEMENT
from foundation.errors import AccordError

Form = Mapping[str, Sequence[str]]
_MOST_LISTED = 5


def read_form(form: Form, ask: Ask, shelf: Shelf) -> Choice:
    """The whole choice that results when `form` answers `ask`.

    form: every value of each field; fields that are not of the choice are left alone. shelf: the items that
    the form showed. A missing duration means once. Where only a change was asked, what was not asked stays
    as it was, duration included.
    Raises AccordError `invalid_choice` listing every value that could not have been ticked: what was not
    asked cannot be slipped in, and nothing is half taken.
    """
    _refuse_unasked(form, ask, shelf)
    ticked = ask.required | frozenset(form.get("scope", ()))
    only = ask.request.fields
    answered = {
        scope: share(
            scope,
            shelf,
            hidden=_held_back(form, scope),
            future=scope in form.get("future", ()),
            fields=only[scope],
        )
        for scope in ask.scopes
        if scope in ticked
    }
    declined = frozenset(ask.scopes) - answered.keys()
    standing = None if ask.whole or ask.standing is None else ask.standing.choice
    if standing is None:
        duration = _duration(form, ask)
        offline = ask.request.offline and duration != ONCE
        return Choice(MappingProxyType(answered), declined, duration, offline, ask.request.frequency)
    return _merged(standing, answered, declined, ask)


def _merged(standing: Choice, answered: dict[str, Shared], declined: frozenset[str], ask: Ask) -> Choice:
    kept = {scope: shared for scope, shared in standing.scopes.items() if scope not in declined}
    offline = ask.request.offline if "offline" in ask.elements else standing.offline
    # A promise to read less often holds from the next answer on; one to read more, once it was agreed to.
    promised = ask.request.frequency
    follows = FREQUENCY_ELEMENT in ask.elements or within(promised, standing.frequency)
    return Choice(
        scopes=MappingProxyType(kept | answered),
        declined=(standing.declined - answered.keys()) | declined,
        duration=standing.duration,
        offline=offline,
        frequency=promised if follows else standing.frequency,
    )


def _held_back(form: Form, scope: str) -> list[str]:
    prefix = f"{scope}:"
    return [value.removeprefix(prefix) for value in form.get("hide", ()) if value.startswith(prefix)]


def _duration(form: Form, ask: Ask) -> Duration:
    posted = tuple(form.get("duration", ())) or (ONCE,)
    for duration in ask.request.durations:
        if posted == (duration,):
            return duration
    raise _invalid([f"duration={value}" for value in posted])


def _refuse_unasked(form: Form, ask: Ask, shelf: Shelf) -> None:
    items = {f"{scope}:{item}" for scope in ask.scopes for item in _selectable(scope, shelf)}
    asked_later = {one.scope for one in ask.request.asks if one.later}
    later = {scope for scope in ask.scopes if scope in asked_later and CATALOGUE[scope].dataset is not None}
    allowed: dict[str, Collection[str]] = {"scope": ask.scopes, "hide": items, "future": later}
    unknown = [
        f"{field}={value}"
        for field, values in allowed.items()
        for value in form.get(field, ())
        if value not in values
    ]
    if unknown:
        raise _invalid(unknown)


def _selectable(scope: str, shelf: Shelf) -> frozenset[str]:
    return item_ids(scope, shelf) if CATALOGUE[scope].selectable else frozenset()


def _invalid(values: list[str]) -> AccordError:
    listed = ", ".join(ascii(value[:60]) for value in sorted(values)[:_MOST_LISTED])
    more = len(values) - _MOST_LISTED
    listed += f" and {more} more" if more > 0 else ""
    return AccordError("invalid_choice", f"This form never offered: {listed}. Nothing was recorded.")
