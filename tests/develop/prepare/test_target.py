from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.preprocessing import TargetEncoder
from tests.fixtures_develop import CLASSES, coded

from interlock.contract import MISSING, Column, Contract
from interlock.develop.prepare.folds import folds
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.prepare.target import TargetMeans, credible_means, make_target_means
from interlock.develop.sample import Sample

DAY = 86_400.0


def sample(levels: Any, target: Any, task: Any = "binary", **changed: Any) -> Sample:
    n = len(target)
    drawn = Sample(
        np.empty((n, 0)), (coded(levels),), np.asarray(target, float), task, len(CLASSES.get(task, ()))
    )
    return replace(drawn, **changed)


def learned(rows: Sample, encode: Any = "target") -> Learned:
    kind: Any = "number" if rows.task == "regression" else "category"
    contract = Contract(
        (Column("town", "category"), Column("y", kind, role="target")), rows.task, CLASSES[rows.task]
    )
    return make_target_means(rows, contract, Options(encode=encode))[0]


def variances(codes: np.ndarray[Any, Any], target: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Estimate the variance within and between levels by the analysis of variance, in plain sums."""
    groups = [target[codes == code] for code in np.unique(codes)]
    n, k = len(target), len(groups)
    within = sum(((group - group.mean()) ** 2).sum() for group in groups) / (n - k)
    between = sum(len(group) * (group.mean() - target.mean()) ** 2 for group in groups) / (k - 1)
    size = (n - sum(len(group) ** 2 for group in groups) / n) / (k - 1)
    return within, max(0.0, (between - within) / size)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 3.0]))
def test_means_are_scikit_learns_for_the_same_smoothing(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    codes = random.integers(0, 12, 300)
    target = spread * random.normal(size=12)[codes] + random.normal(size=300)
    within, between = variances(codes, target)
    ours = credible_means(codes, 13, target[:, None], np.ones(300))[:, 0]
    assert ours[12] == pytest.approx(target.mean())
    if between == 0:
        np.testing.assert_allclose(ours, target.mean())
        return
    theirs = TargetEncoder(smooth=within / between, target_type="continuous").fit(codes[:, None], target)
    np.testing.assert_allclose(ours[theirs.categories_[0]], theirs.encodings_[0], rtol=1e-9)


def test_the_variances_are_those_that_the_rows_were_drawn_with() -> None:
    # Levels with variance 4 around 7, rows with variance 9 around them: m is 9 / 4.
    random = np.random.default_rng(0)
    codes = np.repeat(np.arange(2000), 5)
    target = 7 + 2 * random.normal(size=2000)[codes] + 3 * random.normal(size=10_000)
    means = np.bincount(codes, target) / 5
    ours = credible_means(codes, 2000, target[:, None], np.ones(10_000))[:, 0]
    share = np.polyfit(means, ours, 1)[0]
    assert share == pytest.approx(5 / (5 + 9 / 4), abs=0.02)  # two standard errors are 0.015


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_a_weight_counts_as_its_level_mean_drawn_by_it(weight: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    codes, target = random.integers(0, 4, 60), random.normal(size=(60, 2))
    whole = credible_means(codes, 4, target, np.full(60, float(weight)))
    np.testing.assert_allclose(whole, credible_means(codes, 4, target, np.ones(60)), atol=1e-9)
    without = random.random(60) < 0.5
    left_out = credible_means(codes, 4, target, np.where(without, 0.0, 1.0))
    kept = credible_means(codes[~without], 4, target[~without], np.ones(np.count_nonzero(~without)))
    np.testing.assert_allclose(left_out, kept, atol=1e-9)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_missing_rare_and_unknown_levels(task: Any) -> None:
    levels = ["a"] * 40 + ["b"] * 40 + [MISSING] * 40 + [f"rare {i}" for i in range(40)]
    target = np.repeat([0.0, 1.0, 0.0, 1.0], 40)
    step = learned(sample(levels, target, task)).step
    found = step.transform(sample(["a", "b", MISSING, "rare 3", "never seen", ""], np.zeros(6), task))
    shown = found[:, 1] if task == "multiclass" else found[:, 0]
    assert shown[0] < 0.01
    assert shown[2] < 0.01
    assert shown[1] > 0.99
    assert len(set(shown[3:].tolist())) == 1
    assert shown[3] > 0.99
    if task == "multiclass":
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert step.names == ("town target a", "town target b", "town target c")


def test_noise_in_thousands_of_levels_teaches_nothing() -> None:
    random = np.random.default_rng(1)
    levels = random.integers(0, 3000, 24_000).astype(str)
    target = random.integers(0, 2, 24_000)
    encoded = learned(sample(levels, target)).training
    assert encoded is not None
    assert abs(spearmanr(encoded[:, 0], target).statistic) < 0.03  # 0.0065 is one standard error
    naive = TargetEncoder(smooth=1e-9).fit(levels[:, None], target).transform(levels[:, None])
    assert spearmanr(naive[:, 0], target).statistic > 0.3


def test_what_thousands_of_levels_say_is_learned() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(0, 3000, 60_000)
    likely = random.beta(1, 1, 3000)
    target = random.random(60_000) < likely[codes]
    found = learned(sample(codes.astype(str), target))
    assert found.training is not None
    assert spearmanr(found.training[:, 0], likely[codes]).statistic > 0.9
    assert isinstance(found.step, TargetMeans)
    assert found.step.levels[0].size > 2900


@given(st.data(), st.booleans())
def test_each_row_is_encoded_once_and_never_from_itself_its_unit_or_its_future(
    data: st.DataObject, timed: bool
) -> None:
    n = data.draw(st.integers(1, 60))
    units = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    time = np.array(data.draw(st.lists(st.integers(0, 30), min_size=n, max_size=n))) * DAY
    rows = sample(["a"] * n, np.zeros(n), units=units, time=time if timed else None)
    parts = folds(rows, seed=3)
    encoded = np.concatenate([each for each, _ in parts])
    np.testing.assert_array_equal(np.sort(encoded), np.arange(n))
    for each, source in parts:
        apart = not set(units[each]) & set(units[source])
        past = timed and (len(source) == 0 or time[source].max() < time[each].min())
        assert past or apart
        assert not set(each) & set(source)


def test_folds_are_drawn_by_seed() -> None:
    rows = sample(["a"] * 100, np.zeros(100))
    first, same, other = (folds(rows, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(ours[0], theirs[0]) for ours, theirs in zip(first, same, strict=True))
    assert not all(np.array_equal(ours[0], theirs[0]) for ours, theirs in zip(first, other, strict=True))


def test_one_unit_alone_learns_from_nobody() -> None:
    rows = sample(["a", "b"] * 20, [0, 1] * 20, units=np.zeros(40, np.int64))
    training = learned(rows).training
    assert training is not None
    np.testing.assert_allclose(training, 0.5)


def test_nothing_is_fitted_where_codes_suffice() -> None:
    contract = Contract((Column("town", "category"),))
    assert make_target_means(sample(["a"], [0]), contract, Options()) == ()
