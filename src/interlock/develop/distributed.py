"""LightGBM's own training on a Dask cluster, for more rows than one machine holds.

What is searched is searched on rows drawn from the table; then the winner's setting learns from all of them.
Each worker reads parts of the table, checks them against the contract and prepares them as they were prepared
here; only histograms travel. The trees come back as the same `Trees`, so that all that follows is the same.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.candidates.boosting import Setting, Table, Trees, parameters
from interlock.develop.candidates.candidate import Limits
from interlock.develop.candidates.memory import ages, reach
from interlock.develop.candidates.tree_model import as_matrix, directions
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.table import Table as Source
from interlock.table import dataset

__all__ = ["refit_on_cluster", "require_parts"]

#: What the estimator of the cluster sets itself.
_OWN = ("num_threads", "metric")


class _Rows(NamedTuple):
    matrix: NDArray[np.float64]
    target: NDArray[np.float64]
    weights: NDArray[np.float64]


class _Recipe(NamedTuple):
    """What a worker needs to make rows of a part of the table."""

    contract: Contract
    preparation: Preparation
    centre: float
    scale: float
    memory: float
    reach: tuple[float, float]


def refit_on_cluster(
    fitted: Trees, drawn: Sample, source: Source, contract: Contract, client: Any, limits: Limits
) -> Trees:
    """Learn from a whole table in the setting and with the rounds that a model has.

    Args:
        fitted: A model of rows drawn from the table; its preparation is kept.
        drawn: These rows.
        source: The table; its parts (files, row groups) are what the workers share, so it has at least as
            many as there are workers. All of them together hold its rows in memory.
        contract: What its columns are.
        client: A `distributed.Client`; the workers have Interlock installed, and reach the table.
        limits: The seed. LightGBM cannot be stopped in between, so the time is not kept.

    Returns:
        The trees of all rows. Rare classes are not weighed up.

    Raises:
        InputError: The table has fewer parts than the cluster has workers, or no row can be used.

    Source:
        LightGBM, `lightgbm.dask`, with `tree_learner=data`; Meng et al. (2016), A communication-efficient
        parallel algorithm for decision tree.
    """
    import lightgbm.dask

    parts = require_parts(source, client)
    centre = fitted.base[0] if fitted.task == "regression" else 0.0
    memory = 0.0 if drawn.time is None else fitted.chosen.memory
    recipe = _Recipe(contract, fitted.preparation, centre, fitted.scale, memory, reach(drawn.time))
    matrix, target, weights = _arrays(parts, recipe)
    setting = replace(fitted.chosen, balance=0.0)
    model = lightgbm.dask.DaskLGBMRegressor(  # which takes classes as the numbers they are
        client=client,
        n_estimators=fitted.rounds,
        tree_learner="data",
        **_options(fitted, drawn, contract, limits),
    )
    first = len(fitted.preparation.names) - len(fitted.preparation.levels)
    categories = list(range(first, len(fitted.preparation.names)))
    with client.as_current():  # LightGBM waits for its futures by whichever client is
        model.fit(matrix, target, sample_weight=weights, categorical_feature=categories)
    base = (centre,) if fitted.task == "regression" else (0.0,) * len(fitted.base)
    text = model.booster_.model_to_string()
    return replace(fitted, model=text, rounds=model.booster_.current_iteration(), chosen=setting, base=base)


def _options(fitted: Trees, drawn: Sample, contract: Contract, limits: Limits) -> dict[str, Any]:
    signs = directions(fitted.preparation, contract, fitted.task)
    bound = {"monotone_constraints": list(signs)} if any(signs) else {}
    common = {"max_bin": fitted.chosen.bins, "verbosity": -1, **bound}
    table = Table(fitted.preparation, drawn, None, 0.0, fitted.scale, common)
    every = parameters(table, _settled(fitted.chosen, len(drawn)), limits)
    return {name: value for name, value in every.items() if name not in _OWN}


def _settled(setting: Setting, rows: int) -> Setting:
    """Return a setting that says how many rows a leaf needs, as it was for the rows that were drawn."""
    return setting if setting.least else replace(setting, least=max(5, min(50, rows // 100)))


def _arrays(parts: list[Source], recipe: _Recipe) -> tuple[Any, Any, Any]:
    """Return Dask's arrays of the prepared rows, one block a part, whose lengths only the workers know."""
    delayed: Any = import_module("dask").delayed
    arrays: Any = import_module("dask.array")
    made = [delayed(_prepared, pure=False)(part, recipe) for part in parts]
    width = len(recipe.preparation.names)

    def array(name: str, *more: int) -> Any:
        blocks = [
            arrays.from_delayed(getattr(each, name), (np.nan, *more), dtype=np.float64) for each in made
        ]
        return arrays.concatenate(blocks, allow_unknown_chunksizes=True)

    return array("matrix", width), array("target"), array("weights")


def _prepared(part: Source, recipe: _Recipe) -> _Rows:
    """Check and prepare the rows of one part, on a worker."""
    data = dataset(part, recipe.contract)
    target = np.full(len(data), np.nan) if data.target is None else data.target
    kept = data.take(np.flatnonzero(~data.checked.rejected & np.isfinite(target)))
    weights = np.ones(len(kept)) if kept.weights is None else kept.weights.astype(np.float64)
    if recipe.memory and kept.time is not None:
        weights = weights * 2.0 ** -(ages(kept.time, *recipe.reach) / recipe.memory)
    known = np.zeros(0) if kept.target is None else (kept.target - recipe.centre) / recipe.scale
    return _Rows(as_matrix(recipe.preparation.transform(kept.checked)), known, weights)


def require_parts(source: Source, client: Any) -> list[Source]:
    """Return the parts of a table that have rows.

    Args:
        source: The table.
        client: Of the cluster that is to share them.

    Raises:
        InputError: There are fewer than workers.
    """
    parts = [part for part in source.parts() if part.count()]
    workers = len(client.scheduler_info(n_workers=-1)["workers"])
    if len(parts) < workers:
        raise InputError(
            "the table has fewer parts than the cluster has workers",
            where=source.name,
            got=f"{len(parts)} parts, {workers} workers",
            next_step="write it as several files or row groups, or take fewer workers",
        )
    return parts
