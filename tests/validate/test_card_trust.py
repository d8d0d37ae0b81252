from dataclasses import replace

from tests.fixtures_validate import solve

from interlock.validate.card_blocks import Facts, Grid, Words
from interlock.validate.card_trust import (
    privacy_blocks,
    production_blocks,
    refits_chart,
    robustness_blocks,
    robustness_charts,
    stability_blocks,
)


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


def test_each_refit_stands_beside_the_model_itself() -> None:
    record = solve("binary").validation.record
    found = record.stability
    assert found is not None
    chart = refits_chart(found)
    assert chart.baseline == record["auc"].value
    assert chart.labels[:2] == ("1: another seed", "2: a fifth left out")
    facts, _ = stability_blocks(record)
    assert isinstance(facts, Facts)
    assert [fact.label for fact in facts.facts] == ["predictions move by", "labels that change"]


def test_privacy_says_what_is_not_covered() -> None:
    *_, words = privacy_blocks(solve("binary").validation.record)
    assert isinstance(words, Words)
    assert words.text.startswith("Not covered: ")


def test_nothing_in_production_is_said_in_words() -> None:
    record = solve("binary").validation.record
    assert production_blocks(record) == (Words("There was no signed release to compare with."),)
    assert stability_blocks(replace(record, stability=None)) == (Words("The model was not learned again."),)
