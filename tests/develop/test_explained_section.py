from interlock.develop.contributions import Reach
from interlock.develop.dependence import Curve, Dependence
from interlock.develop.explained_section import curve_chart, reach_chart
from interlock.report import Bars, Lines

CURVE = Curve("", (0.2, 0.4), (0.1, 0.3), (0.3, 0.5))


def test_a_number_is_a_line_with_a_band() -> None:
    chart = curve_chart(Dependence("age", "number", (20.0, 60.0), (), (0.5, 0.5), (CURVE,), 300), "binary")
    assert isinstance(chart, Lines)
    assert (chart.x, chart.n, chart.y_title) == ((20.0, 60.0), 300, "mean probability")
    assert (chart.lines[0].low, chart.lines[0].high) == (CURVE.low, CURVE.high)


def test_levels_hours_and_weekdays_are_bars_with_their_shares() -> None:
    found = Dependence("town", "level", (0.0, 1.0), ("Oslo", "(missing)"), (0.95, 0.05), (CURVE,), 300)
    chart = curve_chart(found, "regression")
    assert isinstance(chart, Bars)
    assert chart.labels == ("Oslo (95.0%)", "(missing) (5.0%)")
    assert (chart.values, chart.x_title) == (CURVE.mean, "mean prediction")
    hours = Dependence("sent", "hour", (0.0, 1.0), ("00", "01"), (0.5, 0.5), (CURVE,), 300)
    assert curve_chart(hours, "binary").title == "Mean prediction by hour of sent, UTC"


def test_each_class_has_a_line_of_its_own() -> None:
    curves = tuple(Curve(name, (0.2, 0.4), (0.1, 0.3), (0.3, 0.5)) for name in "abcdefgh")
    chart = curve_chart(Dependence("age", "number", (20.0, 60.0), (), (0.5, 0.5), curves, 300), "multiclass")
    assert isinstance(chart, Lines)
    assert [line.name for line in chart.lines] == list("abcdef")
    assert chart.lines[0].low == ()


def test_reach_is_drawn_with_n() -> None:
    chart = reach_chart((Reach("age", 0.5, -1.0, 1.0, 200), Reach("town", 0.1, 0.0, 0.2, 200)), "log-odds")
    assert (chart.labels, chart.values, chart.n) == (("age", "town"), (0.5, 0.1), 200)
    assert chart.x_title == "mean size of its contribution, log-odds"
