from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.serve.ledger.folders import entry, header_of, row, write
from tests.shipping.kills import is_killed

from interlock.errors import InputError
from interlock.serve.ledger import Ledger, account, outcomes, read
from interlock.serve.ledger.removal import is_shipped
from interlock.serve.ledger.retention import prune
from interlock.serve.ledger.segment import segments
from interlock.shipping import open_ledger, ship, ship_every
from interlock.shipping import shipper as module
from interlock.shipping.shipper import Shipment


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "ledger", tmp_path / "lake"


def same(ledger: Path, lake: Path) -> None:
    """Assert that both hold the same rows and outcomes, each once."""
    there = open_ledger(lake)
    here = sorted((record.id, repr(record)) for record in read(ledger))
    assert sorted((record.id, repr(record)) for record in there.records()) == here
    found = sorted((truth.id, truth.outcome, truth.time) for truth in there.outcomes())
    assert found == sorted((truth.id, truth.outcome, truth.time) for truth in outcomes(ledger))


def test_rows_outcomes_and_account_are_the_same_there(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    for start in (0, 200):
        write(ledger, range(start, start + 100))
    shipped = ship(ledger, lake)
    assert (shipped.requests, shipped.rows, shipped.outcomes) == (200, 200, 200)
    same(ledger, lake)
    here, there = account(ledger), open_ledger(lake).account()
    assert here == there
    assert [each.wrong for each in open_ledger(lake).writers()] == [(), ()]
    assert ship(ledger, lake) == Shipment()
    assert all(is_shipped(segment) for segment in segments(ledger))


def test_only_what_is_new_is_shipped_of_a_running_service(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    with Ledger(ledger, header_of()) as book:
        for person in range(30):
            book.record(entry(book, person))
            if person % 10 == 9:
                book.flush()
                assert ship(ledger, lake).requests == 10
                same(ledger, lake)
        assert not any(is_shipped(segment) for segment in segments(ledger))
    ship(ledger, lake)
    same(ledger, lake)
    assert all(is_shipped(segment) for segment in segments(ledger))
    assert open_ledger(lake).account() == account(ledger)


def test_files_lie_by_date_and_hour_and_others_can_read_them(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    hours = (1_760_000_000.0, 1_760_003_600.0, 1_760_090_000.0)
    with Ledger(ledger, header_of()) as book:
        for place, moment in enumerate(hours):
            book.record(entry(book, 100 + place, 200 + place, time=moment))
            book.truth(f"{book.writer}-{place:x}", outcome=True)
    ship(ledger, lake)
    found = sorted(str(path.parent.relative_to(lake)) for path in lake.glob("predictions/**/*.parquet"))
    expected = [time.strftime("predictions/date=%Y-%m-%d/hour=%H", time.gmtime(moment)) for moment in hours]
    assert found == sorted(expected)
    with duckdb.connect() as connection:
        rows = connection.read_parquet(f"{lake}/predictions/**/*.parquet", hive_partitioning=True)
        told = connection.read_parquet(f"{lake}/outcomes/**/*.parquet").set_alias("told")
        joined = rows.filter("date >= '2025-01-01'").set_alias("rows").join(told, "rows.id = told.id", "left")
        counted = joined.aggregate("count(*), sum(input_customer), min(epoch(rows.time)), sum(number)")
        assert counted.fetchall() == [(6, 100 + 101 + 102 + 200 + 201 + 202, hours[0], 3.0)]
    assert pq.ParquetDataset(lake / "predictions").read().num_rows == 6


def test_nothing_is_deleted_here_before_it_is_there(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(60))
    assert prune(ledger, 0.0) == ()
    ship(ledger, lake)
    gone = prune(ledger, 0.0)
    assert len(gone) > 3
    assert (account(ledger).removed, account(ledger).missing) == (60, 0)
    assert open_ledger(lake).account().found == 60
    assert len(list(open_ledger(lake).records())) == 60


def test_what_a_manifest_does_not_name_is_not_read(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(20))
    ship(ledger, lake)
    stray = next(lake.glob("predictions/**/*.parquet"))
    stray.with_name("stray.parquet").write_bytes(stray.read_bytes())
    assert len(list(open_ledger(lake).records())) == 20


def test_a_changed_and_a_missing_file_are_told(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(60))
    ship(ledger, lake)
    first, second = sorted(lake.glob("predictions/**/*.parquet"))[:2]
    first.write_bytes(first.read_bytes()[:-1] + b"!")
    second.unlink()
    wrong = [words for each in open_ledger(lake).writers() for words in each.wrong]
    assert sorted(words.partition(":")[0] for words in wrong) == [
        "a shipped file is missing",
        "a shipped file was changed",
    ]
    with pytest.raises(InputError, match=r"a shipped file (was changed|is missing)\n  where: .*\n  next: "):
        list(open_ledger(lake).records())


def test_pieces_are_bounded_whatever_waits(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, lake = places
    write(ledger, range(60), segment_bytes=1 << 20)
    monkeypatch.setattr(module, "PIECE_ENTRIES", 20)
    ship(ledger, lake)
    assert len(list(lake.glob("predictions/**/*.parquet"))) >= 6
    same(ledger, lake)


def test_a_lost_note_of_what_was_shipped_doubles_nothing(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(60))
    ship(ledger, lake)
    for path in (ledger / "shipped").iterdir():
        path.unlink()
    assert ship(ledger, lake).rows == 0
    same(ledger, lake)
    assert all(is_shipped(segment) for segment in segments(ledger))


def test_a_destination_that_refuses_is_told(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(3))
    lake.write_text("a file")
    with pytest.raises(
        InputError, match=r"the destination cannot be written\n  where: .*lake\n  got: [\s\S]*next: "
    ):
        ship(ledger, lake)
    with pytest.raises(InputError, match="there is no ledger here"):
        ship(ledger.parent / "nowhere", lake)


def test_a_destination_that_is_away_is_waited_for_longer_and_longer(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(30))
    lake.write_text("in the way")
    said: list[str] = []
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 4:
            lake.unlink()
        return len(waited) < 6

    ship_every(ledger, lake, 30.0, say=said.append, wait=wait)
    assert waited == [1.0, 2.0, 4.0, 8.0, 30.0, 30.0]
    assert re.search(
        r"lake (is away|refuses) \(.*\); \d+ segments, 0.0 MB, wait here; next try in 1 s", said[0]
    )
    assert said[4:] == [f"{lake} is there again", said[5]]
    assert said[5].startswith("30 requests with 30 rows, and 30 outcomes, shipped in ")
    same(ledger, lake)


def test_what_was_written_until_the_stop_is_shipped(places: tuple[Path, Path]) -> None:
    ledger, lake = places
    write(ledger, range(10))

    def wait(_: float) -> bool:
        write(
            ledger, range(200, 210)
        )  # the service ends, and writes its last rows, before the shipper is told
        return False

    ship_every(ledger, lake, 30.0, say=lambda _: None, wait=wait)
    same(ledger, lake)


@pytest.mark.slow
def test_killed_at_any_moment_each_row_is_there_once(places: tuple[Path, Path]) -> None:
    """The shipper is killed at random moments while a service writes on; then it is run to its end.

    It tells of each write before it begins, and the moments are counted in these: so they fall into a run
    however fast the machine is. A whole run of one round has 36 writes or more.
    """
    ledger, lake = places
    random.seed(5)
    code = f"""
from interlock.shipping import ship
from interlock.shipping import shipper as module
module.PIECE_ENTRIES = 10
put = module.Destination.put
module.Destination.put = lambda *given: (print(flush=True), put(*given))
print(flush=True)
ship({str(ledger)!r}, {str(lake)!r})
"""
    kills = 0
    with Ledger(ledger, header_of(), segment_bytes=20_000) as book:
        for round_ in range(12):
            for place in range(60):
                number = round_ * 60 + place
                book.record(entry(book, number))
                book.truth(f"{book.writer}-{number:x}", outcome=bool(number % 2))
                book.flush()
            kills += is_killed(code, random.randint(1, 40), random.uniform(0.0, 0.01))
            named = {record.id for record in open_ledger(lake).records()} if lake.exists() else set()
            assert named <= {record.id for record in read(ledger)}
    assert kills > 6
    ship(ledger, lake)
    same(ledger, lake)
    assert [words for each in open_ledger(lake).writers() for words in each.wrong] == []
    with duckdb.connect() as connection:  # a reader that knows no manifest finds each row once, too
        rows = connection.read_parquet(f"{lake}/predictions/**/*.parquet")
        counts = rows.aggregate("count(*), count(distinct id)").fetchall()
    assert counts == [(720, 720)]


@pytest.fixture(scope="module", params=["s3", "gs", "az"])
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    from tests.table import servers

    make = {"s3": servers.s3, "gs": servers.gcs, "az": servers.azure}[request.param]
    with make() as found:
        yield found


@pytest.mark.slow
def test_rows_come_back_from_each_store(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    address = f"{store.prefix}/lake"
    write(tmp_path, range(100))
    assert ship(tmp_path, address).rows == 100
    there = open_ledger(address)
    assert sorted(repr(record) for record in there.records()) == sorted(repr(each) for each in read(tmp_path))
    assert there.account() == account(tmp_path)
    assert ship(tmp_path, address).rows == 0


@pytest.mark.slow
def test_a_store_that_is_away_loses_nothing(tmp_path: Path) -> None:
    """Ten minutes away, told in seconds: a real S3 server is stopped, its pauses are a hundredth as long."""
    from tests.table import servers

    ledger, port = tmp_path / "ledger", servers.free_port()
    endpoint = f"http://{servers.HOST}:{port}"
    code = f"""
import sys, threading
from interlock.shipping import shipper as module
module.FIRST_PAUSE, module.LONGEST_PAUSE = 0.01, 3.0
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
module.ship_every({str(ledger)!r}, "s3://bucket/lake", 0.2,
    say=lambda line: print(line, flush=True), wait=lambda seconds: not stop.wait(seconds))
"""
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    moto = [sys.executable, "-m", "moto.server", "-H", servers.HOST, "-p", str(port)]
    import os

    with Ledger(ledger, header_of(), segment_bytes=20_000) as book:
        shipper = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        for number in range(300):  # the store is not there at all
            book.record(entry(book, number))
            time.sleep(0.02)
        with servers.running(moto, port):
            import pyarrow.fs as pa_fs

            system = pa_fs.S3FileSystem(
                access_key="test",
                secret_key="test",  # noqa: S106
                endpoint_override=endpoint,
                region="us-east-1",
                allow_bucket_creation=True,
            )
            system.create_dir("bucket")
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with pytest.MonkeyPatch.context() as patch:
                    for name, value in environment.items():
                        patch.setenv(name, value)
                    found = {record.id for record in open_ledger("s3://bucket/lake").records()}
                if len(found) == 300:
                    break
                time.sleep(0.3)
            shipper.communicate("", 60)
            assert len(found) == 300
    assert account(ledger).dropped == 0
    assert shipper.returncode == 0


def test_a_row_of_the_helper_is_what_it_says() -> None:
    assert row(7)[1][1] == "person7@example.org"
