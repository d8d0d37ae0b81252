"""One small problem of each task, developed for real and validated once."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.contract import Contract, learn
from interlock.develop import Development, develop
from interlock.profile import Profile
from interlock.table import Dataset, dataset, open_table, profile
from interlock.validate import Validation, validate

ROWS = 2400
LEARNED = 1400


class Problem(NamedTuple):
    contract: Contract
    profile: Profile
    development: Development
    train: Dataset
    holdout: Dataset
    validation: Validation

    @property
    def target(self) -> NDArray[np.float64]:
        assert self.holdout.target is not None
        return self.holdout.target


def columns(task: str, seed: int = 0) -> dict[str, pa.Array]:
    """Rows over 120 days, with nulls; in `origin` LGA the target is noise."""
    generator = np.random.default_rng(seed)
    hours = np.sort(generator.integers(0, 120 * 24, ROWS))
    wind = generator.gamma(2, 3, ROWS)
    distance = generator.integers(100, 3000, ROWS)
    origin = generator.choice(np.array(["EWR", "JFK", "LGA"]), ROWS)
    score = 0.25 * wind + 1.5 * (origin == "JFK") - 2.5
    score = np.where(origin == "LGA", generator.permutation(score), score)
    noise = generator.logistic(size=ROWS)
    targets: dict[str, Any] = {
        "binary": pa.array(score + noise > 0),
        "regression": pa.array(20 + 5 * score + 2 * noise),
        "multiclass": pa.array(np.array(["early", "late", "on time"])[np.digitize(score + noise, [-1, 1])]),
    }
    return {
        "scheduled": pa.array(
            hours.astype("datetime64[h]").astype("datetime64[us]") + np.timedelta64(16_000, "D")
        ),
        "wind": pa.array(wind, mask=generator.random(ROWS) < 0.05),
        "distance": pa.array(distance, mask=generator.random(ROWS) < 0.05),
        "origin": pa.array(origin, mask=generator.random(ROWS) < 0.02),
        "weekend": pa.array((hours // 24 + 3) % 7 >= 5),
        "outcome": targets[task],
    }


@cache
def solve(task: str) -> Problem:
    """Develop and validate the problem of a task, once."""
    table = pa.table(columns(task))
    learned, sealed = open_table(table.slice(0, LEARNED)), open_table(table.slice(LEARNED))
    found = profile(learned)
    contract = learn(found, target="outcome", time="scheduled")
    train = dataset(learned, contract)
    development = develop(train, contract, trials=3, candidates=("baseline", "linear"))
    holdout = dataset(sealed, contract)
    validation = validate(development, holdout, contract, profile=found, train=train)
    return Problem(contract, found, development, train, holdout, validation)
