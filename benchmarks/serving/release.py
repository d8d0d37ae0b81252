"""The same fitted pipeline as an Interlock release: each of its steps as a node, its trees as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from problem import NUMBERS, STRINGS
from sklearn.pipeline import Pipeline

from interlock import contract as contracts
from interlock import release as releases
from interlock.contract import MISSING, Contract
from interlock.develop.emit import Graph, of_lightgbm
from interlock.profile import Profile
from interlock.profile.values import Values


def write_release(
    folder: Path,
    fitted: Pipeline,
    train: pd.DataFrame,
    late: pd.Series,
    scores: Any,
    numbers: Sequence[str] = NUMBERS,
    strings: Sequence[str] = STRINGS,
    whole: Sequence[str] = NUMBERS,
    name: str = "flights",
) -> Path:
    """Learn the contract from the training rows, compile the pipeline, and write the release."""
    profile = Profile.of({**{name: values(train[name]) for name in train}, "late": values(late)})
    declared = {column: {"type": "integer"} for column in whole}
    contract = contracts.learn(profile, target="late", declared=declared)
    assert [column.name for column in contract.numbers] == [*numbers]
    assert [column.name for column in contract.strings] == [*strings]
    release = releases.write(
        folder,
        name=name,
        contract=contract,
        profile=profile,
        scores=Profile.of({"prediction": Values("number", np.asarray(scores))}),
        model=compiled(fitted, contract),
        evidence={},
        card_markdown="",
        card_html="",
        environment="",
    )
    print(f"release {release.path.name}, largest difference in replay {releases.replay(release):.1g}")
    return release.path


def values(column: pd.Series) -> Values:
    """Return a column as the profile takes it."""
    if column.dtype == bool:
        return Values("boolean", column.to_numpy())
    valid = column.notna().to_numpy()
    if pd.api.types.is_numeric_dtype(column):
        return Values("number", column.to_numpy(float), valid)
    codes, levels = pd.factorize(column)
    return Values("string", codes.astype(np.int32), valid, np.array(levels, dtype=object))


def compiled(fitted: Pipeline, contract: Contract) -> bytes:
    """Compile impute, scale, one-hot and trees into one graph in double precision."""
    prepare, booster = fitted[0], fitted[-1].booster_
    graph = Graph(numbers=len(contract.numbers), strings=len(contract.strings))
    impute, scale = prepare.named_transformers_["numbers"]
    gaps = graph.node("IsNaN", graph.numbers)
    filled = graph.node("Where", gaps, graph.constant(impute.statistics_[None]), graph.numbers)
    centred = graph.node("Sub", filled, graph.constant(scale.mean_[None]))
    scaled = graph.node("Div", centred, graph.constant(scale.scale_[None]))
    hot, places = one_hot(graph, prepare.named_transformers_["strings"][1].categories_)
    forest = of_lightgbm(booster.model_to_string())
    numbers = len(contract.numbers)
    columns = np.concatenate([np.arange(numbers), numbers + places])
    forest = replace(forest, feature=columns[forest.feature])
    score = forest.emit(graph, graph.node("Concat", scaled, hot, axis=1))
    metadata = {"task": "binary", "contract": contracts.digest(contract)}
    return graph.build(graph.node("Sigmoid", score), width=1, metadata=metadata)


def one_hot(graph: Graph, categories: list[np.ndarray]) -> tuple[str, np.ndarray]:
    """Add one encoder over `<column>|<level>`, and a row of an identity matrix for each code.

    All columns get the width of the widest; returned with the tensor is where each level stands in it.
    """
    prefixes = np.array([[f"{at}|" for at in range(len(categories))]], dtype=object)
    keyed = graph.node("StringConcat", graph.constant(prefixes), graph.strings)
    depth = max(map(len, categories))
    places = {
        f"{at}|{level}": place for at, known in enumerate(categories) for place, level in enumerate(known)
    }
    missing = {
        f"{at}|{MISSING}": places[f"{at}|missing"]
        for at in range(len(categories))
        if f"{at}|missing" in places
    }
    places |= missing
    codes = graph.node(
        "LabelEncoder",
        keyed,
        domain="ai.onnx.ml",
        keys_strings=list(places),
        values_int64s=list(places.values()),
        default_int64=depth,
    )
    rows = graph.node("Gather", graph.constant(np.eye(depth + 1, depth)), codes, axis=0)
    flat = graph.node("Reshape", rows, graph.constant(np.array([-1, len(categories) * depth])))
    there = [at * depth + place for at, known in enumerate(categories) for place in range(len(known))]
    return flat, np.array(there)
