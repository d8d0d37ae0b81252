from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import fixtures_release
from tests.fixtures_service import TASKS, MakeApp, Server, running

from interlock.release import Release
from interlock.serve.asgi import Application
from interlock.serve.settings import Settings, application, checked

#: Scripts of other environments, which this one cannot import.
collect_ignore_glob = ["clients/*"]


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    folder = tmp_path_factory.mktemp("releases")
    return {task: fixtures_release.write_release(folder, task, name=task) for task in TASKS}


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, ...]:
    """Three releases of one model whose answers differ: each adds 0.1 more for the carrier."""
    folder = tmp_path_factory.mktemp("three")
    return tuple(fixtures_release.write_release(folder, extra=extra) for extra in (0.0, 0.1, 0.2))


@pytest.fixture(scope="session")
def server(releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the binary release, for tests that leave it as it is."""
    with running(releases["binary"].path, tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def make_app(releases: dict[str, Release], tmp_path: Path) -> Iterator[MakeApp]:
    made: list[Application] = []

    def make(task: str = "binary", *, prepared: bool = True, **options: Any) -> Application:
        ledger = tmp_path / "ledger"
        settings = Settings(
            release=str(releases[task].path), ledger=str(ledger), run=str(ledger / "run"), **options
        )
        made.append(application(settings, checked(settings)[0]))
        if prepared:
            made[-1].service.prepare()
        return made[-1]

    yield make
    for app in made:
        app.service.ledger.close()


@pytest.fixture
def app(make_app: MakeApp) -> Application:
    return make_app()
