"""Tables of more rows than one machine is to hold: searched on a draw of them, learned whole by a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

from interlock.contract import Contract
from interlock.develop.candidates import Baseline, Boosting, Candidate, Fitted, Limits, Recorded
from interlock.develop.candidates.boosting import Trees
from interlock.develop.candidates.wrapped import Wrapped
from interlock.develop.distributed import refit_on_cluster, require_parts
from interlock.develop.prepare import history
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.table import Dataset, Table, dataset, open_table
from interlock.table.drawing import draw

__all__ = ["ROWS_IN_MEMORY", "OnCluster", "Whole", "held", "left_out", "require_plain", "spread"]

#: Rows of a table that are read at most where there is a cluster to learn from the others.
ROWS_IN_MEMORY = 5_000_000


class Whole(NamedTuple):
    """A table that is not read here.

    Args:
        table: It.
        rows: Its rows.
        client: The `distributed.Client` of the cluster that reads it.
    """

    table: Table
    rows: int
    client: Any


def held(
    data: Dataset | Table,
    contract: Contract,
    executor: Executor | None,
    *,
    most: int = ROWS_IN_MEMORY,
    group: str | None = None,
    seed: int = 0,
) -> tuple[Dataset, Whole | None]:
    """Read a table, or a draw of it where it is too large and there is a cluster.

    Args:
        data: The table; a dataset has been read already.
        contract: What its columns are.
        executor: What runs the trials.
        most: Rows to read at most, where the executor is a cluster's.
        group: The column whose values say which rows belong together.
        seed: Of the draw.

    Returns:
        What is searched on, and the whole table where that is not all of it.

    Raises:
        InputError: The table has fewer parts than the cluster has workers, or cannot be read.
    """
    if isinstance(data, Dataset):
        return data, None
    table, client = open_table(data), _client_of(executor)
    rows = table.count()
    if client is None or rows <= most:
        return dataset(table, contract, group=group), None
    require_parts(table, client)
    return dataset(draw(table, most, seed=seed), contract, group=group), Whole(table, rows, client)


def require_plain(declared: Sequence[tuple[str, str]], target: str, class_weights: str) -> None:
    """Refuse what a cluster cannot learn, before any time is spent.

    Args:
        declared: Name and SQL of each declared feature.
        target: How a number is learned.
        class_weights: How classes count.

    Raises:
        InputError: A feature is an aggregate over history, the target is to be a logarithm, or classes are to
            weigh the same.
    """
    past = [name for name, text in declared if history.is_history(text)]
    troubles = {
        "an aggregate over history, which needs all rows in one place": ", ".join(past),
        "the logarithm of the target": 'target = "log"' if target == "log" else "",
        "classes that weigh the same": 'class_weights = "balanced"' if class_weights == "balanced" else "",
    }
    for what, got in troubles.items():
        if got:
            raise InputError(
                f"a cluster does not learn {what}",
                where="[develop] rows_in_memory",
                got=got,
                next_step="raise rows_in_memory above the rows of the table, or leave it out",
            )


def left_out(candidates: Sequence[Candidate]) -> tuple[list[Candidate], tuple[str, ...]]:
    """Keep LightGBM, which the cluster trains, and the baseline.

    Raises:
        InputError: LightGBM is not among them.
    """
    kept: list[Candidate] = [each for each in candidates if isinstance(each, Boosting | Baseline)]
    others = [each.name for each in candidates if each not in kept]
    if not any(isinstance(each, Boosting) for each in kept):
        raise InputError(
            "of the candidates none can learn from a whole table on a cluster",
            got=", ".join(others),
            next_step="add lightgbm, or raise rows_in_memory above the rows of the table",
        )
    why = "no cluster trains it, and the table has more rows than `rows_in_memory`"
    return kept, tuple(f"{name} was left out: {why}" for name in others)


@dataclass(frozen=True)
class OnCluster(Wrapped):
    """A candidate that was searched on a draw, and learns again from the whole table.

    Args:
        candidate: LightGBM.
        whole: The table.
    """

    whole: Whole

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name

    @property
    def description(self) -> str:
        """The candidate's description."""
        return self.candidate.description

    @property
    def rows(self) -> int:
        """How many rows it learns from again."""
        return self.whole.rows

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> Fitted:
        """Learn from rows that are here."""
        return self.candidate.fit(train, watched, contract, limits, setting)

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Fitted:
        """Learn from the whole table on the cluster."""
        if not isinstance(fitted, Trees):
            return self.candidate.refit(fitted, rows, contract, limits)
        return refit_on_cluster(fitted, rows, self.whole.table, contract, self.whole.client, limits)


def spread(candidates: Sequence[Candidate], whole: Whole | None) -> dict[str, Candidate]:
    """Return the candidates by name as they learn again, LightGBM from the whole table where there is one."""
    return {
        each.name: OnCluster(each, whole) if whole is not None and isinstance(each, Boosting) else each
        for each in candidates
    }


def _client_of(executor: Executor | None) -> Any:
    """Return the client of a cluster's executor, which Dask does not name in public; None of any other."""
    client = getattr(executor, "_client", None)
    return client if hasattr(client, "scheduler_info") else None
