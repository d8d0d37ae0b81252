from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.monitor import Monitoring, load, monitor
from interlock.release import Release


@pytest.fixture(scope="module")
def result(traffic: Callable[..., Path], release: Release) -> Monitoring:
    return monitor(release, traffic(4000, temperature=4.0, missing=0.2))


def test_what_is_saved_is_what_is_loaded(result: Monitoring, tmp_path: Path) -> None:
    result.save(tmp_path / "monitor")
    again = load(tmp_path / "monitor")
    assert again == result
    assert again.digest == result.digest
    assert again.alarms == result.alarms
    assert [path.name for path in (tmp_path / "monitor").iterdir()] == ["monitoring.json"]


def test_the_result_follows_from_release_and_ledger_alone(
    traffic: Callable[..., Path], release: Release
) -> None:
    ledger = traffic(500)
    assert monitor(release, ledger).digest == monitor(release, ledger).digest


def test_alarms_are_large_beyond_chance_and_largest_first(result: Monitoring) -> None:
    assert len(result.alarms) >= 2
    assert all(alarm.size >= 1 and alarm.chance <= max(result.levels.values()) for alarm in result.alarms)
    sizes = [alarm.size for alarm in result.alarms]
    assert sizes == sorted(sizes, reverse=True)
    assert result.summary.endswith(f": {result.alarms[0].text}")
    assert f"{len(sizes)} alarms on " in result.summary


def test_a_notebook_shows_the_alarms(result: Monitoring) -> None:
    shown = result._repr_html_()
    assert "temperature: mean 9.96" in shown
    assert "of the rows" in shown


@pytest.mark.parametrize("content", [None, "{}", "nonsense"])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "monitoring.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"the monitor's result cannot be read\n  where: .*monitoring\.json"):
        load(tmp_path)
