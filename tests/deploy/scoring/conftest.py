from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from tests import fixtures_release
from tests.fixtures_forest import write_forest
from tests.fixtures_service import TASKS, Server, running

from interlock.release import Release


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """Linear models of each task, which answer row by row, and trees, which answer by tables."""
    folder = tmp_path_factory.mktemp("releases")
    linear: dict[str, Release] = {
        task: fixtures_release.write_release(folder, task, name=task) for task in TASKS
    }
    return {**linear, "forest": write_forest(folder)}


@pytest.fixture(scope="session")
def servers(
    releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """Yield a function that returns the running service of a release, started when it is first wanted."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> Server:
            return stack.enter_context(running(releases[name].path, tmp_path_factory.mktemp(name)))

        yield started
