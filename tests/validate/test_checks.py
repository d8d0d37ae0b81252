from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows
from tests.fixtures_validate import solve

from interlock.contract import Checked, Coded, Column
from interlock.develop.candidates import CANDIDATES, Limits
from interlock.develop.candidates.boosting import Boosting, Setting
from interlock.develop.candidates.linear import Linear
from interlock.develop.edges import EDGE, at_edge
from interlock.develop.importance import Importance, importances
from interlock.explore import explore
from interlock.validate.checks import (
    Rows,
    class_shares,
    idle_columns,
    overfitting,
    overlap_in_time,
    repeated_rows,
    splits,
    tuning,
    underfitting,
)
from interlock.validate.evidence import Measurement
from interlock.validate.gates import judge
from interlock.validate.judgement import Findings

RANDOM = np.random.default_rng(0)
TRUTH = (RANDOM.random(2_000) < 0.4).astype(float)
LIKELY = np.clip(0.4 + 0.3 * (2 * TRUTH - 1) + 0.1 * RANDOM.normal(size=2_000), 0.05, 0.95)
BASELINE = np.full(2_000, 0.4)


def right() -> Rows:
    return Rows(TRUTH, LIKELY, BASELINE)


def wrong() -> Rows:
    return Rows(TRUTH, np.random.default_rng(1).permutation(LIKELY), BASELINE)


def dull() -> Rows:
    return Rows(TRUTH, BASELINE, BASELINE)


def checked(numbers: list[float]) -> Checked:
    levels = np.array(["a"], object)
    strings = (Coded(np.zeros(len(numbers), np.int32), levels),)
    return Checked(np.array([numbers]).T, strings, np.zeros(len(numbers), bool), ())


def importance(column: str, value: float, low: float) -> Importance:
    return Importance(column, value, low, value + 0.1, 500)


@cache
def explored(fault: str) -> tuple[str, ...]:
    """Return the kinds of findings on a table with one planted fault."""
    random = np.random.default_rng(3)
    first, noise = random.normal(size=800), random.normal(size=800)
    outcome = first + random.logistic(size=800) > 0
    other = {
        "copy": first * 3 + 0.01 * noise,
        "leak": np.where(outcome, 5.0, 1.0) + 0.01 * noise,
        "": random.normal(size=800),
    }[fault]
    found = explore(pa.table({"first": first, "other": other, "y": outcome}), target="y")
    return tuple(each.kind for each in found.findings)


def unscaled_columns_keep_their_importance() -> bool:
    """Learn from one column in another unit: a coefficient would be a thousand times smaller."""
    plain = rows(n=600)
    numbers = plain.numbers.copy()
    numbers[:, 0] *= 1_000
    found = [
        importances(Linear().fit(each, each, contract(), Limits.of(60, seed=0)), each, contract())
        for each in (plain, replace(plain, numbers=numbers))
    ]
    values = [{each.column: each.value for each in ranked}["x"] for ranked in found]
    return values[0] > 0 and abs(values[1] / values[0] - 1) < 0.02


def a_column_of_unique_noise_is_idle() -> bool:
    """Plant a number that is another one in every row; splits on it are many, and worth nothing."""
    train, unseen = rows(n=1_500), rows(n=1_500, seed=1)
    noise = np.random.default_rng(5).normal(size=1_500)
    train, unseen = (
        replace(each, numbers=np.column_stack([each.numbers, noise])) for each in (train, unseen)
    )
    of = contract(columns=(*COLUMNS[:3], Column("noise", "number"), *COLUMNS[3:]))
    fitted = Boosting().fit(train, unseen, of, Limits.of(60, seed=0), Setting(31, 0.1))
    check = idle_columns([each for each in importances(fitted, unseen, of) if each.column in ("x", "noise")])
    return bool(check.found) and "noise" in check.sentence and "x " not in check.sentence


def a_slow_model_fails_its_gate() -> bool:
    latency = Measurement("latency_p50", "latency", 5_000.0, 4_900.0, 5_100.0, 100, "by hand", "in process")
    (gate,) = judge(Findings({"latency_p50": latency}, ()), {"latency_us": 1_000.0})
    return not gate.passed


