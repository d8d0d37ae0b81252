from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.inspection import partial_dependence
from tests.fixtures_develop import contract, rows

from interlock.contract import Column
from interlock.contract.model import Task
from interlock.develop.candidates import Boosting, Limits, Scored
from interlock.develop.dependence import dependences
from interlock.develop.sample import Inputs


@dataclass(frozen=True)
class Wrapped(Scored):
    """An estimator of scikit-learn on the first two numbers."""

    estimator: Any
    task: Task = "regression"
    rounds: int = 0
    setting: str = ""

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        return np.asarray(self.estimator.predict(inputs.numbers[:, :2])).reshape(-1, 1)


def test_numbers_agree_with_scikit_learn() -> None:
    drawn = rows("regression", n=300)
    drawn = replace(drawn, numbers=np.nan_to_num(drawn.numbers))
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(drawn.numbers[:, :2], drawn.target)
    (found,) = dependences(Wrapped(model), drawn, contract("regression"), ["x"])
    theirs = partial_dependence(
        model,
        drawn.numbers[:, :2],
        [0],
        custom_values={0: np.array(found.points)},
        kind="both",
        method="brute",
    )
    np.testing.assert_allclose(found.curves[0].mean, theirs["average"][0])
    np.testing.assert_allclose(found.curves[0].low, np.quantile(theirs["individual"][0], 0.1, axis=0))
    np.testing.assert_allclose(found.curves[0].high, np.quantile(theirs["individual"][0], 0.9, axis=0))
    assert (found.n, found.kind, found.labels, len(found.points)) == (300, "number", (), 20)
    assert sum(found.shares) == pytest.approx(1)


@dataclass(frozen=True)
class Clock(Scored):
    """The hour of `when`, ten times the day of the week, and 100 where the colour is red."""

    task: Task = "regression"
    rounds: int = 0
    setting: str = ""

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        when = inputs.numbers[:, 2].astype("datetime64[s]")
        hour = (when - when.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
        day = (when.astype("datetime64[D]").astype(int) + 3) % 7
        colour = inputs.strings[0]
        red = np.array([level == "red" for level in colour.levels])[colour.codes]
        return np.asarray(hour + 10.0 * day + 100 * red).reshape(-1, 1)


def test_hours_weekdays_and_levels_are_put_into_the_rows() -> None:
    drawn = rows("regression", n=800)
    hour, weekday, colour = dependences(Clock(), drawn, contract("regression"), ["when", "colour"])
    assert (hour.kind, weekday.kind, colour.kind) == ("hour", "weekday", "level")
    assert np.diff(hour.curves[0].mean) == pytest.approx(1)
    assert np.diff(weekday.curves[0].mean) == pytest.approx(10)
    assert weekday.labels[0] == "Mon"
    means = dict(zip(colour.labels, colour.curves[0].mean, strict=True))
    others = {value for name, value in means.items() if name != "red"}
    assert means["red"] == pytest.approx(100 + others.pop())
    assert not others
    assert colour.labels[-1] == "(missing)"
    assert "(empty)" in colour.labels
    assert sum(colour.shares) == pytest.approx(1)
    assert hour.n == 300


def test_each_class_has_a_curve_and_the_curves_add_up_to_one() -> None:
    fitted = Boosting().fit(
        rows("multiclass"),
        rows("multiclass", n=300, seed=1),
        contract("multiclass"),
        replace(Limits.of(60), rounds=5),
    )
    (found,) = dependences(fitted, rows("multiclass", n=200, seed=2), contract("multiclass"), ["x"])
    assert [curve.name for curve in found.curves] == ["a", "b", "c"]
    assert np.sum([curve.mean for curve in found.curves], axis=0) == pytest.approx(1)


def test_constants_and_what_time_does_not_allow_have_none() -> None:
    drawn = rows("regression", n=50)
    still = replace(drawn, numbers=np.ones_like(drawn.numbers))
    assert dependences(Clock(), still, contract("regression"), ["x", "gap"]) == ()
    assert dependences(Clock(), drawn, contract("regression"), ["x"], seconds=-1) == ()


def test_few_values_are_taken_as_they_are() -> None:
    columns = (Column("x", "integer"), Column("gap", "boolean"), *contract().columns[2:5])
    drawn = rows("regression", n=90)
    numbers = drawn.numbers.copy()
    numbers[:, 0], numbers[:, 1] = np.arange(90) % 3, np.arange(90) % 2
    few = replace(drawn, numbers=numbers)
    x, gap = dependences(Clock(), few, contract("regression", columns=columns), ["x", "gap"])
    assert list(x.points) == [0, 1, 2]
    assert x.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert gap.labels == ("false", "true")
