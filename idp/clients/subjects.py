"""The name an app knows a person by (`sub`, OpenID Connect Core section 8).

It comes from the person's own secret: no key of ours alone can recompute it, and erasing her keys unlinks
it for good. The sector of a pairwise subject is the app itself, not the host of its redirect URI: two apps
of one host must not be able to recognise the same person without asking her.
"""

from idp.clients.registry import Client
from keys.people import PersonSecrets
from keys.seal import hmac_sha256
from keys.sign import b64url


def subject_for(client: Client, person: PersonSecrets) -> str:
    """The `sub` of a person for an app: 43 characters, stable as long as both exist."""
    sector = f"pairwise {client.id}" if client.metadata.subject_type == "pairwise" else "public"
    return b64url(hmac_sha256(person.secret, f"subject {sector}".encode()))
