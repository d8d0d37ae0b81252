from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.datasets import load, rdataset
from tests.explore.statistics.test_reversal import KIDNEY
from tests.explore.tables import measured, noise

from interlock.explore.coarse import coarse
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.reversals import reversals
from interlock.report import Intervals


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return list(reversals(coarse(ordered, sample, contract), sample, contract))


def test_kidney_stones() -> None:
    rows = [(t, s, True) for t, s, k, _ in KIDNEY for _ in range(k)]
    rows += [(t, s, False) for t, s, k, n in KIDNEY for _ in range(n - k)]
    frame = pd.DataFrame(rows, columns=["treatment", "size", "cured"])
    (found,) = [each for each in _found(frame, target="cured") if each.columns[0] == "treatment"]
    assert found.columns == ("treatment", "size")
    assert "Over all rows `cured` is true" in found.sentence
    assert "among rows of the same `size`" in found.sentence
    # Within sizes, least squares weighs the two differences by n1 * n2 / (n1 + n2): sums by hand.
    small, large = 87 * 270 / 357, 263 * 80 / 343
    gaps = small * (81 / 87 - 234 / 270) + large * (192 / 263 - 55 / 80)
    assert abs(found.effect) == pytest.approx(gaps / (small + large))
    assert found.low <= found.effect <= found.high
    assert isinstance(found.picture, Intervals)
    assert found.picture.labels[:2] == ("all rows", "within size")
    crude, within, *_ = found.picture.values  # noqa: PD011 - no frame
    assert crude * within < 0


@pytest.mark.slow
def test_admissions_to_berkeley() -> None:
    counted = rdataset("datasets", "UCBAdmissions").to_pandas()
    column = counted.columns[-1]
    frame = counted.loc[counted.index.repeat(counted[column])].drop(columns=column).astype(str)
    found = _found(frame, target="Admit")
    by_gender = next(each for each in found if each.columns == ("Gender", "Dept"))
    assert isinstance(by_gender.picture, Intervals)
    # Bickel et al. 1975: 44.5 % of the men and 30.4 % of the women, hardly a difference within departments.
    crude = by_gender.picture.values[0]  # noqa: PD011 - no frame
    assert abs(crude) == pytest.approx(0.4451877 - 0.3035422, abs=1e-6)
    assert "vanishes" in by_gender.sentence


def test_a_number_that_turns_round_within_groups() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 3000)
    x = 0.7 * group + rng.normal(size=3000)
    table = pa.table({"x": x, "group": group.astype(str), "y": 4.0 * group - x + rng.normal(size=3000)})
    found = {each.columns: each for each in _found(table, target="y")}
    assert "`y` is larger the larger `x` is" in found["x", "group"].sentence
    assert "it is the other way round" in found["x", "group"].sentence


@pytest.mark.parametrize("many", [4, 6])
def test_the_three_strongest_stand_alone_and_the_rest_is_one(many: int) -> None:
    rng = np.random.default_rng(2)
    group = rng.integers(0, 3, 4000)
    sizes = 1.0 - 0.08 * np.arange(many)
    x = group[:, None] * 0.7 + rng.normal(size=(4000, many))
    y = 4.0 * many * group - x @ sizes + 0.5 * rng.normal(size=4000)
    columns = {f"x{place}": x[:, place] for place in range(many)}
    found = _found(pa.table({**columns, "group": group.astype(str), "y": y}), target="y")
    assert len(found) == 4
    *own, rest = found
    assert all(each.columns[1] == "group" and each.severity > rest.severity for each in own)
    assert len(rest.columns) == many - 3
    assert {each.columns[0] for each in own} | set(rest.columns) == set(columns)
    assert rest.sentence.startswith("One more column turns" if many == 4 else "3 more columns turn")
    assert f"`{rest.columns[0]}` among rows of the same `group`" in rest.sentence
    assert isinstance(rest.picture, Intervals)
    assert rest.picture.labels == tuple(f"{name}, within group" for name in rest.columns)
    assert max(rest.picture.high) < 0  # within groups every slope is negative by construction


def test_a_code_is_quoted() -> None:
    rows = [
        ("12"[t == "A"], s, "10"[1 - cured])
        for t, s, k, n in KIDNEY
        for cured in (1, 0)
        for _ in range(k if cured else n - k)
    ]
    frame = pd.DataFrame(rows, columns=["treatment", "size", "cured"])
    (found,) = [each for each in _found(frame, target="cured") if each.columns[0] == "treatment"]
    assert "`cured` is “" in found.sentence
    assert "where `treatment` is “" in found.sentence


def test_confounding_that_only_weakens_an_association_is_none() -> None:
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, 3000)
    x = group + rng.normal(size=3000)
    table = pa.table({"x": x, "group": group.astype(str), "y": group + 0.5 * x + rng.normal(size=3000)})
    assert _found(table, target="y") == []


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_noise_has_none(task: str) -> None:
    for seed in range(3):
        assert _found(noise(1500, seed, task), target="target") == []


@pytest.mark.slow
def test_better_diamonds_are_cheaper_until_their_size_is_held_fixed() -> None:
    found = {each.columns[0]: each for each in _found(load("diamonds"), target="price")}
    assert found["clarity"].columns[1] in ("carat", "x", "y", "z")
    assert found["color"].columns[1] in ("carat", "x", "y", "z")
