"""Ranks to values and back, against lists of the values themselves."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.cells import Cells, below, ends_apart, middles, ordered, snapped


@st.composite
def cells_of_steps(draw: st.DrawFn) -> tuple[Cells, int, list[float]]:
    """Cells of adjoining steps, the digits, and one value for each step in them."""
    digits = draw(st.integers(0, 3))
    edges = sorted(draw(st.sets(st.integers(-500, 500), min_size=2, max_size=8)))
    pairs = list(pairwise(edges))
    scale = 10.0**digits
    cells = Cells(
        np.array([first / scale for first, _ in pairs]),
        np.array([(last - 1) / scale for _, last in pairs]),
        np.array([last - first for first, last in pairs]),
    )
    return cells, digits, [step / scale for step in range(edges[0], edges[-1])]


@given(cells_of_steps())
def test_a_value_on_each_step_is_found_at_its_rank_and_back(drawn: tuple[Cells, int, list[float]]) -> None:
    cells, digits, values = drawn
    ranks = np.arange(len(values), dtype=float)
    assert ordered(cells, digits, ranks).tolist() == values
    assert np.allclose(below(cells, digits, np.array(values)), ranks + 1, rtol=1e-12)


@given(cells_of_steps(), st.lists(st.floats(-600, 600), min_size=1))
def test_below_counts_what_is_at_most_a_point(
    drawn: tuple[Cells, int, list[float]], points: list[float]
) -> None:
    cells, digits, values = drawn
    expected = [sum(value <= point for value in values) for point in points]
    assert np.allclose(below(cells, digits, np.array(points)), expected, rtol=1e-12)


def test_a_continuum_is_spread_evenly() -> None:
    cells = Cells(np.array([0.0, 2.0]), np.array([1.0, 4.0]), np.array([10, 20]))
    assert np.allclose(ordered(cells, 7, np.array([0.0, 9.0, 10.0])), [0.05, 0.95, 2.05])
    assert np.allclose(below(cells, 7, np.array([-1.0, 0.5, 1.5, 3.0, 9.0])), [0, 5, 10, 20, 30])


def test_narrow_cells_of_subnormals_keep_their_shares() -> None:
    cells = Cells(np.array([1e-310]), np.array([3e-310]), np.array([10]))
    assert np.allclose(below(cells, 7, np.array([2e-310, 1e308, -1e308])), [5, 10, 0])


def test_cells_are_narrowed_to_what_they_can_hold() -> None:
    cells = Cells(np.array([9.984, 31.5]), np.array([9.999, 31.5]), np.array([5, 1]))
    left, right, _ = snapped(cells, 2)
    assert (left.tolist(), right.tolist()) == ([9.99, 31.5], [9.99, 31.5])
    assert snapped(cells, 7).left.tolist() == cells.left.tolist()


def test_the_middle_of_a_cell() -> None:
    wide = Cells(np.array([-1.7e308, 3.0]), np.array([-1.5e308, 3.0]), np.array([1, 1]))
    assert np.allclose(middles(wide), [-1.6e308, 3.0])


def test_the_ends_get_cells_of_their_own() -> None:
    one = Cells(np.array([1.0]), np.array([2.0]), np.array([10]))
    left, right, counts = ends_apart(one, 7, 4, 3)
    assert left.tolist() == [1.0, np.nextafter(1, 2), 2.0]
    assert right.tolist() == [1.0, np.nextafter(2, 1), 2.0]
    assert counts.tolist() == [4, 3, 3]
    assert ends_apart(one, 1, 6, 4).left.tolist() == [1.0, 2.0]
    point = Cells(np.array([1.0]), np.array([1.0]), np.array([10]))
    assert ends_apart(point, 7, 10, 10).counts.tolist() == [10]
    nothing = Cells(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    assert ends_apart(nothing, 0, 0, 0).counts.size == 0
