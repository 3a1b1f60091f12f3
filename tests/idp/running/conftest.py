"""The whole application, as the tests of authorize/ open it."""

from tests.idp.authorize.conftest import app, house, new_visitor, visitor  # noqa: F401  # fixtures
