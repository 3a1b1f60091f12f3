"""Every consent record that any test makes is held to the published schema, as it is signed."""

from typing import Any

import pytest

from consent.records import keeping
from tests.consent.records.checking import record_faults


def hold_records(patch: pytest.MonkeyPatch) -> None:
    """From now on, a record that is not as its schema says fails the test that made it."""
    sign = keeping.sign_receipt

    def checked(record: dict[str, Any], *rest: Any) -> str:
        assert record_faults(record) == []
        return sign(record, *rest)

    patch.setattr(keeping, "sign_receipt", checked)
