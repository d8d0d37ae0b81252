import numpy as np
import pytest
from tests.fixtures_validate import solve

from interlock.validate.card_charts import calibration_chart, leaderboard_chart, scores_chart, slices_chart


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_calibration_shows_every_bin(task: str) -> None:
    record = solve(task).validation.record
    chart = calibration_chart(record)
    assert sum(chart.counts) == record.rows.used == chart.n
    assert chart.observed == tuple(each.observed for each in record.calibration.bins)
    assert all(
        low <= value <= high for low, value, high in zip(chart.low, chart.observed, chart.high, strict=True)
    )


def test_slices_are_gaps_around_no_difference_worst_first() -> None:
    record = solve("binary").validation.record
    chart = slices_chart(record)
    assert chart.labels[0] == "origin = LGA"
    assert chart.baseline == 0
    assert chart.x_title == "AUC, slice minus rest"
    assert chart.high[0] < 0
    assert list(chart.high) == sorted(chart.high)


def test_the_leaderboard_brings_out_the_winner() -> None:
    solved = solve("binary")
    chart = leaderboard_chart(solved.validation.record)
    assert chart.labels == tuple(each.name for each in solved.development.leaderboard)
    assert chart.chosen == solved.development.winner
    assert chart.values == tuple(each.score.value for each in solved.development.leaderboard)


def test_scores_are_shares_of_each_class() -> None:
    solved = solve("binary")
    chart = scores_chart(solved.validation.record, solved.validation.scores)
    assert sum(chart.first) == pytest.approx(1)
    assert sum(chart.second) == pytest.approx(1)
    middles = (np.array(chart.left) + np.array(chart.right)) / 2
    assert middles @ np.array(chart.second) > middles @ np.array(chart.first)
    assert chart.names == ("false", "true")
