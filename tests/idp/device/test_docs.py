"""docs/devices.md says what is so."""

from foundation.clock import MINUTE, SECOND
from idp.clients.metadata import ClientMetadata
from idp.device import guessing
from idp.device.codes import ALPHABET, LIFETIME, read_code
from idp.device.endpoint import DEVICE_AUTHORIZATION_PATH, NAMES
from idp.device.pages import DEVICE_PATH
from idp.polling import store
from idp.polling.kinds import DEVICE
from tests.support import ROOT

TEXT = (ROOT / "docs" / "devices.md").read_text("utf-8")


def test_its_figures_are_ours() -> None:
    assert f'"expires_in": {LIFETIME // SECOND}, "interval": {store.INTERVAL // SECOND}' in TEXT
    assert LIFETIME == 10 * MINUTE
    limits = [guessing.BY_SESSION.most, guessing.BY_NETWORK.most, guessing.BY_ALL.most]
    assert "{} a browser, {} a network and {:,} in all".format(*limits) in " ".join(TEXT.split())
    hits = guessing.BY_ALL.most * 1000 / len(ALPHABET) ** 8
    assert 0.9e-4 < hits < 1.1e-4
    assert read_code("WGPH-DPTD")


def test_its_addresses_and_parameters_are_ours() -> None:
    assert f".org{DEVICE_AUTHORIZATION_PATH} " in TEXT
    assert f'.org{DEVICE_PATH}"' in TEXT
    assert DEVICE.grant_type in TEXT
    for name in NAMES:
        assert f"`{name}`" in TEXT or name in {"login_hint", "ui_locales"}, name


def test_an_app_can_be_registered_as_it_says() -> None:
    assert ClientMetadata(name="Borne emploi", grant_types=(DEVICE.grant_type,)).redirect_uris == ()
