from __future__ import annotations

import pytest
from tests import fixtures_release

from interlock.release import Release


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return fixtures_release.write_release(tmp_path_factory.mktemp("releases"), "binary", name="binary")
