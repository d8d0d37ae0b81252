from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract import MISSING
from interlock.develop.bring import bring
from interlock.develop.bring.trees import Booster
from interlock.develop.candidates import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.sample import Sample
from interlock.errors import InputError


def data_of(sample: Sample) -> pd.DataFrame:
    data = pd.DataFrame(sample.numbers, columns=["x", "gap", "when"])
    for name, column in zip(("colour", "town"), sample.strings, strict=True):
        values = pd.Series(column.levels[column.codes]).replace(MISSING, None)
        data[name] = values.astype("category")
    return data


def trained(sample: Sample, objective: str, **more: Any) -> tuple[lightgbm.Booster, pd.DataFrame]:
    data = data_of(sample)
    settings = {"objective": objective, "verbosity": -1, "num_threads": 1, **more}
    target = np.exp(sample.target / 9) if objective == "poisson" else sample.target
    return lightgbm.train(settings, lightgbm.Dataset(data, target), 20), data


@pytest.mark.parametrize(
    ("task", "objective", "more"),
    [
        ("binary", "binary", {}),
        ("binary", "binary", {"sigmoid": 2.0}),
        ("multiclass", "multiclass", {"num_class": 3}),
        ("regression", "regression", {}),
        ("regression", "poisson", {}),
    ],
)
def test_answers_as_lightgbm_does_with_its_own_categories(task: Any, objective: str, more: Any) -> None:
    sample = rows(task)
    booster, data = trained(sample, objective, **more)
    fitted = bring(booster, contract(task)).fit(sample, sample, contract(task), Limits.of(9))
    np.testing.assert_allclose(fitted.predict(sample), booster.predict(data), rtol=1e-12)
    assert parity(fitted, compile_model(fitted, contract(task), candidate="mine"), sample).largest <= 1e-9


def test_a_feature_that_is_no_column_is_named() -> None:
    sample = rows()
    data = data_of(sample)[["x", "gap"]].rename(columns={"gap": "gaps"})
    booster = lightgbm.train({"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(data, sample.target), 2)
    text = booster.model_to_string().replace("objective=regression", "objective=binary sigmoid:1")
    with pytest.raises(InputError) as caught:
        Booster(text, "mine").fit(sample, sample, contract(), Limits.of(9))
    assert "feature `gaps`" in str(caught.value)
    assert caught.value.next_step == "did you mean `gap`?"


def test_an_objective_of_another_task_is_refused() -> None:
    sample = rows()
    booster, _ = trained(sample, "regression")
    with pytest.raises(InputError) as caught:
        bring(booster, contract()).fit(sample, sample, contract(), Limits.of(9))
    assert "the model's objective does not fit a binary task" in str(caught.value)
    assert "objective regression" in str(caught.value)
