"""What the outbox tells: events of grants, and logouts; how each is signed, and handed to whom.

They share rows, leases, retries and the courier, and nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from foundation.outbound.fetching import Outbound
from idp.clients.registry import Client
from idp.context import Server
from idp.logout.token import push_logout, signed_logouts
from idp.signals.progress import Trouble
from idp.signals.push import Address, push
from idp.signals.rows import SignalRow
from idp.signals.sets import signed_sets
from idp.signals.streams import StreamRow, authorization_of
from idp.signals.tables import EVENTS, LOGOUT


class Channel(NamedTuple):
    """sign: the tokens of an app's rows, by id. address: where they go. push: hands one over; None: taken."""

    sign: Callable[[Server, Client | None, Sequence[SignalRow]], Awaitable[dict[str, str]]]
    address: Callable[[Server, StreamRow, Client | None], Address]
    push: Callable[[Outbound, Address, str, int], Awaitable[Trouble | None]]


def _events_go_to(server: Server, stream: StreamRow, _client: Client | None) -> Address:
    return Address(stream.push_url or "", authorization_of(server, stream))


def _logouts_go_to(_server: Server, _stream: StreamRow, client: Client | None) -> Address:
    """What the app registers now: an address that it left must not be sent anybody."""
    return Address((client and client.metadata.backchannel_logout_uri) or "")


CHANNELS: Mapping[str, Channel] = {
    EVENTS: Channel(signed_sets, _events_go_to, push),
    LOGOUT: Channel(signed_logouts, _logouts_go_to, push_logout),
}
