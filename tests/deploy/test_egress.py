from __future__ import annotations

import pytest

from interlock.deploy.egress import is_local, ways
from interlock.errors import InputError


@pytest.mark.parametrize(
    ("address", "ends"),
    [
        ("http://collector:4318", [("collector", 4318)]),
        ("http://collector/otlp", [("collector", 80)]),
        ("https://id.example.com/jwks.json", [("id.example.com", 443)]),
        ("http://[fd00::1]:4318", [("fd00::1", 4318)]),
        ("postgresql://ada@db.example.com/interlock", [("db.example.com", 5432)]),
        ("postgresql+psycopg://ada@db:6432/interlock", [("db", 6432)]),
        ("postgresql://ada@one:6432,two/interlock", [("one", 6432), ("two", 5432)]),
        ("postgresql:///interlock?host=db&port=6432", [("db", 6432)]),
        ("s3://models/releases", [("s3://models", 443)]),
        ("s3://models/releases?endpoint_override=minio:9000&scheme=http", [("minio", 9000)]),
        ("s3://models/releases?scheme=http", [("s3://models", 80)]),
        ("gs://models", [("gs://models", 443)]),
        ("abfs://models@acme.dfs.core.windows.net/releases", [("abfs://acme.dfs.core.windows.net", 443)]),
    ],
)
def test_an_address_needs_its_port_or_that_of_its_scheme(address: str, ends: list[tuple[str, int]]) -> None:
    assert not is_local(address)
    assert [(way.place, way.port) for way in ways([("key", address)])] == ends


@pytest.mark.parametrize(
    "address",
    [
        "",
        "releases",
        "registry.db",
        "sqlite:////var/registry.db",
        "http://localhost:4318",
        "http://127.0.0.1:4318",
        "http://[::1]:4318",
        "postgresql:///interlock",
        "postgresql://ada@localhost/interlock",
        "postgresql:///interlock?host=/var/run/postgresql",
    ],
)
def test_what_stays_on_the_machine_needs_nothing(address: str) -> None:
    assert is_local(address)
    assert ways([("key", address)]) == ()


def test_no_way_shows_who_asks_or_what() -> None:
    (way,) = ways([("key", "postgresql://ada:hunter2@db/interlock?sslkey=secret")])
    assert way == ("key", "db", 5432)


def test_a_port_that_is_none_is_named_by_its_setting() -> None:
    with pytest.raises(InputError) as refused:
        ways([("[serve] telemetry", "http://ada:hunter2@collector:99999")])
    assert refused.value.where == "interlock.toml, [serve] telemetry"
    assert "hunter2" not in str(refused.value)
    assert refused.value.next_step == "write it on one line, as scheme://host:port"
