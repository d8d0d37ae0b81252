from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.develop.candidates.boosting import Boosting, Setting
from interlock.develop.candidates.candidate import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.distributed import refit_on_cluster
from interlock.develop.parity import parity
from interlock.develop.score import losses
from interlock.errors import InputError
from interlock.table import open_table

LIMITS = replace(Limits.of(float("inf")), rounds=40)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed: Any = import_module("distributed")

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def written(folder: Path, task: Any, *, files: int = 4) -> Path:
    """Write 12,000 rows as several files."""
    whole = table(task, n=12_000).read()
    size = len(whole) // files
    for place in range(files):
        pq.write_table(whole.slice(place * size, size), folder / f"{place}.parquet")
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_two_workers_learn_what_one_machine_learns(task: Any, tmp_path: Path, client: Any) -> None:
    described, drawn, whole, fresh = (
        contract(task),
        rows(task, n=3000),
        rows(task, n=12_000),
        rows(task, seed=9),
    )
    candidate = Boosting((Setting(15, 0.1),))
    few = candidate.fit(drawn, drawn, described, LIMITS)
    source = open_table(str(written(tmp_path, task) / "*.parquet"))
    apart = refit_on_cluster(few, drawn, source, described, client, LIMITS)
    one = candidate.refit(few, whole, described, LIMITS)
    assert apart.rounds == few.rounds
    assert parity(apart, compile_model(apart, described, candidate="lightgbm"), drawn).largest < 1e-9

    def loss(model: Any) -> float:
        return float(losses(task, model.predict(fresh), fresh.target).mean())

    assert loss(apart) < loss(few)
    assert loss(apart) == pytest.approx(loss(one), rel=0.05)
    assert apart.forest.cover[apart.forest.roots].max() > 9000  # 80 % of all rows, not of a worker's


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_fewer_parts_than_workers_are_refused(client: Any) -> None:
    drawn = rows()
    fitted = Boosting((Setting(15, 0.1),)).fit(drawn, drawn, contract(), LIMITS)
    single = open_table(pa.table({"x": np.arange(30.0)}))
    with pytest.raises(InputError, match="fewer parts than the cluster has workers") as caught:
        refit_on_cluster(fitted, drawn, single, contract(), client, LIMITS)
    assert "2 workers" in str(caught.value)
