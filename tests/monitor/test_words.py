import numpy as np
import pytest

from interlock.contract import Column
from interlock.monitor.apart import apart
from interlock.monitor.words import distribution_moved, rate_moved
from interlock.profile import ColumnProfile, Values


def numbers(*values: float) -> ColumnProfile:
    return ColumnProfile.of(Values("number", np.array(values)))


def moved(column: Column, then: ColumnProfile, now: ColumnProfile) -> str:
    most = apart(then, now)
    assert most is not None
    return distribution_moved(column, then, now, most)


def strings(*levels: str) -> ColumnProfile:
    codes = np.arange(len(levels), dtype=np.int32)
    return ColumnProfile.of(Values("string", codes, dictionary=np.array(levels, object)))


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (numbers(0, 2), numbers(2, 4), "x: mean 1 → 3 °F (+1.41 sd)"),
        (numbers(0, 2), numbers(-2, 0), "x: mean 1 → -1 °F (-1.41 sd)"),
        (numbers(5, 5), numbers(5, 6), "x: mean 5 → 5.5 °F (it was constant)"),
        (
            numbers(-1, 0, 1),
            numbers(-10, 0, 10),
            "x: mean 0 °F as before, at most 1 °F in 100 % → 66.7 % of the rows",
        ),
        (
            strings("a", "a", "b", "b"),
            strings("a", "b", "b", "b"),
            "x: other levels in 25 % of the rows, most of all 'a' 50 % → 25 %",
        ),
        (strings("a"), strings("c"), "x: other levels in 100 % of the rows, most of all 'a' 100 % → 0 %"),
    ],
)
def test_what_moved_is_said_with_amounts(then: ColumnProfile, now: ColumnProfile, said: str) -> None:
    assert moved(Column("x", "number", unit="°F"), then, now) == said


def test_booleans_are_shares() -> None:
    then, now = (ColumnProfile.of(Values("boolean", np.array(v))) for v in ([True, False], [True, True]))
    assert moved(Column("x", "boolean"), then, now) == "x: true in 50 % → 100 % of the rows"


def test_too_many_levels_to_count_are_told_by_their_number() -> None:
    many = strings(*map(str, range(5000)))
    assert not many.categories.exact  # type: ignore[union-attr]
    assert "different values in 5,000 → 1 rows" in moved(Column("x", "category"), many, strings("a"))


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("missing", "x: missing in 1 % → 20 % of the rows"),
        ("unseen", "x: levels that training never saw in 1 % → 20 % of the rows, most often 'é'"),
        ("violations", "x: 'é' in 1 % → 20 % of the rows"),
    ],
)
def test_shares_are_said_with_amounts(measure: str, said: str) -> None:
    assert rate_moved("x", measure, 0.2, 0.01, "'é'") == said


def test_whole_rows_have_no_column() -> None:
    assert rate_moved("", "refused", 0.02, 0.0) == "0 % → 2 % of the rows refused"
