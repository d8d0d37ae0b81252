from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from lightgbm import LGBMRegressor
from sklearn.model_selection import cross_val_score
from tests.datasets import TARGETS, load
from tests.explore.tables import measured, noise

from interlock.explore.coarse import coarse
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.redundancy import column_sums
from interlock.explore.findings.suspects import follows, suspects
from interlock.table import values


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    view = coarse(ordered, sample, contract)
    return suspects(ordered, {}, column_sums(sample, contract), view, sample, contract)


def test_a_coarser_code_of_what_leaks_leaks_too() -> None:
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=3000)
    rank = np.argsort(np.argsort(y))
    codes = {"fine": (rank // 30).astype(str), "coarse": (rank // 900).astype(str)}
    table = pa.table({**codes, "x": y + rng.normal(size=3000), "y": y})
    found = {each.columns: each.sentence for each in _found(table, target="y")}
    assert "alone nearly determines" in found["fine",]
    assert "`coarse` follows from `fine` (in 100 % of the rows)" in found["coarse",]
    assert ("x",) not in found


def test_following_is_counted_as_pandas_counts_it() -> None:
    rng = np.random.default_rng(1)
    fine = rng.integers(0, 40, 2000)
    coarse_of = np.where(rng.random(2000) < 0.95, fine // 4, rng.integers(0, 10, 2000))
    frame = pd.DataFrame({"fine": fine, "coarse": coarse_of})
    most = frame.groupby("fine")["coarse"].agg(lambda each: each.value_counts().iloc[0]).sum()
    assert follows(values(pa.array(coarse_of)), values(pa.array(fine))).value == pytest.approx(most / 2000)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_noise_has_none(task: str) -> None:
    assert _found(noise(1500, 0, task), target="target") == []


LEAKING = {
    "balance",
    "grade",
    "installment",
    "paid_interest",
    "paid_late_fees",
    "paid_principal",
    "paid_total",
    "sub_grade",
}


@pytest.mark.slow
def test_loans_without_the_suspects_are_as_hard_as_they_should_be() -> None:
    table = load("loans")
    named = {name for each in _found(table, target="interest_rate") for name in each.columns}
    assert named >= LEAKING
    # Besides the eight, what they are worked out with: the amount of the loan.
    assert named - LEAKING == {"loan_amount"}
    frame = table.to_pandas()
    for name in frame.select_dtypes(exclude="number").columns:
        frame[name] = pd.factorize(frame[name])[0]
    y = frame.pop("interest_rate")
    model = LGBMRegressor(n_estimators=80, n_jobs=1, verbose=-1, random_state=0)
    assert cross_val_score(model, frame, y, cv=3).mean() > 0.99
    assert cross_val_score(model, frame.drop(columns=list(LEAKING)), y, cv=3).mean() < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "bike_hourly", "diamonds", "employment_ma", "lending_club"])
def test_honest_tables_are_not_accused(name: str) -> None:
    assert _found(load(name), target=TARGETS[name], ids=["id"] if name == "employment_ma" else []) == []
