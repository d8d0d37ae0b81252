from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.fixtures_release import write_release
from tests.release.registry.events import PRODUCTION
from tests.table.servers import HOST, postgresql

from interlock.release import Release
from interlock.release.registry.decision import Named
from interlock.release.registry.policy import Policy
from interlock.release.registry.registry import Registry, open_registry


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release, Release]:
    """Three releases of one model; tests that sign them take copies."""
    folder = tmp_path_factory.mktemp("made")
    return tuple(
        write_release(folder, "binary", gates={"auc_minimum": True}, card=f"# {index}\n")
        for index in range(3)
    )  # type: ignore[return-value]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return open_registry(
        str(tmp_path / "registry.db"), tmp_path / "store", memory=tmp_path / "memory" / "heads.json"
    )


@pytest.fixture
def known(registry: Registry, made: tuple[Release, ...]) -> Registry:
    """A registry of three releases whose production asks for no signature."""
    open_to_all = replace(registry, policies={PRODUCTION: Policy(signatures=())})
    for each in made:
        open_to_all.register(each.path, person="ada")
    return open_to_all


@pytest.fixture(scope="session")
def postgresql_port() -> Iterator[int]:
    with postgresql() as port:
        yield port


@contextmanager
def database(port: int, name: str) -> Iterator[str]:
    """Yield the address of a new database."""
    import psycopg

    place = f"host={HOST} port={port} user=ada password=secret"
    with psycopg.connect(f"{place} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://ada:{quote('secret')}@{HOST}:{port}/{name}"


def named(release: Release) -> Named:
    return Named("flights", release.digest)
