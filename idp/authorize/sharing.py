"""What consent is asked: an authorization request and its app, in the words of the consent room."""

from collections.abc import Mapping
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from consent.catalogue import OFFLINE
from consent.choices import Choice
from consent.coverage import Standing
from consent.limits import Frequency
from consent.requests import Asker, Motives, SharingRequest, ask_to_share
from idp.authorize.request import AuthorizeRequest
from idp.clients.registry import Client


def sharing_request(
    request: AuthorizeRequest, client: Client, merged: Standing | None = None
) -> SharingRequest:
    """The frozen snapshot of who asks what, and why: by the approved declaration, as the registry has it.

    merged: the grant that the request is to add to, whose scopes, fields and frequency are asked with it.
    """
    asked = _Asked.of(request, client, merged)
    metadata = client.metadata
    asker = Asker(
        client_id=client.id,
        name=metadata.name,
        legal_entity=metadata.legal_entity,
        homepage=metadata.homepage,
        privacy_url=metadata.privacy_url,
        verified_on=metadata.verified_on,
        contact=metadata.contact,
        # What no redirect vouches for: a public app's name and id are anybody's to send (RFC 8628 5.4).
        loopback=metadata.unverifiable or (bool(request.polled) and metadata.auth_method == "none"),
        unknown=metadata.unknown,
        place=(urlsplit(request.redirect_uri).hostname or "") if metadata.unknown else "",
    )
    motives = Motives(
        purpose_code=metadata.purpose_code,
        purpose=metadata.purpose,
        retention=metadata.retention,
        retention_days=metadata.retention_days,
        reasons=metadata.scope_reasons,
        frequency=asked.frequency,
        duration=request.wanted.duration,
        fields=asked.fields,
        current=request.wanted.current,
        grounds=metadata.grounds,
        transfers=metadata.transfers,
        automated=metadata.automated,
    )
    return ask_to_share(asker, asked.scopes, metadata.required_scopes, motives)


class _Asked(NamedTuple):
    """What a request asks, with what stands where it adds to that."""

    scopes: tuple[str, ...]
    fields: Mapping[str, frozenset[str]]
    frequency: Frequency | None

    @classmethod
    def of(cls, request: AuthorizeRequest, client: Client, merged: Standing | None) -> Self:
        """merged: None where the request stands alone."""
        wanted, metadata = request.wanted, client.metadata
        if merged is None:
            return cls(request.scopes, wanted.fields, wanted.frequency or metadata.frequency)
        choice = merged.choice
        offline = (OFFLINE,) if choice.offline else ()
        kept = [scope for scope in (*choice.scopes, *offline) if scope in metadata.scopes]
        scopes = tuple(dict.fromkeys((*request.scopes, *kept)))
        sums = {scope: _sum(scope, request, choice) for scope in scopes}
        fields = {scope: one for scope, one in sums.items() if one is not None}
        return cls(scopes, fields, wanted.frequency or choice.frequency or metadata.frequency)


def _sum(scope: str, request: AuthorizeRequest, choice: Choice) -> frozenset[str] | None:
    """The fields asked of a scope and those shared already; None for all."""
    if scope not in request.scopes:
        return choice.scopes[scope].fields if scope in choice.scopes else None
    asked = request.wanted.fields.get(scope)
    if asked is None or scope not in choice.scopes:
        return asked
    shared = choice.scopes[scope].fields
    return None if shared is None else asked | shared
