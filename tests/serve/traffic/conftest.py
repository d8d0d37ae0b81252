from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.release import Release
from interlock.release.plan import Plan
from interlock.serve.asgi import Application
from interlock.serve.loading import parts_of
from interlock.serve.settings import Settings, application

#: Serves a plan of three releases in this process: the names of its parts are the digests' places.
Serve = Callable[..., Application]


@pytest.fixture
def served(three: tuple[Release, ...], tmp_path: Path) -> Iterator[Serve]:
    made: list[Application] = []

    def serve(plan: Plan | None = None, **options: Any) -> Application:
        ledger = tmp_path / "ledger"
        settings = Settings(
            release=str(three[0].path), ledger=str(ledger), run=str(ledger / "run"), **options
        )
        app = application(settings, three[0])
        made.append(app)
        app.service.prepare()
        if plan is not None:
            folders = {release.digest: release.path for release in three}
            app.traffic.execute(parts_of(settings, plan, folders.__getitem__, app.traffic, lambda _: None))
        return app

    yield serve
    for app in made:
        app.traffic.close()
