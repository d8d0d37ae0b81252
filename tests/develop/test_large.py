from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.develop.test_distributed import written
from tests.fixtures_develop import contract, rows, table
from tests.fixtures_project import begin_parcels

from interlock import stages
from interlock.develop import Development, develop
from interlock.develop.candidates import Baseline, Boosting, Candidate, Linear
from interlock.develop.candidates.boosting import Trees
from interlock.develop.large import OnCluster, Whole, held, left_out, require_plain, spread
from interlock.develop.score import losses
from interlock.errors import InputError
from interlock.table import Dataset, executor, open_table


@pytest.fixture(scope="module")
def workers() -> Iterator[Executor]:
    distributed: Any = import_module("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        executor(cluster.scheduler_address) as opened,
    ):
        yield opened


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_what_was_searched_on_a_draw_learns_from_the_whole_table(
    task: Any, tmp_path: Path, workers: Executor
) -> None:
    source = open_table(str(written(tmp_path, task) / "*.parquet"))
    told: list[str] = []
    made = develop(
        source,
        contract(task),
        trials=4,
        rows_in_memory=2000,
        executor=workers,
        folder=tmp_path / "search",
        progress=told.append,
    )
    assert made.winner in ("lightgbm", "blend")
    assert f"{made.winner}: learning from all 12,000 rows" in told
    assert made.rows.total == 2000
    assert any(note.startswith("searched on 2,000 rows drawn from 12,000") for note in made.notes)
    assert any(note.startswith("linear was left out: no cluster trains it") for note in made.notes)
    assert made.recipe is not None
    assert made.recipe.trouble.startswith("it learned on a cluster")
    members = [each for each in getattr(made.fitted, "members", (made.fitted,)) if isinstance(each, Trees)]
    assert members
    for each in members:
        assert each.forest.cover[each.forest.roots].max() > 4000  # a draw of 2,000 could not give so many
    small = develop(
        held(source, contract(task), workers, most=2000)[0], contract(task), candidates=["lightgbm"], trials=4
    )
    fresh = rows(task, n=4000, seed=9)

    def loss(model: Development) -> float:
        return float(losses(task, model.fitted.predict(fresh), fresh.target).mean())

    assert loss(made) < loss(small)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_fewer_parts_than_workers_are_refused_before_the_search(workers: Executor) -> None:
    single = open_table(pa.table({"x": np.arange(30.0)}))
    with pytest.raises(InputError, match="fewer parts than the cluster has workers"):
        held(single, contract(), workers, most=20)


def test_without_a_cluster_the_whole_table_is_read() -> None:
    with ThreadPoolExecutor(1) as threads:
        for given in (None, threads):
            found, whole = held(table(n=200), contract(), given, most=100)
            assert (len(found), whole) == (200, None)
    assert isinstance(found, Dataset)
    assert held(found, contract(), None, most=100)[0] is found


def test_groups_are_those_of_the_column() -> None:
    found, _ = held(table(n=200), contract(), None, group="colour")
    assert found.groups is not None
    assert len(np.unique(found.groups)) == 5


def test_only_lightgbm_and_the_baseline_are_kept() -> None:
    every: list[Candidate] = [Baseline(), Linear(), Boosting()]
    kept, notes = left_out(every)
    assert [each.name for each in kept] == ["baseline", "lightgbm"]
    assert notes[0].startswith("linear was left out: no cluster trains it")
    with pytest.raises(InputError, match="none can learn from a whole table on a cluster") as caught:
        left_out([Baseline(), Linear()])
    assert "add lightgbm" in str(caught.value)
    again = spread(kept, Whole(table(n=20), 20, None))
    assert isinstance(again["lightgbm"], OnCluster)
    assert again["baseline"] is kept[0]
    assert spread(kept, None)["lightgbm"] is kept[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (((("late", "mean(y) over 5 days by colour"),), "auto", "none"), "an aggregate over history"),
        (((), "log", "none"), "the logarithm of the target"),
        (((), "auto", "balanced"), "classes that weigh the same"),
    ],
)
def test_what_a_cluster_cannot_learn_is_refused(given: Any, message: str) -> None:
    require_plain((("speed", "x / gap"),), "auto", "none")
    with pytest.raises(InputError, match=f"a cluster does not learn {message}") as caught:
        require_plain(*given)
    assert "raise rows_in_memory" in str(caught.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_stage_hands_a_large_table_to_its_cluster(tmp_path: Path) -> None:
    distributed: Any = import_module("distributed")
    project = begin_parcels(tmp_path, "rows_in_memory = 800\n")
    stages.explore(project)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        told: list[str] = []
        stages.develop(project, cluster=cluster.scheduler_address, seconds=60, progress=told.append)
    made = Development.load(project.folder("develop"))
    assert any(note.startswith("searched on 800 rows drawn from 1,600") for note in made.notes)
    assert any(line.endswith("learning from all 1,600 rows") for line in told)
