"""The endpoints of registration, where the operator lets apps register at all."""

from foundation.web.lean import Table
from idp.context import Server
from idp.registration.managing import management_endpoints
from idp.registration.registering import REGISTRATION_PATH, registration_endpoint
from idp.registration.statements import read_issuers


def registration_table(server: Server) -> Table:
    """The lean endpoints of this room; none where registration is off."""
    if server.settings.client_registration == "off":
        return {}
    issuers = read_issuers(server.settings.software_statement_issuers)
    return {
        REGISTRATION_PATH: {"POST": registration_endpoint(server, issuers)},
        f"{REGISTRATION_PATH}/": management_endpoints(server, issuers),
    }
