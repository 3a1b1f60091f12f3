from collections.abc import Iterator

import pytest

from tests.examples.verifier.other import Other, running


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    """The verifier in JavaScript: one process for all tests."""
    with running(tmp_path_factory.mktemp("verifier")) as process:
        yield process