#: For each check of skore: whether what answers it here is triggered by a planted fault, and without one.
PLANTED: dict[str, tuple[Callable[[], bool | None], Callable[[], bool | None]]] = {
    "SKD001": (
        lambda: overfitting("binary", right(), wrong()).found,
        lambda: overfitting("binary", right(), right()).found,
    ),
    "SKD002": (
        lambda: underfitting("binary", dull(), dull()).found,
        lambda: underfitting("binary", right(), right()).found,
    ),
    "SKD003": (
        lambda: splits([0.80, 0.81, 0.79, 0.80, 0.82, 0.55], "AUC").found,
        lambda: splits([0.80, 0.81, 0.79, 0.80, 0.82, 0.81], "AUC").found,
    ),
    "SKD004": (
        lambda: class_shares(np.repeat([0.0, 1.0], [90, 10]), ("no", "yes")).found,
        lambda: class_shares(np.repeat([0.0, 1.0], [60, 40]), ("no", "yes")).found,
    ),
    "SKD005": (
        lambda: class_shares(np.repeat([0.0, 1.0, 2.0], [60, 35, 5]), ("a", "b", "c")).found,
        lambda: class_shares(np.repeat([0.0, 1.0, 2.0], [40, 35, 25]), ("a", "b", "c")).found,
    ),
    "SKD006": (unscaled_columns_keep_their_importance, lambda: False),
    "SKD007": (a_column_of_unique_noise_is_idle, lambda: False),
    "SKD008": (lambda: "redundant" in explored("copy"), lambda: "redundant" in explored("")),
    "SKD009": (
        lambda: {"lightgbm", "baseline"} <= {each.name for each in CANDIDATES},
        lambda: False,
    ),
    "SKD010": (a_slow_model_fails_its_gate, lambda: False),
    "SKD011": (lambda: "leakage" in explored("leak"), lambda: "leakage" in explored("")),
    "SKD012": (
        lambda: idle_columns([importance("a", 0.2, 0.1), importance("b", 0.0, -0.1)]).found,
        lambda: idle_columns([importance("a", 0.2, 0.1)]).found,
    ),
    "SKD013": (
        lambda: overlap_in_time(np.array([1.0, 2.0, 9.0]), 5.0).found,
        lambda: overlap_in_time(np.array([1.0, 2.0, 4.0]), 5.0).found,
    ),
    "SKD014": (
        lambda: "leaves" in at_edge(Boosting(), Setting(leaves=4), rows()),
        lambda: "leaves" in at_edge(Boosting(), Setting(leaves=31), rows()),
    ),
    "SKD015": (
        lambda: tuning("linear", ["linear", "linear"], [f"`penalty` of linear is 9, {EDGE}"]).found,
        lambda: tuning("linear", ["linear", "linear"], ["another note"]).found,
    ),
    "SKD016": (
        lambda: tuning("linear", ["linear", "lightgbm"], []).found,
        lambda: tuning("linear", ["linear", "linear"], []).found,
    ),
}


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_fault_is_found_and_none_where_there_is_none(code: str) -> None:
    planted, clean = PLANTED[code]
    assert planted()
    assert not clean()


def test_all_sixteen_have_a_counterpart() -> None:
    assert list(PLANTED) == [f"SKD{number:03}" for number in range(1, 17)]


def test_rows_that_were_learned_from_are_counted_in_the_holdout() -> None:
    check = repeated_rows(checked([1.0, 2.0, 0.0]), checked([2.0, 5.0, -0.0, 7.0]))
    assert check.found
    assert check.sentence.startswith("50 % of the holdout's rows have the inputs of a row")
    assert not repeated_rows(checked([1.0]), checked([2.0])).found


def test_a_holdout_of_another_loss_is_said_with_its_interval() -> None:
    said = overfitting("binary", right(), wrong()).sentence
    assert "of the baseline's loss more than one that was learned from" in said


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_validation_checks_and_the_card_tells(task: str) -> None:
    solved = solve(task)
    named = [each.name for each in solved.validation.record.checks]
    assert {"class_shares", "splits", "tuning", "overfitting", "underfitting", "repeated_rows"} <= set(named)
    assert not next(each for each in solved.validation.record.checks if each.name == "underfitting").found
    assert "## Checks of method" in solved.validation.card_markdown


def test_the_page_names_every_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "validate.md").read_text()
    assert all(f"| {code} |" in text for code in PLANTED)


def test_of_few_models_nothing_is_told() -> None:
    check = splits([0.8, 0.2], "AUC")
    assert check.found is None
    assert check.sentence == "the model was not learned again often enough to tell"
