"""A token, and how it is reached."""

import pytest

from keys.hardware.access import Access
from tests.support.softhsm import SoftHsm, softhsm


@pytest.fixture
def hsm() -> SoftHsm:
    return softhsm()


@pytest.fixture
def access(hsm: SoftHsm) -> Access:
    return Access(hsm.module, hsm.token, hsm.pin, patience=20.0)
