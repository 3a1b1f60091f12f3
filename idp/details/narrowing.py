"""`authorization_details` at the token endpoint: a token for less than was granted (RFC 9396, 6 and 8)."""

from collections.abc import Collection, Iterable

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shared, fields_of
from foundation.errors import AccordError
from idp.clients.registry import Client
from idp.details.limits import UNBOUND, Bound, Limit, Opened, bounded_choice, granted_details, read_bound
from idp.details.parse import DATASETS, PARAMETER, DetailsError
from idp.details.rules import Wanted, refuse_beyond, wanted_in
from idp.token.plans import Holding

_DATA = frozenset(DATASETS) | {name for name, scope in CATALOGUE.items() if scope.writes}


def open_within(
    holding: Holding, client: Client, scope: str, asked: str | None, *, named: bool = False
) -> tuple[str, Opened]:
    """The scope of a token about to be made, and how details narrow it.

    scope: what it may say at most. asked: the parameter, None for none. named: whether the app chose `scope`
    in this request; else the data it opens are those of the details alone.
    Raises AccordError invalid_authorization_details for what was not granted, or cannot be a token's own.
    """
    line, choice_json = holding.line, holding.grant.choice_json
    details = line.details
    if asked is not None:
        try:
            wanted = _within(bounded_choice(choice_json, details), holding.scope, client, asked)
        except DetailsError as error:
            raise AccordError("invalid_authorization_details", str(error)) from None
        words = [word for word in scope.split() if named or word not in _DATA]
        scope = " ".join(dict.fromkeys([*words, *wanted.limits]))
        details = _narrower(details, wanted, words, client).to_json()
    if details is None:
        return scope, UNBOUND
    return scope, Opened(details, granted_details(choice_json, details, scope.split()))


def _narrower(details: str | None, wanted: Wanted, words: Collection[str], client: Client) -> Bound:
    """The line's bound, made narrower. words: the scopes that the token holds besides what is wanted."""
    before = Bound(client.metadata.purpose_code, {}) if details is None else read_bound(details)
    kept = {name: limit for name, limit in before.limits.items() if name in words}
    own = {name: limit.within(before.limits.get(name, Limit())) for name, limit in wanted.limits.items()}
    return Bound(before.purpose, kept | own)


def _within(choice: Choice, scope: str, client: Client, asked: str) -> Wanted:
    """What is asked, if all of it was granted to this line. Raises DetailsError."""
    refuse_beyond(asked, client.metadata)
    wanted, held = wanted_in(asked), scope.split()
    for name, limit in wanted.limits.items():
        if name not in held or name not in choice.scopes:
            raise DetailsError(f"{PARAMETER}: {name} was not granted.")
        beyond = _beyond(name, limit, choice.scopes[name])
        if beyond:
            raise DetailsError(f"{PARAMETER}: of {name}, {', '.join(beyond)} was not granted.")
    if wanted.duration not in {None, choice.duration} or wanted.frequency not in {None, choice.frequency}:
        raise DetailsError(
            f"{PARAMETER}: duration and frequency are the grant's; a token has none of its own."
        )
    return wanted


def _beyond(name: str, limit: Limit, shared: Shared) -> Iterable[str]:
    """The fields asked that are not shared."""
    granted = {one.name for one in fields_of(name, shared.edition, shared.fields)}
    return sorted((limit.fields or frozenset()) - granted)
