from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from interlock.monitor import Alarm, Monitoring, monitor
from interlock.monitor.page import _grouped, document
from interlock.release import Release


@pytest.fixture(scope="module")
def result(traffic: Callable[..., Path], release: Release) -> Monitoring:
    return monitor(release, traffic(4000, temperature=4.0, outcomes=0.6))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.charts, self.sources = "", 0, 0

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.charts += ("class", "chart") in attrs
        self.sources += any(
            name in ("src", "href") and not str(value).startswith("#") for name, value in attrs
        )


def read(html: str) -> _Text:
    reader = _Text()
    reader.feed(html)
    return reader


def test_the_report_tells_what_was_found(result: Monitoring, tmp_path: Path) -> None:
    path = result.report(tmp_path / "report.html")
    page = read(path.read_text(encoding="utf-8"))
    for alarm in result.alarms:
        assert alarm.sentence in page.text
    for change in result.performance:
        assert change.sentence in page.text
    assert result.release in page.text
    assert "received = logged + sampled out + dropped" in page.text
    assert "The account balances" in page.text
    # Distances by week, five columns and the prediction then and now, AUC and means by week, slices.
    assert page.charts == 1 + 5 + 2 + 1
    assert page.sources == 0


def test_a_calm_report_says_so(traffic: Callable[..., Path], release: Release) -> None:
    page = read(document(monitor(release, traffic(3, outcomes=0))))
    assert "Calm: nothing moved further than chance and the floors allow." in page.text
    assert "Too few outcomes have arrived to measure performance." in page.text
    assert "No slice has enough outcomes yet." in page.text


def test_hostile_names_stay_text(traffic: Callable[..., Path], release: Release) -> None:
    name = "<script>alert(1)</script>"
    result = monitor(
        release, traffic(2000, cities=(0.3, 0.3, 0.2, 0.2), names=("Bergen", "Oslo", "Trondheim", name))
    )
    assert name not in document(result)
    assert name in read(document(result)).text


def test_columns_that_moved_alike_are_told_together() -> None:
    alarms = [
        Alarm("temp", "all rows", "temp: missing in 0 % → 46 % of the rows", 7.0, 0.0),
        Alarm("temp", "week of 2013-12-30", "temp: missing in 0 % → 46 % of the rows", 6.0, 0.0),
        Alarm("wind", "all rows", "wind: missing in 0 % → 46 % of the rows", 5.0, 0.0),
        Alarm("auc", "all rows", "AUC 0.6 [0.5, 0.7], 0.7 on the holdout", 4.0, 0.0),
    ]
    assert [alarm.sentence for alarm in _grouped(alarms)] == [
        "temp, wind: missing in 0 % → 46 % of the rows",
        "temp: missing in 0 % → 46 % of the rows",
        "AUC 0.6 [0.5, 0.7], 0.7 on the holdout",
    ]
