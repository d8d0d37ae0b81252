from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_release import contract

from interlock.contract import Column, Contract
from interlock.serve.lines import answer_of_csv, answer_of_json_lines, rows_of_csv, rows_of_json_lines
from interlock.serve.message import Refusal

OF = contract()
ROW = {"distance": 1.5, "seats": 3, "fresh": True, "at": "2013-06-01", "carrier": "UA"}


def rows(body: str, header: str = "") -> Any:
    return json.loads(rows_of_csv(OF, body.encode(), header))


def test_a_header_gives_the_order_and_no_header_the_contracts() -> None:
    assert rows("carrier,distance,seats,fresh,at\nUA,1.5,3,True,2013-06-01\n") == [
        {"carrier": "UA", "distance": 1.5, "seats": 3, "fresh": True, "at": "2013-06-01"}
    ]
    assert rows("1.5,3,True,2013-06-01,UA\n1.5,3,True,2013-06-01,UA") == [ROW, ROW]


def test_a_line_of_names_and_other_cells_is_a_header_only_if_no_row_can_look_like_it() -> None:
    assert rows("carrier,stranger\nUA,1\n") == [{"carrier": "UA", "stranger": "1"}]
    with pytest.raises(Refusal, match="header=present") as refused:
        rows("1.5,3,True,2013-06-01,carrier\n")
    assert (refused.value.status, refused.value.code) == (400, "header")
    assert rows("1.5,3,True,2013-06-01,carrier\n", "absent") == [{**ROW, "carrier": "carrier"}]
    assert rows("distance,seats,fresh,at,other\n1.5,3,True,2013-06-01,UA\n", "present")[0]["other"] == "UA"


def test_what_the_header_parameter_says_counts() -> None:
    only = Contract((Column("word", "text"),))
    assert json.loads(rows_of_csv(only, b"word\n", "absent")) == [{"word": "word"}]
    assert json.loads(rows_of_csv(only, b"word\n", "present")) == []


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("+1", 1.0), (".5", 0.5), ("2.", 2.0), ("-0.0", 0.0), ("1e-3", 1e-3), (" 7 ", 7), ("+.5E1", 5.0)],
)
def test_numbers_as_csvs_have_them(cell: str, expected: float) -> None:
    assert rows(f"distance\n{cell}\n") == [{"distance": expected}]


@pytest.mark.parametrize("cell", ["007", "1_000", "0x1F", "1,5", "١", "--1", "1e", "e5", "."])
def test_what_is_no_number_stays_text_for_the_contract_to_refuse(cell: str) -> None:
    assert rows(f'distance\n"{cell}"\n') == [{"distance": cell}]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999", "-1E999"])
def test_infinity_is_a_number_beyond_float64(cell: str) -> None:
    body = rows_of_csv(OF, f"distance\n{cell}\n".encode())
    assert body in (b'[{"distance":1e999}]', b'[{"distance":-1e999}]')
    assert (b"-" in body) == ("-" in cell)


@given(st.integers())
def test_integers_keep_every_digit(number: int) -> None:
    assert rows(f"seats\n{number}\n") == [{"seats": number}]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_every_bit(number: float) -> None:
    read = rows(f"distance\n{number!r}\n")[0]["distance"]
    assert float(read).hex() == number.hex()


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xff", b'a,"b\n', b"1,2\n", b"distance\n1,2\n"])
def test_what_is_no_csv_of_ours_is_400(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        rows_of_csv(OF, body)
    assert refused.value.status == 400


def test_json_lines_hold_objects_arrays_and_features() -> None:
    values = [*ROW.values()]
    body = "\n".join(json.dumps(line) for line in (ROW, values, {"features": values}))
    assert json.loads(rows_of_json_lines(OF, body.encode() + b"\n")) == [ROW] * 3
    for broken in (b"{\n", b"[1, 2]\n", b'{"a": NaN}'):
        with pytest.raises(Refusal) as refused:
            rows_of_json_lines(OF, broken)
        assert refused.value.status == 400


def test_answers_in_lines() -> None:
    answer: dict[str, Any] = {
        "predictions": [0.1, 1 / 3],
        "ids": ["a-0", "a-1"],
        "flags": [[], []],
        "release": "sha256:0",
    }
    assert answer_of_csv(answer["predictions"]) == b"0.1\n0.3333333333333333\n"
    lines = [json.loads(line) for line in answer_of_json_lines(answer).splitlines()]
    assert lines[1] == {"prediction": 1 / 3, "id": "a-1", "flags": []}
