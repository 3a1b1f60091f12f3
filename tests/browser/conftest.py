from pathlib import Path

import pytest

from tests.actors.stage import chromium, house, on_the_session_loop, stage
from tests.browser.tour import tour

__all__ = ["chromium", "house", "stage", "tour"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_the_session_loop(items, str(Path(__file__).parent))
