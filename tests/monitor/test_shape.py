import numpy as np
import pytest

from interlock.monitor.shape import shape
from interlock.profile import ColumnProfile, Values


def numbers(values: np.ndarray) -> ColumnProfile:
    return ColumnProfile.of(Values("number", values.astype(np.float64)))


def strings(*levels: str) -> ColumnProfile:
    return ColumnProfile.of(
        Values("string", np.arange(len(levels), dtype=np.int32), dictionary=np.array(levels, object))
    )


def test_bins_hold_the_shares_that_numpy_counts() -> None:
    random = np.random.default_rng(0)
    then, now = random.normal(size=4000), random.normal(1, size=1000)
    drawn = shape(numbers(then), numbers(now))
    assert drawn is not None
    edges = np.array([*drawn.left, drawn.right[-1]])
    np.testing.assert_allclose(drawn.then, np.histogram(then, edges)[0] / 4000, atol=0.004)
    np.testing.assert_allclose(drawn.now, np.histogram(now, edges)[0] / 1000, atol=0.01)
    assert 0.99 < sum(drawn.then) <= 1


def test_few_numbers_are_drawn_one_by_one() -> None:
    drawn = shape(numbers(np.array([0, 0, 1, 3])), numbers(np.array([1, 2])))
    assert drawn is not None
    assert (drawn.labels, drawn.then, drawn.now) == (
        ("0", "1", "2", "3"),
        (0.5, 0.25, 0, 0.25),
        (0, 0.5, 0.5, 0),
    )


def test_the_most_frequent_levels_of_either_side() -> None:
    drawn = shape(strings("a", ""), strings("b", "b2", "b3", "b4"))
    assert drawn is not None
    assert drawn.labels[:2] == ("(empty)", "a")
    assert drawn.then[:2] == (0.5, 0.5)
    many = shape(strings(*map(str, range(50))), strings("x"))
    assert many is not None
    assert len(many.labels) == 10
    assert many.labels[0] == "x"


@pytest.mark.parametrize(
    ("then", "now"), [(numbers(np.array([])), numbers(np.ones(3))), (strings("a"), numbers(np.ones(3)))]
)
def test_what_cannot_be_drawn_together_is_not(then: ColumnProfile, now: ColumnProfile) -> None:
    assert shape(then, now) is None


def test_a_constant_is_drawn() -> None:
    assert shape(numbers(np.ones(3)), numbers(np.ones(2))) is not None
