from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fixtures_project import begin_parcels
from tests.table.servers import HOST, Cluster, free_port, running

import interlock as il
from interlock import stages
from interlock.errors import InputError
from interlock.table import execution, executor, open_table, profile
from interlock.table.source import Table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = tmp_path_factory.mktemp("parts")
    random = np.random.default_rng(3)
    for index in range(4):
        rows = pa.table(
            {
                "x": random.lognormal(size=60_000),
                "i": random.integers(0, 500, 60_000),
                "s": random.choice(["a", "b", "c", ""], 60_000),
                "late": random.random(60_000) < 0.3,
            }
        )
        pq.write_table(rows, folder / f"{index}.parquet", row_group_size=5_000)
    return open_table(folder / "*.parquet")


@pytest.mark.slow
def test_a_cluster_gives_the_same_digest_though_a_worker_is_killed_half_way(
    table: Table, cluster: Cluster, tmp_path: Path
) -> None:
    address, workers = cluster
    expected = profile(table).digest
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done > total / 2 and not killed:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(done)

    with executor(address) as dask:
        assert profile(table, executor=dask).digest == expected
        assert profile(table, executor=dask, progress=kill).digest == expected
        assert killed
        assert workers[0].wait(10) == -signal.SIGKILL
        assert profile(table, executor=dask).digest == expected
        assert il.explore(table, target="late", executor=dask).profile.digest == expected
    project = begin_parcels(tmp_path)
    stages.explore(project)
    alone = project.output("explore", "test")
    project.expire("explore")
    stages.explore(project, cluster=address)
    assert project.output("explore", "test") == alone


@pytest.mark.slow
def test_processes_give_the_same_digest(table: Table) -> None:
    with executor(workers=2) as pool:
        assert profile(table, executor=pool).digest == profile(table).digest


@pytest.mark.slow
def test_a_file_that_workers_cannot_read_is_their_error_and_ours(table: Table, tmp_path: Path) -> None:
    pq.write_table(table.read().slice(0, 100), tmp_path / "gone.parquet", row_group_size=10)
    gone = open_table(tmp_path / "gone.parquet")
    (tmp_path / "gone.parquet").unlink()
    with (
        executor(workers=1) as pool,
        pytest.raises(InputError, match=r"the file cannot be read\n  where: .*gone.parquet\n  got: No such"),
    ):
        profile(gone, executor=pool)


def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_SECONDS", 0.5)
    message = r"the cluster cannot be reached\n  where: tcp://.*\n  got: Timed out.*\n  next: start it with"
    with pytest.raises(InputError, match=message), executor(f"tcp://{HOST}:{free_port()}"):
        pass


@pytest.mark.slow
def test_a_cluster_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_SECONDS", 1)
    port = free_port()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", HOST]
    with (
        running([*command, "--port", str(port)], port),
        pytest.raises(InputError, match=r"the cluster has no workers\n  where: .*\n  next: start one"),
        executor(f"tcp://{HOST}:{port}"),
    ):
        pass


def _die() -> None:
    time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_processes_that_die_are_told() -> None:
    message = r"the processes that did the work died again and again\n"
    with pytest.raises(InputError, match=message), executor(None, 1) as pool:
        pool.submit(_die).result()


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from interlock.table import executor\n"
        "print('run')\n"
        "with executor(workers=1) as pool:\n"
        "    print(pool.submit(divmod, 7, 2).result())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["run", "(3, 1)"]
    assert not done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "from interlock.table import executor\n"
        "with executor(workers=2) as pool:\n"
        "    busy = [pool.submit(time.sleep, 600) for _ in range(2)]\n"
        "    print(*pool._processes, flush=True)\n"
        "    time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    begun = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment)
    assert begun.stdout is not None
    workers = [Path("/proc", number, "stat") for number in begun.stdout.readline().split()]
    assert len(workers) == 2
    time.sleep(1)
    assert all(_runs(worker) for worker in workers)
    begun.kill()
    begun.wait()
    begun.stdout.close()
    end = time.monotonic() + 2
    while any(_runs(worker) for worker in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(_runs(worker) for worker in workers)


def _runs(stat: Path) -> bool:
    """Tell whether a process is there, and more than an entry in the table of processes."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
