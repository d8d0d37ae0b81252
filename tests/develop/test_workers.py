import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.fixtures_develop import contract, table
from tests.fixtures_project import begin_parcels
from tests.table.servers import HOST, free_port, running

from interlock import stages
from interlock.develop import develop
from interlock.table import executor

QUICK = ["baseline", "linear", "lightgbm"]


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the address of a scheduler, and its two workers, each a process of its own."""
    port = free_port()
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{HOST}:{port}"]
    quiet = ["--no-dashboard", "--host", HOST]
    with ExitStack() as stack:
        stack.enter_context(running([*dask, *quiet, "--port", str(port)], port))
        workers = [
            stack.enter_context(
                running([*worker, *quiet, "--no-nanny", "--nthreads", "1", "--worker-port", str(each)], each)
            )
            for each in (free_port(), free_port())
        ]
        yield f"tcp://{HOST}:{port}", workers


@pytest.mark.slow
def test_a_cluster_gives_the_same_model_though_a_worker_is_killed_half_way(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = cluster
    alone = develop(table(n=300), contract(), trials=8, candidates=QUICK, workers=0)

    def kill(line: str) -> None:
        if ", 4 trials" in line:
            workers[0].send_signal(signal.SIGKILL)

    with executor(address) as dask:
        found = develop(
            table(n=300),
            contract(),
            trials=8,
            candidates=QUICK,
            executor=dask,
            folder=tmp_path / "search",
            progress=kill,
        )
    assert workers[0].wait(10) == -signal.SIGKILL
    assert found.digest == alone.digest
    project = begin_parcels(tmp_path)
    stages.explore(project)
    stages.develop(project)
    here = project.output("develop", "test")
    project.expire("develop")
    stages.develop(project, cluster=address)
    assert project.output("develop", "test") == here
