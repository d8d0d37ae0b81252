from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import noise, penguins, sklearn_table

from interlock.explore import explore
from interlock.explore.findings.finding import Finding, Kind, finding
from interlock.explore.statistics.estimate import wilson
from interlock.explore.summary import to_decide


def _sentences(table: Any, **declared: Any) -> tuple[str, ...]:
    return explore(table, **declared).summary


def test_a_table_of_penguins_in_five_sentences() -> None:
    table, target, gaps, related, first = _sentences(penguins(), target="species")
    assert table == "The table has 344 rows and 6 columns: 3 categories, 2 numbers and 1 integer."
    assert target.startswith("To predict is `species`, one of 3 classes; Adelie is the largest with ")
    assert "3 columns have gaps" in gaps
    assert "3 of 5 columns go with `species`" in related
    assert "`flipper_length_mm`" in related
    assert first == "Nothing here stands in the way of a first model."


def test_the_target_of_a_regression_is_described_by_its_quartiles() -> None:
    table, _, y = sklearn_table("diabetes")
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
    sentence = _sentences(table, target="target")[1]
    assert f"between {low:.0f} and {high:.1f}, the median is {middle:.1f}." in sentence


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"a": [1.5, 2.5]}, "No value is missing."),
        ({"a": [1.5, None], "b": [1.5, 2.5]}, "25 % of all values are missing; only `a` has gaps (50 %)."),
        (
            {"a": [1.5, None, None, 2.5], "b": [1.5, 2.5, 1.5, None]},
            "37.5 % of all values are missing; 2 columns have gaps, most of all `a` (50 %).",
        ),
    ],
)
def test_gaps(columns: dict[str, Any], expected: str) -> None:
    assert _sentences(pa.table(columns))[2] == expected


def test_without_a_target_it_says_so() -> None:
    _, target, _, related, _ = _sentences(pa.table({"a": [1.5, 2.5]}))
    assert target == "No target is declared, so nothing is said yet about prediction."
    assert related == "Declare a target to see which columns go with it."


def test_words_that_tell_are_no_noise() -> None:
    random = np.random.default_rng(0)
    liked = random.random(600) < 0.5
    said = [f"we found it {'lovely' if each else 'awful'} at no {random.integers(99)}" for each in liked]
    found = _sentences(pa.table({"x": random.normal(size=600), "said": said, "liked": liked}), target="liked")
    assert found[3].endswith("goes with `liked` more than chance would have it, but words of `said` do.")


def test_noise_is_called_noise() -> None:
    found = _sentences(noise(2000, 0), target="target")[3]
    assert found == "None of 20 columns goes with `target` more than chance would have it."


def test_what_is_serious_is_named_first() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(2000) < 0.5
    table = pa.table(
        {
            "copy": np.where(y, "yes", "no"),
            "price": ["1,234", "12%"] * 1000,
            "x": rng.normal(size=2000),
            "y": y,
        }
    )
    assert (
        _sentences(table, target="y")[4]
        == "Decide before modelling: leakage (`copy`) and mixed types (`price`)."
    )


def test_columns_that_will_not_be_used_are_counted() -> None:
    sentence = _sentences(pa.table({"a": [1, 1], "b": [1.5, 2.5]}))[0]
    assert (
        sentence == "The table has 2 rows and 2 columns: 1 integer and 1 number; 1 of them will not be used."
    )


def test_what_is_to_be_decided_is_counted_as_it_is_named() -> None:
    def found(kind: Kind, *columns: str, severity: float = 0.9) -> Finding:
        return finding(kind, columns, "", wilson(1, 9), "", severity)

    twice = [found("leakage", "fee"), found("leakage", "fee"), found("missing", "fee"), found("duplicates")]
    assert to_decide(twice) == 3
    assert to_decide([found("leakage", "fee", severity=0.4)]) == 0
