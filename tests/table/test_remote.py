"""Tables in S3, Google Cloud Storage and Azure, read for real from servers of this machine."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from tests.fixtures_project import write_parcels
from tests.table.servers import BUCKET, HOST, KEY, STORES, Store, azure, free_port, proxy, s3

from interlock import stages
from interlock.beginning import init
from interlock.errors import InputError
from interlock.project import Project
from interlock.table import open_table, profile, retry, systems
from interlock.table.files import expand

pytestmark = pytest.mark.slow

ROWS = pa.table(
    {"a": list(range(40_000)), "b": [f"x{i % 7}" for i in range(40_000)], "c": [None, 0.5] * 20_000}
)


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest) -> Iterator[Store]:
    with STORES[request.param]() as store:
        yield store


@pytest.fixture
def store(server: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    server.announce(monkeypatch)
    monkeypatch.setattr(retry, "PAUSE", 0.01)
    monkeypatch.setattr(retry, "TRIES", 2 if "AWS_ENDPOINT_URL" not in server.environment else 4)
    monkeypatch.setattr(systems, "GOOGLE_SECONDS", 1)
    return server


def parquet(rows: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(rows, file, row_group_size=15_000)
    return file.getvalue()


def feather(rows: pa.Table) -> bytes:
    file = io.BytesIO()
    pyarrow.feather.write_feather(rows, file)
    return file.getvalue()


def text(rows: pa.Table) -> bytes:
    file = io.BytesIO()
    pyarrow.csv.write_csv(rows, file)
    return file.getvalue()


def json_lines(rows: pa.Table) -> bytes:
    import json

    return b"".join(json.dumps(row).encode() + b"\n" for row in rows.to_pylist())


FORMATS: dict[str, Callable[[pa.Table], bytes]] = {
    "t.parquet": parquet,
    "t.feather": feather,
    "t.csv": text,
    "t.csv.gz": lambda rows: gzip.compress(text(rows)),
    "t.jsonl": json_lines,
    "t.jsonl.gz": lambda rows: gzip.compress(json_lines(rows)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_rows_come_back_from_each_store_in_each_format(store: Store, name: str) -> None:
    address = store.write(f"formats/{name}", FORMATS[name](ROWS))
    table = open_table(address)
    assert table.name == name
    assert table.count() == 40_000
    assert table.read().to_pydict() == ROWS.to_pydict()
    assert table.read(["c", "a"]).to_pydict() == ROWS.select(["c", "a"]).to_pydict()
    assert profile(table).digest == profile(open_table(ROWS)).digest


def test_globs_lists_and_parts(store: Store) -> None:
    for index in range(3):
        store.write(f"many/year={index}/t.parquet", parquet(ROWS.slice(index * 10_000, 10_000)))
    store.write("many/year=1/_SUCCESS", b"")
    first = f"{store.prefix}/many/year=0/t.parquet"
    assert open_table(f"{store.prefix}/many/*/*.parquet").read()["a"].to_pylist() == list(range(30_000))
    assert open_table(f"{store.prefix}/many/**/t.parquet").count() == 30_000
    assert open_table([first, f"{store.prefix}/many/year=[12]/t.parquet"]).count() == 30_000
    parts = pickle.loads(pickle.dumps(open_table(f"{store.prefix}/many/*/*.parquet").parts()))  # noqa: S301
    assert [part.count() for part in parts] == [10_000] * 3
    assert parts[2].read()["a"].to_pylist() == list(range(20_000, 30_000))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("many/*.csv", r"no file matches\n  where: \w+://bucket/many/\*.csv\n  next: list "),
        ("many/year=0/x.parquet", r"there is no such file\n  where: .*\n  next: did you mean t.parquet"),
        ("many/year=0", r"this is a folder, not a file\n  where: .*\n  next: name its files: "),
    ],
)
def test_what_is_not_there_is_told(store: Store, name: str, message: str) -> None:
    store.write("many/year=0/t.parquet", parquet(ROWS.slice(0, 10)))
    with pytest.raises(InputError, match=message):
        open_table(f"{store.prefix}/{name}")


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz"])
def test_a_connection_cut_once_is_read_on_to_the_same_digest(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.write(f"cut/{name}", FORMATS[name](ROWS))
    expected = open_table(address).fingerprint()
    with proxy(store.port, after=30_000, times=3) as between:
        store.announce(monkeypatch, between.port)
        table = open_table(address)
        assert table.read().to_pydict() == ROWS.to_pydict()
        assert table.fingerprint() == expected
        assert between.cut >= 3


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz", "t.jsonl", "t.feather"])
def test_a_connection_that_always_breaks_is_an_error_and_never_a_shorter_table(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.write(f"cut/{name}", FORMATS[name](ROWS))
    with proxy(store.port, after=2_000, times=10_000) as between:
        store.announce(monkeypatch, between.port)
        if store.prefix.startswith("az"):  # its client reads on by itself, as often as anything comes
            assert open_table(address).read().to_pydict() == ROWS.to_pydict()
            assert between.cut > 5
            return
        with pytest.raises(
            InputError, match=r"(cannot be read|cannot be reached)\n  where: \w+://bucket/cut/t\."
        ):
            open_table(address).read()


def test_an_object_that_is_replaced_while_it_is_read_is_named(store: Store) -> None:
    address = store.write("changing/t.parquet", parquet(ROWS))
    table = open_table(address)
    batches = table.batches(size=1000)
    next(batches)
    store.write("changing/t.parquet", parquet(ROWS.slice(0, 39_000)))
    with pytest.raises(
        InputError, match=r"the file changed while it was read\n  where: .*changing/t.parquet"
    ):
        list(batches)
    with pytest.raises(InputError, match="the file changed while it was read"):
        table.read()


def test_a_replacement_of_the_same_size_is_seen(store: Store) -> None:
    before = expand(store.write("changing/a.csv", b"a\n1\n"))
    after = expand(store.write("changing/a.csv", b"a\n2\n"))
    assert before[0].size == after[0].size
    assert before[0].version != after[0].version


def test_a_project_begins_with_an_address_and_sees_a_changed_object(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parcels(tmp_path / "parcels.csv", rows=600)
    content = (tmp_path / "parcels.csv").read_bytes()
    address = store.write("project/parcels.csv", content)
    init(tmp_path, address, target="late", time="sent")
    project = Project(tmp_path)
    assert (project.config.data.source, project.config.project.name) == (address, "parcels")
    stages.explore(project)
    assert project.is_current("explore")
    store.write("project/parcels.csv", content.replace(b"true", b"TRUE"))
    assert not project.is_current("explore")
    assert project.states()[0].state == "stale"
    monkeypatch.setattr(retry, "TRIES", 1)
    store.announce(monkeypatch, free_port())
    assert project.states()[0].summary.endswith("the server cannot be reached")


def test_a_server_that_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    address = store.write("t.csv", b"a\n1\n")
    with proxy(store.port, after=0, times=0) as between:
        port = between.port
    store.announce(monkeypatch, port)
    with pytest.raises(
        InputError, match=r"the server cannot be reached\n  where: .*\n  got: .*\n  next: check the net"
    ):
        open_table(address)


@pytest.mark.parametrize("place", ["local", "s3"])
def test_a_million_rows_are_profiled_in_little_memory(place: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    group = pa.table(
        {f"x{i}": random.normal(size=200_000) for i in range(14)}
        | {f"s{i}": random.choice(["EWR", "JFK", "LGA"], 200_000) for i in range(5)}
    )
    with pq.ParquetWriter(tmp_path / "t.parquet", group.schema) as writer:
        for _ in range(5):
            writer.write_table(group)
    with s3() if place == "s3" else nullcontext() as store:
        content = (tmp_path / "t.parquet").read_bytes()
        address = store.write("t.parquet", content) if store else str(tmp_path / "t.parquet")
        environment = {**os.environ, **(store.environment if store else {})}
        done = subprocess.run(
            [sys.executable, "-c", _PROFILE, address],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    rows, peak = map(int, done.stdout.split())
    assert len(content) > 100 << 20
    assert rows == 1_000_000
    assert peak < 600 << 10


#: Prints the rows and the most memory that the process ever held, in KiB.
_PROFILE = """
import sys
from pathlib import Path
from interlock.table import open_table, profile
rows = profile(open_table(sys.argv[1])).rows
status = Path("/proc/self/status").read_text()
print(rows, next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
"""


CLOSED = r"the credentials do not open this\n  where: .*t.csv\n  got: .*\n  next: check the credentials"


def test_wrong_credentials_of_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3() as store:
        address = store.write("t.csv", b"a\n1\n")
        for name, value in {**store.environment, "AWS_SECRET_ACCESS_KEY": "hidden"}.items():
            monkeypatch.setenv(name, value)
        ask = Request(f"http://{HOST}:{store.port}/moto-api/reset-auth", b"0", {"content-type": "text/plain"})
        urlopen(ask).close()  # noqa: S310  from now on moto asks who is there
        with pytest.raises(InputError, match=CLOSED) as raised:
            open_table(address)
        assert "hidden" not in str(raised.value)


def test_wrong_credentials_of_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    with azure() as store:
        address = store.write("t.csv", b"a\n1\n")
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value.replace(KEY, b64encode(b"hidden" * 8).decode()))
        with pytest.raises(InputError, match=CLOSED):
            open_table(address)


def test_a_bucket_that_does_not_exist(store: Store) -> None:
    with pytest.raises(InputError, match=r"there is no such bucket\n  where: .*nowhere"):
        open_table(store.prefix.replace(BUCKET, "nowhere") + "/*.csv")
