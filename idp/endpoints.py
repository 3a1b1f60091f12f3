"""Every lean endpoint of the server, in one table: protocol, data, metadata, ledger, health."""

from foundation.web.lean import Table
from idp.authorize.pushed.routes import PUSHED_PATH, pushed_endpoint
from idp.ciba.routes import BACKCHANNEL_PATH, backchannel_endpoint
from idp.context import Server
from idp.device.endpoint import DEVICE_AUTHORIZATION_PATH, device_authorization_endpoint
from idp.discovery import metadata_table
from idp.grant_kinds import KINDS
from idp.grants.routes import grants_table
from idp.receipts.published import receipts_table
from idp.registration.routes import registration_table
from idp.resource.routes import resource_table
from idp.running.health import health_table
from idp.running.ledger_routes import ledger_table
from idp.signals.documents import signals_table
from idp.token.calling import TOKEN_PATH
from idp.token.introspection import INTROSPECTION_PATH, introspection_endpoint
from idp.token.revocation import REVOCATION_PATH, revocation_endpoint
from idp.token.routes import token_endpoint


def lean_table(server: Server) -> Table:
    """Every lean endpoint: path (see foundation/web/lean.py), method, what answers."""
    return {
        TOKEN_PATH: {"POST": token_endpoint(server, KINDS)},
        DEVICE_AUTHORIZATION_PATH: {"POST": device_authorization_endpoint(server)},
        PUSHED_PATH: {"POST": pushed_endpoint(server)},
        BACKCHANNEL_PATH: {"POST": backchannel_endpoint(server)},
        REVOCATION_PATH: {"POST": revocation_endpoint(server)},
        INTROSPECTION_PATH: {"POST": introspection_endpoint(server)},
        **resource_table(server),
        **grants_table(server),
        **registration_table(server),
        **metadata_table(server),
        **signals_table(server),
        **ledger_table(server),
        **receipts_table(server),
        **health_table(server),
    }
