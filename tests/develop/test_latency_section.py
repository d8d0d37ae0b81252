import pytest
from tests.fixtures_develop import contract, table

from interlock.develop import Development, develop
from interlock.develop.latency_section import latency_chart
from interlock.develop.report import render
from interlock.report.format import number


@pytest.fixture(scope="module")
def development() -> Development:
    return develop(table(n=300), contract(), candidates=["baseline", "linear"], trials=4)


def test_each_trial_is_a_point_and_the_front_is_marked(development: Development) -> None:
    chart = latency_chart(development)
    learned = [each for each in development.tried if each.name != "baseline"]
    assert chart.n == len(chart.x) == len(learned) >= 2
    assert chart.groups.count("Pareto front") == sum(each.front for each in learned)
    assert chart.x == tuple(1e6 * each.latency for each in learned)
    assert (chart.x_title, chart.y_title) == ("µs a row", "log loss")


def test_the_page_has_the_section(development: Development) -> None:
    assert "Accuracy against latency" in render(development)
    baseline = next(each for each in development.tried if each.name == "baseline")
    assert "Each point is one trial or blend." in render(development)
    assert f"The baseline is not drawn: log loss {number(baseline.value)} in" in render(development)
    assert "Nothing that was tried beats the Pareto front in both." in render(development)
