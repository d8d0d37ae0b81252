from dataclasses import replace

import numpy as np
import pytest
from tests.fixtures_validate import solve

from interlock.validate.card_charts import calibration_chart, leaderboard_chart, scores_chart, slices_chart
from interlock.validate.scores import scores


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


def test_pictures_of_a_rare_event_end_where_the_predictions_do() -> None:
    solved = solve("binary")
    rare = solved.validation.record.calibration
    bins = tuple(
        replace(each, predicted=each.predicted / 50, observed=each.observed / 50, low=0.0, high=0.03)
        for each in rare.bins
    )
    chart = calibration_chart(replace(solved.validation.record, calibration=replace(rare, bins=bins)))
    first, last = chart.ends
    assert first == 0
    assert 0.03 < last < 0.04
    chances = np.linspace(0.001, 0.043, 1000)
    found = scores_chart(solved.validation.record, scores("binary", np.tile([0.0, 1.0], 500), chances))
    assert found.left[0] == pytest.approx(0.0)
    assert 0.043 <= found.right[-1] < 0.05
    assert 15 <= len(found.left) <= 42
    assert sum(found.first) == pytest.approx(1)


def test_predictions_that_are_all_alike_have_a_picture() -> None:
    same = scores("binary", np.tile([0.0, 1.0], 50), np.full(100, 0.25))
    found = scores_chart(solve("binary").validation.record, same)
    assert sum(found.first) == pytest.approx(1)
