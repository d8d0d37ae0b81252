import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from interlock.validate.coverage import coverage_by_slice, judge_coverage, measure_coverage
from interlock.validate.judgement import Findings
from interlock.validate.partitions import Partition

RANDOM = np.random.default_rng(0)
TARGET = RANDOM.normal(size=2000) * np.repeat([1.0, 2.0], 1000)
ENDS = np.tile([-1.645, 1.645], (2000, 1))


def test_coverage_is_a_share_with_wilsons_interval_and_width_a_mean() -> None:
    covered, asked, width = measure_coverage(0.9, ENDS, TARGET)
    count = int((np.abs(TARGET) <= 1.645).sum())
    low, high = proportion_confint(count, 2000, method="wilson")
    assert (covered.value, covered.low, covered.high) == pytest.approx((count / 2000, low, high))
    assert (asked.name, asked.value) == ("interval_level", 0.9)
    assert (width.value, width.low, width.high) == pytest.approx((3.29, 3.29, 3.29))


def test_rows_of_a_day_count_as_one() -> None:
    days = np.repeat(np.arange(200), 10)
    target = np.repeat(np.random.default_rng(1).normal(size=200), 10)
    covered = measure_coverage(0.9, ENDS, target, clusters=days, grouping="days")[0]
    inside = int((np.abs(target[::10]) <= 1.645).sum())
    low, high = proportion_confint(inside, 200, method="wilson")
    assert (covered.low, covered.high) == pytest.approx((low, high), abs=0.003)
    assert covered.method == "Wilson, days"


def test_slices_show_where_too_few_lie_inside() -> None:
    partition = Partition("half", ("calm", "wild", "rare"), np.repeat([0, 1, 2], [1000, 980, 20]))
    wild, calm = coverage_by_slice(ENDS, TARGET, [partition])
    assert (wild.name, wild.n, calm.name) == ("half = wild", 980, "half = calm")
    expected = stats.norm.cdf(1.645 / 2) - stats.norm.cdf(-1.645 / 2)
    assert wild.share == pytest.approx(expected, abs=0.04)
    assert calm.share == pytest.approx(0.9, abs=0.03)
    assert wild.width == pytest.approx(3.29)


@pytest.mark.parametrize(("level", "passed"), [(0.7, True), (0.8, True), (0.99, False)])
def test_the_gate_fails_where_coverage_is_certainly_too_low(level: float, passed: bool) -> None:
    named = {each.name: each for each in measure_coverage(level, ENDS, TARGET)}
    gate = judge_coverage("interval_coverage", Findings(named, ()), 0.05)
    assert gate.passed is passed
    assert f"asked: not certainly below {100 * (level - 0.05):.3g}" in gate.sentence


def test_without_intervals_there_is_nothing_to_judge() -> None:
    gate = judge_coverage("interval_coverage", Findings({}, ()), 0.05)
    assert (gate.passed, gate.measured, gate.sentence) == (False, None, "the model gives no intervals")
