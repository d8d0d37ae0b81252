from datetime import UTC, datetime

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract import Checker, Column, Contract, Decoder
from interlock.validate.rows import as_rows

CONTRACT = Contract(
    (
        Column("price", "number"),
        Column("count", "integer"),
        Column("new", "boolean"),
        Column("at", "timestamp", "time"),
        Column("city", "category"),
    )
)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1))  # noqa: DTZ001 - hypothesis wants them naive
ROWS = st.fixed_dictionaries(
    {
        "price": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "count": st.none() | st.integers(-(2**53), 2**53),
        "new": st.none() | st.booleans(),
        "at": st.none() | MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC).isoformat()),
        "city": st.none() | st.text(st.characters(exclude_characters="\ue000", codec="utf-8")),
    }
)


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_a_request_made_of_checked_rows_is_checked_to_the_same_tensors(rows: list[dict[str, object]]) -> None:
    checked = Checker(CONTRACT).columns({name: [row[name] for row in rows] for name in rows[0]})
    decoder = Decoder(CONTRACT)
    made = as_rows(CONTRACT, checked, np.arange(len(rows)))
    again = [decoder.one(msgspec.json.encode(row)) for row in made]
    np.testing.assert_array_equal(np.array([row.numbers for row in again]), checked.numbers)
    assert [row.strings for row in again] == checked.string_matrix().tolist()
    assert not any(row.rejected for row in again)
