from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.fixtures_develop import contract, rows, table

from interlock.develop import Development, Limits, develop
from interlock.develop.candidates import Baseline, Boosting, Linear
from interlock.develop.compiled import compile_model
from interlock.develop.parity import hostile, parity
from interlock.develop.sample import Sample
from interlock.develop.target import Logarithm, Logged, LoggedModel, _skewness, offered
from interlock.errors import InputError

CANDIDATES = (Baseline(), Linear(), Boosting())


def skewed(n: int = 3000, seed: int = 0) -> Sample:
    """Draw rows whose target is log-normal."""
    plain = rows("regression", n=n, seed=seed)
    return replace(plain, target=np.exp(plain.target / 2 + 3))


@pytest.mark.parametrize("candidate", [Linear(), Boosting()], ids=lambda each: each.name)
def test_it_is_compiled_exactly_and_finite_whatever_comes(candidate: Any) -> None:
    train = skewed()
    fitted = Logged(candidate).fit(train, train, contract("regression"), replace(Limits.of(60), rounds=15))
    model = compile_model(fitted, contract("regression"), candidate=candidate.name)
    assert parity(fitted, model, train).largest <= 1e-12
    answers = fitted.predict(hostile(train))
    assert np.isfinite(answers).all()
    assert (answers > 0).all()
    assert answers.max() <= 10.1 * train.target.max() * fitted.smearing


def test_the_smearing_gives_the_mean_of_a_log_normal() -> None:
    """For log-normal errors of standard deviation s the mean is exp(s² / 2) above the median."""
    train, watched, fresh = (skewed(20_000, seed) for seed in range(3))
    fitted = Logged(Linear()).fit(train, watched, contract("regression"), Limits.of(60))
    residuals = np.log(fresh.target) - fitted.model.predict(fresh)
    assert fitted.smearing == pytest.approx(np.exp(residuals.var() / 2), rel=0.03)
    assert fitted.predict(fresh).mean() == pytest.approx(fresh.target.mean(), rel=0.03)
    median = Logged(Linear(), smeared=False).fit(train, watched, contract("regression"), Limits.of(60))
    assert np.mean(median.predict(fresh) > fresh.target) == pytest.approx(0.5, abs=0.02)
    assert median.smearing == 1


def test_a_level_that_has_moved_is_no_part_of_the_smearing() -> None:
    train, watched = skewed(5000), skewed(5000, 1)
    still = Logged(Linear()).fit(train, watched, contract("regression"), Limits.of(60))
    days = np.linspace(0.0, 86_400.0 * 5000, 5000)
    moved = replace(watched, target=3 * watched.target, time=days + days[-1])
    found = Logged(Linear()).fit(replace(train, time=days), moved, contract("regression"), Limits.of(60))
    assert found.smearing == pytest.approx(still.smearing, rel=0.02)


def test_what_is_multiplicative_is_learned_better_as_a_logarithm() -> None:
    train, watched, fresh = (skewed(4000, seed) for seed in range(3))
    plain, logged = (
        each.fit(train, watched, contract("regression"), Limits.of(60))
        for each in (Linear(), Logged(Linear()))
    )
    errors = [np.sqrt(np.mean((each.predict(fresh) - fresh.target) ** 2)) for each in (plain, logged)]
    assert errors[1] < 0.8 * errors[0]


def test_fitted_again_it_keeps_setting_rounds_and_smearing() -> None:
    train = skewed()
    logged = Logged(Boosting())
    fitted = logged.fit(train, skewed(seed=1), contract("regression"), Limits.of(60))
    again = logged.refit(fitted, train, contract("regression"), Limits.of(60))
    assert (again.rounds, again.setting, again.smearing) == (fitted.rounds, fitted.setting, fitted.smearing)
    assert again.predict(train) == pytest.approx(fitted.predict(train), rel=1e-9)
    with pytest.raises(TypeError, match="cannot learn again what Trees learned"):
        logged.refit(fitted.model, train, contract("regression"), Limits.of(60))


