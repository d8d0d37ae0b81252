import numpy as np
import pytest

from interlock.monitor.chance import of_ks
from interlock.monitor.dependence import days, design_effect

DAY = 86_400.0


def test_days_are_those_of_utc() -> None:
    moments = np.array([0.5, 1.0, 1.5]) * DAY
    assert days(moments) is None  # too few
    codes = days(np.concatenate([moments, np.arange(30) * DAY]))
    assert codes is not None
    assert codes[:3].tolist() == [0, 1, 1]


def test_rows_without_a_moment_are_a_day_of_their_own() -> None:
    codes = days(np.array([np.nan, np.nan, *np.arange(20) * DAY]))
    assert codes is not None
    assert codes[0] == codes[1]
    assert codes[0] not in codes[2:]


def test_independent_rows_have_an_effect_of_about_one() -> None:
    random = np.random.default_rng(0)
    clusters = np.repeat(np.arange(100), 50)
    effects = [design_effect(random.random(5000) < 0.3, clusters) for _ in range(50)]
    assert min(effects) >= 1
    assert np.mean(effects) < 1.15


@pytest.mark.parametrize("within", [0.0, 0.2])
def test_the_effect_is_kishs_formula(within: float) -> None:
    """1 + (rows a day - 1) times the correlation within a day, which here is known."""
    random = np.random.default_rng(1)
    by_day = np.repeat(random.random(4000) < 0.5, 10)
    inside = np.where(random.random(40_000) < within, random.random(40_000) < 0.5, by_day)
    correlation = (1 - within) ** 2
    assert design_effect(inside, np.repeat(np.arange(4000), 10)) == pytest.approx(
        1 + 9 * correlation, rel=0.06
    )


@pytest.mark.parametrize("inside", [np.zeros(100, bool), np.ones(100, bool)])
def test_a_share_of_nothing_or_all_has_no_effect(inside: np.ndarray) -> None:
    assert design_effect(inside, np.repeat(np.arange(20), 5)) == 1.0
    assert design_effect(np.arange(100) < 50, None) == 1.0


def test_weather_that_whole_days_share_raises_no_alarm_by_itself() -> None:
    """Days of one climate: as independent rows they nearly always alarm, by days they keep the budget."""
    random = np.random.default_rng(2)
    clusters = np.repeat(np.arange(40), 100)
    naive, honest = 0, 0
    for _ in range(200):
        now, then = (
            np.repeat(random.normal(size=n), 100) + 0.3 * random.normal(size=n * 100) for n in (40, 400)
        )
        grid = np.sort(now)
        gaps = np.abs(np.arange(1, 4001) / 4000 - np.searchsorted(np.sort(then), grid, side="right") / 40_000)
        at = int(gaps.argmax())
        design = design_effect(now <= grid[at], clusters)
        naive += of_ks(float(gaps[at]), 4000, 40_000) < 0.01
        honest += of_ks(float(gaps[at]), 4000, 40_000, design) < 0.01
    assert naive > 150
    assert honest <= 6
