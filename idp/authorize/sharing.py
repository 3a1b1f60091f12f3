"""What consent is asked: an authorization request and its app, in the words of the consent room."""

from consent.requests import UNDECLARED_RETENTION, Asker, Motives, SharingRequest, ask_to_share
from idp.authorize.request import AuthorizeRequest
from idp.clients.registry import Client


def sharing_request(request: AuthorizeRequest, client: Client) -> SharingRequest:
    """The frozen snapshot of who asks what, and why: by the approved declaration, as the registry has it."""
    metadata = client.metadata
    asker = Asker(
        client_id=client.id,
        name=metadata.name,
        legal_entity=metadata.legal_entity,
        homepage=metadata.homepage,
        privacy_url=metadata.privacy_url,
        verified_on=metadata.verified_on,
        contact=metadata.contact,
        loopback=metadata.unverifiable,
    )
    motives = Motives(
        purpose_code=metadata.purpose_code,
        purpose=metadata.purpose,
        retention=metadata.retention or UNDECLARED_RETENTION,
        reasons=metadata.scope_reasons,
        frequency=metadata.frequency,
        grounds=metadata.grounds,
    )
    return ask_to_share(asker, request.scopes, metadata.required_scopes, motives)
