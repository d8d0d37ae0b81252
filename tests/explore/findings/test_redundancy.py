from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.explore.tables import measured, noise

from interlock.explore.findings.redundancy import (
    column_sums,
    copies,
    copies_found,
    sums_found,
    tied,
)


def _copies(columns: dict[str, Any]) -> dict[str, tuple[str, str, float]]:
    sample, contract, _ = measured(pa.table(columns), target="y")
    return {each.second: (each.first, each.how, each.found.value) for each in copies(sample, contract)}


def _base(n: int = 3000, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"x": rng.lognormal(size=n), "level": rng.choice(list("abcde"), n), "y": rng.random(n) < 0.5}


def test_codes_of_the_same_levels_are_one_to_one() -> None:
    columns = _base()
    codes = {"a": 7, "b": 3, "c": 9, "d": 1, "e": 2}
    columns["code"] = [codes[each] for each in columns["level"]]
    assert _copies(columns) == {"code": ("level", "one to one", 1.0)}
    columns["code"][17] = 99
    assert _copies(columns) == {}


def test_gaps_in_the_same_rows_are_part_of_the_map() -> None:
    columns = _base()
    gap = np.random.default_rng(1).random(3000) < 0.3
    columns["other"] = pa.array(np.char.upper(columns["level"]), mask=gap)
    assert _copies(columns) == {}
    columns["level"] = pa.array(columns["level"], mask=gap)
    assert _copies(columns) == {"other": ("level", "one to one", 1.0)}


def test_numbers_up_to_a_rising_map_are_nearly_the_same() -> None:
    columns = _base()
    columns["log"] = np.log(columns["x"]) + np.random.default_rng(1).normal(0, 0.05, 3000)
    found = _copies(columns)
    assert found["log"][:2] == ("x", "Spearman's rho")
    assert found["log"][2] == pytest.approx(stats.spearmanr(columns["x"], columns["log"])[0])


def test_identifiers_and_unlike_numbers_are_no_copies() -> None:
    columns = _base()
    columns["id"] = [f"r{i}" for i in range(3000)]
    columns["other_id"] = np.random.default_rng(2).permutation(3000).astype(str)
    columns["near"] = columns["x"] * np.random.default_rng(1).lognormal(0, 0.4, 3000)
    assert _copies(columns) == {}


def test_each_set_of_copies_is_one_finding() -> None:
    columns = _base()
    columns |= {"twice": columns["x"] * 2, "negative": -columns["x"]}
    sample, contract, _ = measured(pa.table(columns), target="y")
    (found,) = copies_found(copies(sample, contract), sample)
    assert found.columns == ("x", "twice", "negative")
    assert found.sentence.startswith("`x`, `twice` and `negative` say nearly the same")
    assert found.low <= found.effect <= found.high


def _sums() -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    a, b, c, d = rng.integers(1, 9999, (4, 2000)) / 100
    columns = {"a": a, "b": b, "total": a + b, "rest": total(d) - total(a), "all": total(d), "c": c}
    sample, contract, _ = measured(pa.table({**columns, "y": rng.random(2000) < 0.5}), target="y")
    return sample, column_sums(sample, contract)


def total(column: Any) -> Any:
    return column * 3


def test_a_column_that_is_the_sum_of_others_is_superfluous() -> None:
    sample, found = _sums()
    assert ("total", ("a", "b")) in {(each.total, each.terms) for each in found}
    sentences = [each.sentence for each in sums_found(found, sample)]
    assert "`total` = `a` + `b` in 100 % of the rows: one of them is superfluous." in sentences
    assert not list(sums_found(found, sample, without=["a", "all"]))


def test_what_is_tied_to_a_suspect_is_one_as_well_and_so_on() -> None:
    rng = np.random.default_rng(4)
    a, b, c, d = rng.integers(1, 9999, (4, 2000)) / 100
    columns = {"a": a, "b": b, "c": c, "d": d, "ab": a + b, "abc": a + b + c}
    table = pa.table({**columns, "y": rng.random(2000) < 0.5})
    sample, contract, _ = measured(table, target="y")
    found = list(tied(column_sums(sample, contract), {"c"}, "y", sample))
    assert {name for each in found for name in each.columns} >= {"c", "ab", "abc", "a", "b"}
    assert not any("`d`" in each.sentence for each in found)
    assert "may give `y` away, so may" in found[0].sentence
    assert list(tied(column_sums(sample, contract), {"d"}, "y", sample)) == []


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_neither(seed: int) -> None:
    sample, contract, _ = measured(noise(1500, seed), target="target")
    assert copies(sample, contract) == ()
    assert column_sums(sample, contract) == ()
