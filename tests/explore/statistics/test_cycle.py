from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from interlock.explore.statistics.cycle import cycle


def _remembering(rng: np.random.Generator, n: int, phi: float) -> NDArray[np.float64]:
    noise: NDArray[np.float64] = lfilter([1], [1, -phi], rng.normal(size=n + 200))[200:]
    return noise


def test_a_season_is_measured() -> None:
    rng = np.random.default_rng(0)
    shape = np.array([0.0, 0, 0, 0, 5, 9, 1])
    values = np.tile(shape, 60) + rng.normal(size=420) + np.arange(420) * 0.1
    found = cycle(values, 7)
    assert found is not None
    assert (found.highest, found.swing.n) == (5, 60)
    assert shape[found.lowest] == 0
    assert found.swing.low < 9 < found.swing.high
    assert found.swing.p < 1e-12
    # The phases vary by 10.3 (population), the noise by 1.
    assert found.share == pytest.approx(shape.var() / (shape.var() + 1), abs=0.02)
    profile = found.means - found.means.mean()
    assert np.abs(profile - (shape - shape.mean())).max() < 0.5
    assert (found.low < found.means).all()
    assert (found.means < found.high).all()


@pytest.mark.parametrize("phi", [0.0, 0.7, 0.95])
@pytest.mark.parametrize(("period", "whole"), [(7, 30), (12, 5), (24, 40)])
def test_noise_has_no_season_whatever_it_remembers(phi: float, period: int, whole: int) -> None:
    rng = np.random.default_rng(1)
    found = [cycle(_remembering(rng, period * whole, phi), period) for _ in range(600)]
    p = np.array([each.swing.p for each in found if each is not None])
    assert (p <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert (p <= 0.01).mean() <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / 600)


def test_one_harmonic_in_white_noise_has_an_f_distribution() -> None:
    # With a period of 3 there is one harmonic, so nothing is multiplied.
    rng = np.random.default_rng(2)
    found = [cycle(rng.normal(size=99), 3) for _ in range(1500)]
    p = np.array([each.swing.p for each in found if each is not None])
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_the_interval_holds_for_the_pair_that_was_picked_afterwards() -> None:
    rng, covered = np.random.default_rng(3), 0
    for _ in range(400):
        found = cycle(rng.normal(size=24 * 20), 24)
        assert found is not None
        covered += found.swing.low <= 0 <= found.swing.high
    assert covered >= 0.93 * 400


def test_gaps_do_not_make_a_season() -> None:
    rng, hits = np.random.default_rng(4), 0
    for _ in range(300):
        values = _remembering(rng, 24 * 30, 0.7)
        values[np.arange(len(values)) % 24 < 8] = np.nan  # closed at night
        found = cycle(values, 24)
        assert found is not None
        assert np.isnan(found.means[:8]).all()
        hits += found.swing.p < 0.01
    assert hits <= 9


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_scale_and_place_do_not_matter(place: float, scale: float) -> None:
    values = np.random.default_rng(5).normal(size=70)
    one, other = cycle(values, 7), cycle(place + scale * values, 7)
    assert one is not None
    assert other is not None
    assert (other.highest, other.lowest) == (one.highest, one.lowest)
    assert other.swing.value == pytest.approx(scale * one.swing.value, rel=1e-6, abs=1e-6)
    assert other.swing.p == pytest.approx(one.swing.p, rel=1e-4)


def test_nothing_is_said_of_what_is_too_short_or_constant() -> None:
    assert cycle(np.arange(20.0), 7) is None
    assert cycle(np.ones(70), 7) is None
    assert cycle(np.full(70, np.nan), 7) is None
    assert cycle(np.empty(0), 7) is None
