from __future__ import annotations

import datetime as dt
import math
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from interlock.errors import InputError
from interlock.explore.statistics.adjust import adjust
from interlock.explore.statistics.compare import compare
from interlock.explore.statistics.compare_columns import compare_columns

mpl.use("Agg")


def test_each_column_is_compared_by_its_type_and_adjusted_for_all() -> None:
    cells = load_breast_cancer(as_frame=True).frame
    cells["kind"] = np.where(cells["target"] == 1, "benign", "malignant")
    found = compare_columns(cells.drop(columns="target"), by="kind")
    assert len(found) == 30
    single = compare(cells, value="mean radius", by="kind")
    assert found["mean radius"].effect == single.effect
    assert found.adjusted.log_p == adjust([each.log_p for each in found], "holm", log=True).log_p
    assert found.text.startswith("Of 30 columns 25 differ by `kind` beyond chance: worst concave points")
    assert not re.search(r"p = 0(?!\.)", str(found) + found._repr_html_())


def test_trap_14_one_column_that_fails_never_loses_the_rest() -> None:
    table = pd.DataFrame(
        {
            "g": ["a"] * 6 + ["b"] * 6,
            "x": [1.0, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16],
            "when": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 12,
            "none": [None] * 12,
            "constant": [3] * 12,
            "infinite": [math.inf] + [1.0] * 11,
            "flag": [True, False] * 6,
            "word": list("uvwuvwuvwuvw"),
        }
    )
    found = compare_columns(table, by="g")
    assert found.names == ("x", "none", "constant", "flag", "word")
    assert dict(found.failed) == {
        "when": "these values cannot be compared",
        "infinite": "there are infinite values",
    }
    assert found.adjusted.rejected == (True, False, False, False, False)
    assert math.isnan(found["constant"].log_p)
    assert found.text.endswith("2 had no p-value. 2 could not be compared.")
    assert "  when: these values cannot be compared" in str(found)
    axes = found.plot()
    plt.close(axes.figure)


@pytest.mark.slow
def test_without_a_difference_hardly_any_run_claims_one() -> None:
    rng = np.random.default_rng(0)
    claims = 0
    for _ in range(100):
        table = {f"x{place}": rng.exponential(1, 60) for place in range(8)}
        claims += any(compare_columns({**table, "g": rng.integers(0, 2, 60)}, by="g").adjusted.rejected)
    assert claims / 100 <= 0.05 + 0.066  # three standard errors


def test_the_picture_ranks_by_the_adjusted_p_value() -> None:
    rng = np.random.default_rng(1)
    g = np.repeat(["a", "b"], 40)
    table = {"g": g, "far": rng.normal(size=80) + 3 * (g == "b"), "near": rng.normal(size=80)}
    picture = compare_columns(table, by="g").picture
    assert picture.labels[0] == "far"
    far, near = picture.values  # noqa: PD011 - a chart, not a frame
    assert far > (picture.baseline or 0) > near


def test_what_cannot_be_asked_is_said() -> None:
    table = {"g": ["a", "b", "a", "b"], "x": [1, 2, 3, 4]}
    with pytest.raises(InputError, match="there is no such column\n  got: y\n  next: use one of: g, x"):
        compare_columns(table, by="g", columns=["y"])
    with pytest.raises(InputError, match="there is no column to compare\n  next: give columns besides g"):
        compare_columns({"g": ["a", "b"]}, by="g")
    with pytest.raises(InputError, match="this column was not compared\n  where: z\n  next: one of x"):
        compare_columns(table, by="g")["z"]
    with pytest.raises(InputError, match="this column makes no two groups\n  where: g"):
        compare_columns({"g": ["a", "a"], "x": [1, 2]}, by="g")
    with pytest.raises(InputError, match="there is no such group\n  where: reference"):
        compare_columns(table, by="g", reference="c")
