"""The Security Event Token of a row (RFC 8417), signed anew each time it leaves.

Always the same claims and the same `jti`; the signature is of the key that is active now, so that an event
delivered late still verifies with the keys we publish.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from foundation.clock import to_seconds
from idp.clients.registry import Client
from idp.context import Server
from idp.signals.kinds import VERIFICATION, event_uri
from idp.signals.rows import SignalRow
from keys.signing import Draft

SET_TYPE = "secevent+jwt"
SET_MEDIA_TYPE = "application/secevent+jwt"


class Named(NamedTuple):
    """What an app knows a person by (RFC 9493 section 3.2.4). issuer: the one whose tokens it reads."""

    issuer: str
    subject: str


def claims_of(issuer: str, row: SignalRow, named: Named) -> dict[str, Any]:
    """The claims of an event. issuer: who tells it, whose keys sign."""
    body: dict[str, Any] = orjson.loads(row.detail_json)
    if row.event == VERIFICATION:
        subject_id = {"format": "opaque", "id": row.client_id}
    else:
        subject_id = {"format": "iss_sub", "iss": named.issuer, "sub": named.subject}
        about = {"grant_id": row.grant_id, "revision": row.revision, "event_id": row.event_id}
        body = about | body
    return {
        "iss": issuer,
        "aud": row.client_id,
        "jti": row.id,
        "iat": to_seconds(_made_at(row.id)),
        "toe": to_seconds(row.occurred_at),
        "sub_id": subject_id,
        "events": {event_uri(issuer, row.event): body},
    }


async def signed_sets(server: Server, client: Client | None, rows: Sequence[SignalRow]) -> dict[str, str]:
    """The tokens of these rows of an app, by `jti`; one whose subject is gone is left out."""
    telling = server.telling
    issuer = server.issuer if client is None else server.face(client.metadata.profile).issuer
    signer, drafts = server.ring.signer("token", "ES256"), {}
    for row in rows:
        subject = telling.open_subject(row.id, row.sealed_subject)
        if subject is not None:
            claims = claims_of(server.issuer, row, Named(issuer, subject))
            drafts[row.id] = Draft(signer, SET_TYPE, claims)
    if not drafts:
        return {}
    return dict(zip(drafts, await server.signing.sign(list(drafts.values())), strict=True))


def _made_at(signal_id: str) -> int:
    """When an event entered the outbox: its id says so (foundation/ids.py). Microseconds."""
    return int(signal_id[:12], 16) * 1000
