from __future__ import annotations

import pytest
from tests.fixtures_forest import write_forest

from interlock.release import Release


@pytest.fixture(scope="session")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Boosted trees over numbers, gaps and a category."""
    return write_forest(tmp_path_factory.mktemp("forest"))
