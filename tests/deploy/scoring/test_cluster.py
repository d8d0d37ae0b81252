"""Many machines: two workers of a Dask cluster, each a process of its own."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.deploy.scoring.fixtures import as_table, rows, snapshot
from tests.table.servers import Cluster

from interlock.deploy.scoring import score
from interlock.errors import InputError
from interlock.release import Release
from interlock.table import open_table

pytestmark = pytest.mark.slow
COUNT, EACH = 16_000, 400


def test_a_worker_killed_half_way_loses_and_doubles_nothing(
    cluster: Cluster, releases: dict[str, Release], tmp_path: Path
) -> None:
    address, workers = cluster
    source = tmp_path / "rows.parquet"
    pq.write_table(as_table(rows(COUNT)), source, row_group_size=EACH)
    options: dict[str, Any] = {"release": releases["forest"].path, "rows_a_part": EACH}
    score(source, tmp_path / "whole", **options)
    killed: list[str] = []

    def kill(told: str) -> None:
        if told.startswith("scored ") and not killed and int(told.split()[1].replace(",", "")) > COUNT / 3:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(told)

    done = score(source, tmp_path / "out", cluster=address, progress=kill, **options)
    assert killed
    assert workers[0].wait(10) == -signal.SIGKILL
    assert done.manifest.counts.read == COUNT
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")
    table = f"sqlite:///{tmp_path}/scores.db?table=late"
    score(source, table, cluster=address, **options)
    found = open_table(table).read(["row", "prediction"]).sort_by("row")
    expected = pq.read_table(tmp_path / "whole").select(["row", "prediction"]).sort_by("row")
    assert found.to_pylist() == expected.to_pylist()
    with pytest.raises(InputError, match="only files can be scored on a cluster"):
        score(source, tmp_path / "query", cluster=address, sql="select * from data", **options)


def test_processes_give_the_same_bytes(releases: dict[str, Release], tmp_path: Path) -> None:
    source = tmp_path / "rows.parquet"
    pq.write_table(as_table(rows(4_000)), source, row_group_size=500)
    options: dict[str, Any] = {"release": releases["forest"].path, "rows_a_part": 500}
    score(source, tmp_path / "whole", **options)
    score(source, tmp_path / "out", workers=2, **options)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")
