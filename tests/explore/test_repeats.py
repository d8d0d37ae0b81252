from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.repeats import Duplicates
from interlock.table import batch_values
from interlock.table.rows import hash_rows

Row = tuple[float | None, str | None, bool]
rows_of = st.lists(
    st.tuples(st.sampled_from([None, 0.0, 1.5, -2.0]), st.sampled_from([None, "", "a", "b"]), st.booleans()),
    min_size=1,
    max_size=60,
)


def _hashes(rows: list[Row]) -> np.ndarray:
    number, text, flag = zip(*rows, strict=True)
    batch = pa.record_batch(
        {
            "number": pa.array(number, pa.float64()),
            "text": pa.array(text, pa.string()),
            "flag": pa.array(flag),
        }
    )
    return hash_rows(batch_values(batch))


@given(rows_of, st.integers(1, 20))
def test_the_share_is_counted_whatever_the_batches(rows: list[Row], size: int) -> None:
    found = Duplicates()
    for start in range(0, len(rows), size):
        found.update(_hashes(rows[start : start + size]))
    assert found.exact
    assert found.share().value == pytest.approx(1 - len(Counter(rows)) / len(rows))


def test_a_null_is_no_empty_string_and_no_zero() -> None:
    rows: list[Row] = [(None, "", True), (0.0, "", True), (0.0, None, True), (None, None, True)]
    assert len(set(_hashes(rows).tolist())) == 4


def test_minus_zero_is_zero_and_nan_is_nan() -> None:
    odd = np.uint64(0x7FF8000000000001).view(np.float64)
    batch = pa.record_batch({"x": np.array([0.0, -0.0, np.nan, odd])})
    first, second, third, fourth = hash_rows(batch_values(batch)).tolist()
    assert first == second
    assert third == fourth != first


def test_the_same_values_in_other_columns_are_another_row() -> None:
    batch = pa.record_batch({"a": [1, 2], "b": [2, 1]})
    assert len(set(hash_rows(batch_values(batch)).tolist())) == 2


def test_text_is_hashed_whatever_its_dictionary() -> None:
    plain, coded = pa.array(["x", "y", "x"]), pa.array(["x", "y", "x"]).dictionary_encode()
    first = hash_rows(batch_values(pa.record_batch({"a": plain})))
    assert np.array_equal(first, hash_rows(batch_values(pa.record_batch({"a": coded}))))


@pytest.mark.parametrize("repeated", [0.0, 0.1, 0.6])
def test_beyond_the_budget_the_interval_holds_the_truth(repeated: float) -> None:
    rng = np.random.default_rng(7)
    different = rng.integers(0, 2**63, 40_000).astype(np.uint64)
    again = rng.choice(different, int(40_000 * repeated / (1 - repeated)))
    found = Duplicates(budget=2000)
    for part in np.array_split(rng.permutation(np.concatenate([different, again])), 7):
        found.update(part)
    share = found.share()
    assert not found.exact
    assert share.n == found.rows == len(different) + len(again)
    assert share.low - 1e-9 <= repeated <= share.high + 1e-9
    assert share.high - share.low < 0.1


def test_memory_stays_within_the_budget() -> None:
    found = Duplicates(budget=1000)
    for seed in range(50):
        found.update(np.random.default_rng(seed).integers(0, 2**63, 1000).astype(np.uint64))
    assert len(found._hashes) <= 1000


def test_the_count_is_the_same_however_the_rows_come() -> None:
    rng = np.random.default_rng(2)
    hashes = rng.integers(0, 2**63, 9000).astype(np.uint64)[rng.integers(0, 9000, 20_000)]
    at_once, one_by_one, backwards = (Duplicates(budget=500) for _ in range(3))
    at_once.update(hashes)
    for part in np.array_split(hashes, 97):
        one_by_one.update(part)
    for part in np.array_split(hashes[::-1], 11):
        backwards.update(part)
    assert at_once.share() == one_by_one.share() == backwards.share()
