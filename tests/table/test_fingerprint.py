import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.table.fingerprint import digest_rows

ROWS = st.lists(st.tuples(st.none() | st.integers(-5, 5), st.none() | st.text("ab", max_size=2)), min_size=1)


def table(rows: list[tuple[int | None, str | None]]) -> pa.Table:
    return pa.table(
        {"n": pa.array([n for n, _ in rows], pa.int64()), "s": pa.array([s for _, s in rows], pa.string())}
    )


@given(ROWS, st.data())
def test_the_batching_does_not_matter(rows: list[tuple[int | None, str | None]], data: st.DataObject) -> None:
    whole = table(rows)
    cut = data.draw(st.integers(0, len(rows)))
    encoded = pa.table({"n": whole["n"], "s": whole["s"].dictionary_encode()})
    assert digest_rows([whole]) == digest_rows([whole.slice(0, cut), encoded.slice(cut)])


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(
    one: list[tuple[int | None, str | None]], two: list[tuple[int | None, str | None]]
) -> None:
    assert (digest_rows([table(one)]) == digest_rows([table(two)])) == (one == two)


def test_what_stands_at_a_null_does_not_matter() -> None:
    valid = pa.py_buffer(b"\x01")
    one, two = (
        pa.Array.from_buffers(pa.int64(), 2, [valid, pa.py_buffer(bytes(8) + bytes([fill]) * 8)])
        for fill in (0, 9)
    )
    assert digest_rows([pa.table({"a": one})]) == digest_rows([pa.table({"a": two})])


@pytest.mark.parametrize(
    "other",
    [
        {"b": [1, 0]},
        {"a": [1.0, 0.0]},
        {"a": [0, 1]},
        {"a": [1, None]},
        {"a": [True, False]},
        {"a": [1, 0], "b": [1, 0]},
    ],
)
def test_names_kinds_order_and_nulls_matter(other: dict[str, list[object]]) -> None:
    assert digest_rows([pa.table({"a": [1, 0]})]) != digest_rows([pa.table(other)])
