import signal
from pathlib import Path

import pytest
from tests.fixtures_develop import contract, table
from tests.fixtures_project import begin_parcels
from tests.table.servers import Cluster

from interlock import stages
from interlock.develop import develop
from interlock.table import executor

QUICK = ["baseline", "linear", "lightgbm"]


@pytest.mark.slow
def test_a_cluster_gives_the_same_model_though_a_worker_is_killed_half_way(
    cluster: Cluster, tmp_path: Path
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
