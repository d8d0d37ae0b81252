from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from matplotlib import pyplot as plt
from scipy import stats
from tests.explore.tables import measured, penguins, sklearn_table

from interlock.explore.pairs import COLUMNS, ROWS, Pairs, pairs


def _pairs(table: pa.Table, **declared: str) -> Pairs:
    sample, contract, found = measured(table, **declared)
    result = pairs(sample, contract, sorted(found.values(), key=lambda each: -each.strength))
    assert result is not None
    return result


def _value(found: Pairs, first: str, second: str) -> float:
    value = found.values[found.columns.index(first)][found.columns.index(second)]
    assert value is not None
    return value


def test_two_numbers_have_scipys_spearman_with_its_sign() -> None:
    table, x, _ = sklearn_table("wine")
    found = _pairs(table, target="target")
    names = table.column_names[:-1]
    for first, second in [(0, 1), (5, 6), (0, 9), (2, 3)]:
        expected = stats.spearmanr(x[:, first], x[:, second]).statistic
        assert _value(found, names[first], names[second]) == pytest.approx(expected, abs=1e-12)
    assert min(each for row in found.values for each in row if each is not None) < -0.5


def test_only_rows_with_both_values_count() -> None:
    frame = penguins().to_pandas()
    both = frame[["flipper_length_mm", "body_mass_g"]].dropna()
    expected = stats.spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic
    found = _pairs(penguins(), target="species")
    assert _value(found, "flipper_length_mm", "body_mass_g") == pytest.approx(expected)


def test_two_categories_have_a_cramers_v_near_scipys() -> None:
    frame = penguins(4000).to_pandas()
    cross = frame.groupby(["species", "island"]).size().unstack(fill_value=0)
    expected = stats.contingency.association(cross.to_numpy(), method="cramer")
    # Ours is corrected for its bias, which is of the order 1 / n.
    assert _value(_pairs(penguins(4000)), "species", "island") == pytest.approx(expected, abs=0.01)


def test_a_number_and_a_category_have_the_eta_of_kruskal_and_wallis() -> None:
    frame = penguins(4000).to_pandas().dropna()
    h = stats.kruskal(*(group["body_mass_g"] for _, group in frame.groupby("species"))).statistic
    found = _value(_pairs(penguins(4000)), "body_mass_g", "species")
    assert found == pytest.approx(math.sqrt(h / (len(frame) - 1)), abs=0.01)


def test_it_is_symmetric_and_empty_on_the_diagonal() -> None:
    values = _pairs(penguins(), target="species").values
    assert tuple(zip(*values, strict=True)) == values
    assert [row[place] for place, row in enumerate(values)] == [None] * 6


def test_the_target_comes_first_and_a_wide_table_shows_what_matters() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    columns = {f"noise{i}": rng.normal(size=300) for i in range(60)} | {"signal": y + rng.normal(size=300)}
    found = _pairs(pa.table({**columns, "y": y}), target="y")
    assert found.columns[:2] == ("y", "signal")
    assert (len(found.columns), found.of) == (COLUMNS, 62)
    assert "24 of 62 columns" in found.picture.note


def test_a_long_table_is_measured_on_a_part_of_the_sample() -> None:
    x = np.random.default_rng(0).normal(size=20_000)
    found = _pairs(pa.table({"a": x, "b": -x, "c": x**2}))
    assert found.n == ROWS
    assert _value(found, "a", "b") == -1.0


def test_the_strongest_are_listed_once_each() -> None:
    x = np.random.default_rng(0).normal(size=500)
    found = _pairs(pa.table({"a": x, "b": -x, "c": np.random.default_rng(1).normal(size=500)}))
    assert [({each.first, each.second}, each.value) for each in found.strongest()] == [({"a", "b"}, -1.0)]
    assert found.plot().get_title(loc="left") == "How the columns go with each other"
    plt.close("all")


def test_columns_with_too_few_values_in_common_have_no_strength() -> None:
    x = np.arange(100.0)
    early, late = pa.array(x, mask=x > 55), pa.array(x, mask=x < 45)
    found = _pairs(pa.table({"early": early, "late": late, "x": x, "level": ["a", "b"] * 50}))
    first, second = found.columns.index("early"), found.columns.index("late")
    assert found.values[first][second] is None
    assert _value(found, "early", "x") == 1.0
    assert math.isnan(found.picture.values[first][second])


def test_two_columns_have_no_matrix() -> None:
    sample, contract, _ = measured(pa.table({"a": [1.0, 2.0] * 20, "b": [1.0, 3.0] * 20}))
    assert pairs(sample, contract) is None
