from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.datasets import TARGETS, load
from tests.explore.tables import flights, measured, noise

from interlock.explore.coarse import coarse
from interlock.explore.findings.combined import Combined, combined, combined_findings


def _found(table: Any, **declared: Any) -> tuple[Combined, ...]:
    without = declared.pop("without", ())
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    view = coarse(ordered, sample, contract)
    named = combined(ordered, view, sample, contract, without=without)
    for each in combined_findings(named, ordered, view, contract):
        assert each.kind == "leakage"
        assert each.low <= each.effect <= each.high
        assert each.picture is not None
    return named


def _loans(n: int = 4000) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    amount, rate, term = rng.lognormal(9, 0.8, n), rng.uniform(0.05, 0.3, n), rng.choice([36, 60], n)
    payment = amount * (rate / 12) / (1 - (1 + rate / 12) ** -term.astype(float))
    columns = {"amount": amount, "term": term, "payment": payment.round(2), "y": rate}
    return {**columns, "noise": rng.normal(size=n)}


def test_a_payment_that_was_worked_out_from_the_rate_is_found_within_terms() -> None:
    columns = _loans()
    (found,) = _found(pa.table(columns), target="y")
    assert {found.first, found.second, found.within} == {"amount", "payment", "term"}
    assert found.sign == "/"
    assert found.strength > 0.99
    ratio, term = columns["payment"] / columns["amount"], columns["term"]
    expected = [abs(stats.spearmanr(ratio[term == t], columns["y"][term == t])[0]) for t in (36, 60)]
    assert found.strength == pytest.approx(np.mean(expected), abs=1e-3)


def test_a_difference_tells_two_classes_apart() -> None:
    rng = np.random.default_rng(1)
    planned = rng.uniform(0, 1000, 4000)
    delay = rng.normal(0, 20, 4000)
    table = pa.table({"planned": planned, "real": planned + delay, "late": delay > 15})
    (found,) = _found(table, target="late")
    assert (found.sign, found.within) == ("−", "")
    assert found.strength > 0.98


def test_columns_that_leak_alone_and_honest_pairs_are_left_out() -> None:
    assert _found(pa.table(_loans()), target="y", without=["payment"]) == ()
    rng = np.random.default_rng(2)
    height = rng.normal(170, 10, 3000)
    weight = height - 100 + rng.normal(0, 8, 3000)
    table = pa.table({"height": height, "weight": weight, "y": weight / height + rng.normal(0, 0.2, 3000)})
    assert _found(table, target="y") == ()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_noise_has_none(task: str) -> None:
    assert _found(noise(1500, 0, task), target="target") == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "bike_hourly", "diamonds", "employment_ma", "lending_club"])
def test_honest_tables_are_not_accused(name: str) -> None:
    assert _found(load(name), target=TARGETS[name]) == ()


def test_a_departure_gives_a_late_flight_away_only_with_its_schedule(tmp_path: Path) -> None:
    table = flights(tmp_path)
    found = _found(table, target="late", ignore=["arr_delay", "dep_delay"])
    assert [{each.first, each.second} for each in found] == [
        {"arr_time", "sched_arr_time"},
        {"dep_time", "sched_dep_time"},
    ]
    planned = ["arr_time", "dep_time", "arr_delay", "dep_delay", "air_time"]
    assert _found(table, target="late", ignore=planned) == ()
