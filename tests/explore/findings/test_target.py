from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.explore.tables import measured, sklearn_table

from interlock.contract.learn import learn
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.target import balance, class_counts, related
from interlock.table import open_table
from interlock.table.profiling import profile


def _balance(values: Any) -> list[Finding]:
    found = profile(open_table(pa.table({"y": values})))
    return list(balance(found, learn(found, target="y")))


@pytest.mark.parametrize("values", [[True, False, False], ["a", "b", "b"], [1, 2, 2], [0.0, 1.0, 1.0]])
def test_classes_are_counted_whatever_their_kind(values: list[Any]) -> None:
    found = profile(open_table(pa.table({"y": values})))
    contract = learn(found, target="y")
    assert sorted(class_counts(found["y"], contract.classes).values()) == [1, 2]


def test_a_rare_class_is_called_out_with_wilsons_interval() -> None:
    (found,) = _balance([True] * 40 + [False] * 960)
    theirs = stats.binomtest(40, 1000).proportion_ci(method="wilson")
    assert found.sentence.startswith("`y` is true in only 4 % of the rows (40)")
    assert (found.effect, found.low, found.high) == pytest.approx((0.04, theirs.low, theirs.high))


def test_the_rarer_the_more_serious() -> None:
    rare, rarest = _balance([True] * 100 + [False] * 900), _balance([True] * 2 + [False] * 998)
    assert rare[0].severity < rarest[0].severity


def test_even_classes_many_classes_and_numbers_are_in_order() -> None:
    assert _balance([True] * 200 + [False] * 800) == []
    assert _balance(["a", "b", "c", "d"] * 10) == []
    assert _balance(np.random.default_rng(0).normal(size=100)) == []


def test_what_goes_with_the_target_is_said_in_words() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=1000)
    table = pa.table(
        {
            "up": x + rng.normal(size=1000),
            "down": -x + rng.normal(size=1000),
            "level": np.where(x + rng.normal(size=1000) > 0, "high", "low"),
            "y": x > 0.5,
        }
    )
    sample, contract, found = measured(table, target="y")
    yielded = related(list(found.values()), {}, sample, contract)
    sentences = {each.columns[0]: each.sentence for each in yielded}
    assert sentences["up"].startswith("The larger `up`, the more often `y` is true (AUC 0.")
    assert sentences["down"].startswith("The larger `down`, the less often `y` is true (AUC 0.")
    assert sentences["level"].startswith("`y` differs between values of `level` (Cramér's V 0.")


def test_the_direction_of_two_numbers_is_named() -> None:
    table, _, _ = sklearn_table("diabetes")
    sample, contract, found = measured(table, target="target")
    yielded = related(list(found.values()), {}, sample, contract)
    sentences = {each.columns[0]: each.sentence for each in yielded}
    assert sentences["bmi"].startswith("The larger `bmi`, the larger `target`")
    assert sentences["s3"].startswith("The larger `s3`, the smaller `target`")


def test_no_more_than_six_are_findings_and_each_has_its_statistic() -> None:
    table, _, _ = sklearn_table("breast_cancer")
    sample, contract, found = measured(table, target="target")
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    findings = list(related(ordered, {}, sample, contract))
    assert len(findings) == 6
    assert all(each.low <= each.effect <= each.high and each.n == 569 for each in findings)
    assert all("interval" in each.method and "test" in each.method for each in findings)


def test_time_is_later_not_larger() -> None:
    rng = np.random.default_rng(2)
    hours = np.arange(500)
    when = np.datetime64("2024-01-01", "us") + hours * np.timedelta64(3_600_000_000, "us")
    table = pa.table({"when": when, "y": hours + 50 * rng.normal(size=500)})
    sample, contract, found = measured(table, target="y")
    (only,) = related(list(found.values()), {}, sample, contract)
    assert only.sentence.startswith("The later `when`, the larger `y` (Spearman's rho 0.9")
