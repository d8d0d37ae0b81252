from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.release import Release
from interlock.release.registry import Named, Registry, open_registry

WHO = "ada"


@pytest.fixture
def registry(three: tuple[Release, ...], tmp_path: Path) -> Iterator[Registry]:
    """A registry that knows all three; the first is champion in `dev`."""
    opened = open_registry(f"sqlite:///{tmp_path / 'registry.db'}", tmp_path / "store")
    for release in three:
        opened.register(release.path, person=WHO)
    deploy(opened, three[0])
    yield opened
    opened.close()


def named(release: Release) -> Named:
    return Named(release.name, release.digest)


def deploy(registry: Registry, release: Release) -> None:
    registry.deploy(named(release), "dev", person=WHO)
