"""The fixtures of tests/idp: an open server, an app, amina, browsers."""

from tests.idp.conftest import (
    app,
    house,
    http,
    new_visitor,
    quick_keys,
    server,
    settings,
    visitor,
    world,
)

__all__ = ["app", "house", "http", "new_visitor", "quick_keys", "server", "settings", "visitor", "world"]
