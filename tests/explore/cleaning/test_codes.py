from __future__ import annotations

import numpy as np
import pytest

from interlock.explore.cleaning.codes import impossible, missing_codes, number_profile
from interlock.profile import ColumnProfile, Values

DAY = 86_400_000_000


def test_a_day_that_stands_for_unknown_is_stated_as_a_day() -> None:
    days = np.append(np.arange(15_000, 15_400), [-25_567] * 20) * DAY
    assert missing_codes(ColumnProfile.of(Values("timestamp", days))) == ("1900-01-01",)


def test_numbers_known_by_their_counts_have_the_profile_of_their_rows() -> None:
    counts = {1.5: 3, 2.0: 1}
    assert number_profile(counts) == ColumnProfile.of(Values("number", np.array([1.5, 1.5, 1.5, 2.0])))
    many = number_profile({0.0: 3_000_000, 1.0: 1_000_000, 2.0: 1})
    assert many.n == pytest.approx(200_000, abs=2)
    assert many.mean == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("age", [-1, 400], (0, 130)),
        ("driverAge", [400], (None, 130)),
        ("age_at_death", [400], (None, 130)),
        ("latitude", [95], (None, 90)),
        ("start_hour", [25], (None, 24)),
        ("message", [400], (None, None)),
        ("size", [-5], (None, None)),
        ("age", [], (None, None)),
    ],
)
def test_names_say_what_cannot_be(
    name: str, values: list[float], expected: tuple[float | None, float | None]
) -> None:
    assert impossible(name, {20.0: 100} | dict.fromkeys(values, 1)) == expected


def test_where_many_values_lie_outside_the_name_means_something_else() -> None:
    months = dict.fromkeys(np.arange(600.0).tolist(), 1)
    assert impossible("age", months) == (None, None)