def test_rows_are_taken_once_for_all_settings() -> None:
    train, watched = skewed(), skewed(seed=1)
    logged = Logged(Boosting())
    settings = logged.settings(train)
    assert settings == Boosting().settings(train)
    fits = [logged.fit(train, watched, contract("regression"), Limits.of(9), each) for each in settings[:2]]
    assert fits[0].setting != fits[1].setting
    assert logged.fit(train, watched, contract("regression"), Limits.of(9), settings[0]) == fits[0]


def names(sample: Sample, target: Any) -> list[str]:
    return [each.name for each in offered(CANDIDATES, sample, target)]


def test_variants_are_offered_where_the_target_is_positive_and_skewed() -> None:
    both = ["baseline", "linear", "lightgbm", "linear, log target", "lightgbm, log target"]
    plain = both[:3]
    assert names(skewed(), "auto") == both
    assert names(skewed(), "plain") == plain
    assert names(skewed(), "log") == ["baseline", *both[3:]]
    assert names(rows("regression"), "auto") == plain  # some are negative
    assert names(rows("binary"), "auto") == plain
    zeros = skewed()
    zeros.target[np.arange(3000) % 2 == 0] = 0
    assert names(zeros, "auto") == plain
    even = replace(zeros, target=np.random.default_rng(0).uniform(1, 2, 3000))
    assert names(even, "auto") == plain


@pytest.mark.parametrize(
    ("asked", "next_step"),
    [
        ("lug", "did you mean `log`?"),
        ("plane", "did you mean `plain`?"),
        ("1", "choose among auto, plain, log"),
    ],
)
@pytest.mark.parametrize("task", ["regression", "binary"])
def test_another_target_is_refused(asked: Any, next_step: str, task: Any) -> None:
    with pytest.raises(InputError, match=f"there is no target `{asked}`") as caught:
        develop(table(task), contract(task), trials=1, target=asked)
    assert (caught.value.where, caught.value.got) == ("[develop] target", repr(asked))
    assert caught.value.next_step == next_step
    with pytest.raises(InputError, match=f"there is no target `{asked}`"):
        offered(CANDIDATES, rows(task), asked)


@pytest.mark.parametrize(
    ("sample", "got"),
    [(rows("binary"), "a binary task"), (rows("regression"), "values from -"), (skewed(), "values from 0")],
)
def test_a_logarithm_that_is_not_there_is_refused(sample: Sample, got: str) -> None:
    if got == "values from 0":
        sample = replace(sample, target=np.zeros(len(sample)))
    with pytest.raises(InputError, match="this target has no logarithm to learn") as caught:
        offered(CANDIDATES, sample, "log")
    assert got in str(caught.value)
    assert 'use "auto" or "plain"' in str(caught.value)


@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=30).filter(lambda values: max(values) > 1e-200))
def test_there_and_back_is_the_same_value(values: list[float]) -> None:
    target = np.array(values)
    logarithm = Logarithm.of(target)
    again = logarithm.back(logarithm.take(target))
    np.testing.assert_allclose(again, target, rtol=1e-9, atol=1e-12 * (logarithm.shift + target.max()))
    assert (np.diff(logarithm.take(np.sort(target))) >= 0).all()


def test_what_was_not_seen_has_a_finite_logarithm() -> None:
    logarithm = Logarithm.of(np.array([1.0, 100.0]))
    odd = logarithm.take(np.array([-5.0, 0.0, 1e300]))
    assert odd.tolist() == [logarithm.low, logarithm.low, logarithm.high]
    back = logarithm.back(np.array([-np.inf, -1e300, 1e300, np.inf]))
    assert back == pytest.approx([0.1, 0.1, 1000, 1000])


def test_skewness_is_the_one_of_scipy() -> None:
    values = np.random.default_rng(0).lognormal(size=500)
    assert _skewness(values) == pytest.approx(stats.skew(values))
    assert _skewness(np.ones(5)) == 0


def test_a_development_of_logarithms_is_saved_and_read_again(tmp_path: Any) -> None:
    values = table("regression").read().to_pandas()
    values["y"] = np.exp(values["y"])
    development = develop(values, contract("regression"), candidates=["lightgbm"], trials=1, target="log")
    assert isinstance(development.fitted, LoggedModel)
    assert development.winner == "lightgbm, log target"
    assert Development.load(development.save(tmp_path)) == development
