"""An app in the words of its card (templates/cards.html), for its operator and its partner."""

from typing import NamedTuple

from consent.catalogue import CATALOGUE
from consent.pages.values import show_date
from foundation.web.i18n import Translator
from idp.clients.registry import Client


class ListedScope(NamedTuple):
    """A scope an app may ask. label: a French msgid."""

    name: str
    label: str


class ListedApp(NamedTuple):
    """An app, as an administrator sees it in the list. verified_on: ISO date, verified: the same in words."""

    id: str
    name: str
    legal_entity: str
    suspended: bool
    verified_on: str
    verified: str
    auth_method: str
    required: list[ListedScope]
    optional: list[ListedScope]
    redirect_uris: tuple[str, ...]
    leaving_uris: tuple[str, ...]  # where its people go after signing out


def listed_app(client: Client, t: Translator) -> ListedApp:
    """A registered app in this page's words."""
    metadata = client.metadata
    return ListedApp(
        client.id,
        metadata.name,
        metadata.legal_entity,
        client.suspended,
        metadata.verified_on,
        show_date(metadata.verified_on, t) if metadata.verified_on else "",
        metadata.auth_method,
        _scopes(metadata.required_scopes),
        _scopes(metadata.optional_scopes),
        metadata.redirect_uris,
        metadata.post_logout_redirect_uris,
    )


def _scopes(names: tuple[str, ...]) -> list[ListedScope]:
    return [ListedScope(name, CATALOGUE[name].label) for name in names]
