from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from tests.fixtures_develop import COLUMNS, contract, rows

from interlock.contract import Contract
from interlock.develop.bring import bring
from interlock.develop.bring.estimator import frame
from interlock.develop.candidates import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.sample import Sample
from interlock.errors import GateError, InputError

NUMBERS, STRINGS = ["x", "gap", "when"], ["colour", "town"]


def pipeline(model: Any) -> Pipeline:
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("strings", OneHotEncoder(handle_unknown="ignore", sparse_output=False), STRINGS),
        ]
    )
    return Pipeline([("prepare", prepare), ("model", model)])


def numbers_alone(train: Sample) -> tuple[Sample, Contract]:
    return replace(train, strings=()), contract(columns=COLUMNS[:3])


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("binary", LogisticRegression(max_iter=300)),
        ("multiclass", RandomForestClassifier(10, random_state=0)),
        ("regression", Ridge()),
        ("regression", RandomForestRegressor(10, random_state=0)),
    ],
    ids=str,
)
def test_a_pipeline_is_fitted_and_answers_as_itself_in_the_graph(task: Any, model: Any) -> None:
    train = rows(task)
    fitted = bring(pipeline(model), contract(task)).fit(train, train, contract(task), Limits.of(60))
    compiled = compile_model(fitted, contract(task), candidate="mine")
    assert parity(fitted, compiled, train).largest <= 1e-6
    own: Any = pipeline(model).fit(frame(train, getattr(fitted, "ports")), train.target)  # noqa: B009
    data = frame(train, getattr(fitted, "ports"))  # noqa: B009
    expected = own.predict(data) if task == "regression" else own.predict_proba(data)
    ours = fitted.predict(train)
    np.testing.assert_allclose(ours, expected[:, 1] if task == "binary" else expected, rtol=1e-4, atol=1e-5)


def test_numbers_alone_go_in_double_precision() -> None:
    train, described = numbers_alone(rows())
    train = replace(train, numbers=np.nan_to_num(train.numbers))
    mine = make_pipeline(StandardScaler(), LogisticRegression())
    fitted = bring(mine, described).fit(train, train, described, Limits.of(60))
    assert fitted.setting == "Pipeline, double precision"


def test_an_estimator_that_is_no_pipeline_gets_all_numbers_and_the_weights() -> None:
    train, described = numbers_alone(rows("regression"))
    described = contract("regression", columns=COLUMNS[:3])
    train = replace(train, numbers=np.nan_to_num(train.numbers), weights=np.r_[np.ones(750), np.zeros(750)])
    fitted = bring(Ridge(), described).fit(train, train, described, Limits.of(60))
    expected = Ridge().fit(train.numbers[:750], train.target[:750]).predict(train.numbers)
    np.testing.assert_allclose(fitted.predict(train), expected, rtol=1e-6)
    assert fitted.setting == "Ridge, double precision"


def test_weights_that_are_not_taken_are_told() -> None:
    train, described = numbers_alone(rows())
    train = replace(train, numbers=np.nan_to_num(train.numbers), weights=np.ones(len(train)))
    fitted = bring(KNeighborsClassifier(2), described).fit(train, train, described, Limits.of(60))
    assert fitted.setting.endswith("without the weights of the rows, which it does not take")


def test_a_step_without_a_conversion_is_named() -> None:
    train, described = numbers_alone(rows())
    mine = make_pipeline(
        SimpleImputer(), QuantileTransformer(output_distribution="normal"), LogisticRegression()
    )
    with pytest.raises(InputError) as caught:
        bring(mine, described, name="mine").fit(train, train, described, Limits.of(60))
    assert "a step of `mine` has no conversion to ONNX" in str(caught.value)
    assert "docs/develop.md" in caught.value.next_step


class Own(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator that nobody wrote a converter for."""

    def fit(self, data: Any, target: Any) -> "Own":
        self.classes_ = np.unique(target)
        return self

    def predict(self, data: Any) -> Any:
        return np.zeros(len(data), int)

    def predict_proba(self, data: Any) -> Any:
        return np.full((len(data), len(self.classes_)), 0.5)


def test_an_estimator_of_ones_own_is_named() -> None:
    train, described = numbers_alone(rows())
    with pytest.raises(InputError, match="where: own: Own"):
        bring(make_pipeline(SimpleImputer(), Own()), described).fit(train, train, described, Limits.of(60))


def test_a_conversion_that_is_wrong_without_saying_so_is_refused_by_its_step() -> None:
    train, described = numbers_alone(rows())
    # skl2onnx 1.20 drops where a forest's splits send missing values, and says nothing
    mine = Pipeline([("scale", StandardScaler()), ("model", RandomForestClassifier(10, random_state=0))])
    with pytest.raises(GateError) as caught:
        bring(mine, described, name="mine").fit(train, train, described, Limits.of(60))
    assert "the conversion of `mine` answers otherwise than the estimator" in str(caught.value)
    assert caught.value.where == "step `model`, RandomForestClassifier"


def test_an_estimator_that_raises_is_told_in_words() -> None:
    train = rows()
    with pytest.raises(InputError) as caught:
        bring(LogisticRegression(), contract()).fit(train, train, contract(), Limits.of(60))
    assert "`LogisticRegression` raises while it learns" in str(caught.value)
    assert "could not convert string to float" in str(caught.value)


def test_a_class_that_is_not_seen_is_refused() -> None:
    train = rows("multiclass")
    few = train.take(np.flatnonzero(train.target < 2))
    with pytest.raises(InputError, match="the estimator did not see every class"):
        bring(pipeline(LogisticRegression()), contract("multiclass")).fit(
            few, few, contract("multiclass"), Limits.of(60)
        )
