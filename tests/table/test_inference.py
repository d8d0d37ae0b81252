import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.table.inference import CANDIDATES, MISSING_TOKENS, Text, convert, decide, narrow

_EASTERN = timezone(timedelta(hours=-5))


def found(*texts: str | None) -> Text:
    return decide(narrow(CANDIDATES, pa.array(texts, pa.string())))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-7", "0"], "integer"),
        (["1", "", "NA", None], "integer"),
        ([" 1", "2 "], "integer"),
        (["9223372036854775807"], "integer"),
        (["1", "2.5"], "number"),
        (["1e5", "-.5", "5.", "inf"], "number"),
        (["0", "0.25", "-0"], "number"),
        (["true", "FALSE", "True"], "boolean"),
        (["2013-01-01", "2013-01-01 05:00:00"], "timestamp"),
        (["2013-01-01T05:00:00Z", "2013-01-01T05:00:00.123456789+02:00"], "timestamp"),
        (["1", "x"], "string"),
        (["10001", "00501"], "string"),
        (["1", "-05"], "string"),
        (["+49", "1"], "string"),
        (["0x1F", "1"], "string"),
        (["9223372036854775808", "1"], "string"),
        (["1,5"], "string"),
        (["1_000"], "string"),
        (["t", "f"], "string"),
        (["yes", "no"], "string"),
        (["true", "1"], "string"),
        (["2013"], "integer"),
        (["2013-01-01", "5"], "string"),
        ([None, "", "N/A"], "string"),
        ([], "string"),
    ],
)
def test_a_column_is_what_all_its_values_allow(texts: list[str | None], expected: Text) -> None:
    assert found(*texts) == expected


def test_one_late_value_decides() -> None:
    early = narrow(CANDIDATES, pa.array(["1"] * 1000))
    assert decide(early) == "integer"
    assert decide(narrow(early, pa.array(["unknown"]))) == "string"


@given(st.lists(st.sampled_from(["1", "2.5", "007", "true", "x", "NA", "2013-01-01", "+1"])), st.data())
def test_the_batching_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(texts)))
    one, two = pa.array(texts[:cut], pa.string()), pa.array(texts[cut:], pa.string())
    assert narrow(narrow(CANDIDATES, one), two) == narrow(CANDIDATES, pa.array(texts, pa.string()))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_come_back_exactly(numbers: list[int]) -> None:
    texts = pa.array([str(number) for number in numbers])
    assert narrow(CANDIDATES, texts)[0] == "integer"
    assert convert(texts, "integer").to_pylist() == numbers


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_numbers_come_back_to_the_last_bit(numbers: list[float]) -> None:
    texts = pa.array([repr(number) for number in numbers])
    assert "number" in narrow(CANDIDATES, texts)
    np.testing.assert_array_equal(convert(texts, "number").to_numpy(), numbers)


@given(
    st.lists(
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).flatmap(  # noqa: DTZ001  naive is the point
            lambda naive: st.sampled_from([naive, naive.replace(tzinfo=UTC), naive.replace(tzinfo=_EASTERN)])
        ),
        min_size=1,
    )
)
def test_times_with_and_without_a_zone_are_utc(moments: list[datetime]) -> None:
    texts = pa.array([moment.isoformat() for moment in moments])
    expected = [(m if m.tzinfo else m.replace(tzinfo=UTC)).astimezone(UTC) for m in moments]
    assert convert(texts, "timestamp").to_pylist() == expected


def test_tokens_are_missing_in_all_but_strings() -> None:
    texts = pa.array([*MISSING_TOKENS, "1"])
    assert convert(texts, "number").to_pylist() == [None] * 6 + [1.0]
    assert convert(texts, "string").to_pylist() == [*MISSING_TOKENS, "1"]


def test_a_value_of_another_type_is_not_converted_silently() -> None:
    with pytest.raises(pa.ArrowInvalid):
        convert(pa.array(["1", "x"]), "integer")


_NUMERALS = st.sampled_from(
    [
        "1",
        "-7",
        "0",
        "-0",
        "0.5",
        "-.5",
        "5.",
        "1e5",
        "inf",
        "007",
        "-07",
        "0x1F",
        "-0X1f",
        "+1",
        "+",
        "-",
        "NaN",
        "nan",
        "NA",
        "0.1234567890123456789",
        "999999999999999999",
        "9999999999999999999",
        "-9999999999999999999",
        "12345678901234567890.5",
    ]
) | st.sampled_from([" 1", ""])


@given(st.lists(st.one_of(_NUMERALS, st.none()), min_size=1))
def test_the_fast_look_at_numbers_judges_as_the_thorough_one(texts: list[str | None]) -> None:
    array = pa.array(texts, pa.string())
    present = {text for text in texts if text is not None and text not in MISSING_TOKENS}
    left = narrow(("integer", "number"), array)
    one_by_one = [narrow(CANDIDATES, pa.array([text])) for text in present]
    assert set(left) == {"integer", "number"}.intersection(*one_by_one)


@given(st.lists(st.sampled_from(["1.5", "NaN", "nan", "2", "", None])))
def test_quoted_tokens_are_missing_and_other_nans_are_not(texts: list[str | None]) -> None:
    numbers = convert(pa.array(texts, pa.string()), "number").to_pylist()
    expected = [None if text in (None, "", "NaN") else float(text) for text in texts]
    np.testing.assert_array_equal(np.array(numbers, float), np.array(expected, float))
    assert [number is None for number in numbers] == [number is None for number in expected]


def test_a_slice_is_read_from_its_own_beginning() -> None:
    array = pa.array(["007", "x", "12", "5"]).slice(2)
    assert narrow(("integer", "number"), array) == ("integer", "number")


def test_reading_numbers_and_times_does_not_import_pandas() -> None:
    code = (
        "import sys, io\nfrom interlock.table import open_table\n"
        "rows = [b for b in open_table(sys.argv[1]).batches()]\n"
        "assert 'pandas' not in sys.modules, 'pandas'"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text("i,x,t,s,b\n1,2.5,2013-01-01T05:00:00Z,a,true\n2,NA,2013-01-02,b,false\n")
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
