from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from tests.fixtures_develop import contract, rows

from interlock.develop.bring import bring
from interlock.develop.bring.xgboost_file import Xgboost
from interlock.develop.candidates import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.sample import Sample
from interlock.errors import InputError

NAMES = ["x", "gap"]


def trained(sample: Sample, objective: str, names: Any = NAMES, **more: Any) -> tuple[Any, pd.DataFrame]:
    data = pd.DataFrame(sample.numbers[:, :2], columns=names)
    target = np.exp(sample.target / 9) if objective in ("count:poisson", "reg:gamma") else sample.target
    settings = {"objective": objective, "nthread": 1, "max_depth": 4, **more}
    return xgboost.train(settings, xgboost.DMatrix(data, target), 15), data


@pytest.mark.parametrize(
    ("task", "objective", "more"),
    [
        ("binary", "binary:logistic", {}),
        ("multiclass", "multi:softprob", {"num_class": 3}),
        ("regression", "reg:squarederror", {}),
        ("regression", "count:poisson", {}),
        ("regression", "reg:gamma", {}),
    ],
)
def test_answers_as_xgboost_does(task: Any, objective: str, more: Any) -> None:
    sample = rows(task)
    booster, data = trained(sample, objective, **more)
    fitted = bring(booster, contract(task)).fit(sample, sample, contract(task), Limits.of(9))
    np.testing.assert_allclose(
        fitted.predict(sample), booster.predict(xgboost.DMatrix(data)), rtol=2e-6, atol=1e-6
    )
    assert parity(fitted, compile_model(fitted, contract(task), candidate="mine"), sample).largest <= 1e-5


def test_a_feature_that_is_no_number_is_named() -> None:
    sample = rows()
    booster, _ = trained(sample, "binary:logistic", ["x", "gaps"])
    with pytest.raises(InputError) as caught:
        bring(booster, contract()).fit(sample, sample, contract(), Limits.of(9))
    assert "feature `gaps`" in str(caught.value)
    assert caught.value.next_step == "did you mean `gap`?"


def test_another_task_and_another_file_are_refused() -> None:
    sample = rows()
    booster, _ = trained(sample, "reg:squarederror")
    with pytest.raises(InputError, match="the model does not fit a binary task"):
        bring(booster, contract()).fit(sample, sample, contract(), Limits.of(9))
    with pytest.raises(InputError, match="this is no model file of XGBoost"):
        Xgboost(b"{}", "mine").fit(sample, sample, contract(), Limits.of(9))
