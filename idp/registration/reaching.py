"""The addresses that an app registers for us to fetch, or to send to: looked at before anything is kept.

Never called inside a unit of the database: one of them is fetched.
"""

from typing import Any

import orjson

from foundation.outbound.fetching import Outbound
from foundation.outbound.problems import OutboundError
from idp.clients.metadata import ClientMetadata
from idp.registration.members import FETCHED
from idp.registration.reading import invalid_metadata

_SECTOR = "sector_identifier_uri"
_ACCEPT = "application/json"


async def check_reachable(outbound: Outbound, metadata: ClientMetadata) -> None:
    """Refuse what no fetch would be tried for, and a sector that does not name the app's own addresses.

    Raises AccordError `invalid_client_metadata`.
    """
    named = {name: getattr(metadata, name, None) for name in FETCHED}
    for name, uri in [*named.items(), *(("request_uris", one) for one in metadata.request_uris)]:
        if uri:
            try:
                outbound.check(uri.partition("#")[0])
            except OutboundError as error:
                raise invalid_metadata(f"{name}: {error.description}") from None
    sector = named[_SECTOR]
    if sector:
        await check_sector(outbound, sector, metadata.redirect_uris)


async def check_sector(outbound: Outbound, uri: str, redirect_uris: tuple[str, ...]) -> None:
    """Refuse a sector that does not name each of these (OpenID Connect Registration section 5)."""
    try:
        answer = await outbound.fetch(uri, accept=_ACCEPT)
        listed: Any = orjson.loads(answer.body)
    except OutboundError as error:
        raise invalid_metadata(f"{_SECTOR}: {error.description}") from None
    except ValueError:
        raise invalid_metadata(f"{_SECTOR}: what stands there is not JSON") from None
    if not isinstance(listed, list):
        raise invalid_metadata(f"{_SECTOR}: what stands there is no list of addresses")
    if any(one not in listed for one in redirect_uris):
        raise invalid_metadata(f"{_SECTOR} leads to a list that lacks one of redirect_uris")
