from tests.fixtures_validate import solve

from interlock.validate.card_blocks import Grid
from interlock.validate.card_trust import robustness_blocks, robustness_charts


def test_each_kind_of_disturbance_has_a_curve_that_begins_undisturbed() -> None:
    record = solve("binary").validation.record
    charts = robustness_charts(record.robustness)
    assert [chart.x[0] for chart in charts] == [0.0] * 4
    assert len({chart.lines[0].y[0] for chart in charts}) == 1
    assert all(chart.n == record.rows.used for chart in charts)
    assert [chart.x_title for chart in charts][1] == "share of the cells that is missing"


def test_the_table_has_a_row_a_strength() -> None:
    (grid, *pictures) = robustness_blocks(solve("regression").validation.record)
    assert isinstance(grid, Grid)
    assert len(grid.rows) == 16
    assert len(pictures) == 4
    assert grid.rows[0][:2] == ("Noise on every number", "0.1 sd")
