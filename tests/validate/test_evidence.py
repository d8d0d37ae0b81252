import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_validate import solve

from interlock.errors import InputError
from interlock.validate.evidence import Measurement, bracketed, decode, encode


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_evidence_survives_its_canonical_form(task: str) -> None:
    record = solve(task).validation.record
    data = encode(record)
    assert decode(data) == record
    assert encode(decode(data)) == data


def test_the_form_is_canonical_json_with_names() -> None:
    data = encode(solve("binary").validation.record)
    tree = json.loads(data)
    assert list(tree) == sorted(tree)
    assert tree["format"] == "interlock/evidence/2"
    assert tree["slices"][0]["metric"]["name"] == "auc"
    assert b"\n" not in data


def test_every_measurement_has_a_name_of_its_own_and_can_be_asked_for() -> None:
    record = solve("binary").validation.record
    names = [each.name for each in record.measurements]
    assert len(set(names)) == len(names)
    assert record["auc"].name == "auc"
    with pytest.raises(KeyError):
        record["no such number"]


def test_any_change_changes_the_digest() -> None:
    record = solve("binary").validation.record
    assert record.digest != replace(record, seed=record.seed + 1).digest
    assert record.digest == decode(encode(record)).digest


def test_damaged_evidence_is_refused_with_the_file() -> None:
    data = encode(solve("binary").validation.record)
    with pytest.raises(InputError, match=r"evidence cannot be read(.|\n)*here.json(.|\n)*interlock validate"):
        decode(data[:-1], where="here.json")
    with pytest.raises(InputError, match="another format"):
        decode(data.replace(b"interlock/evidence/2", b"interlock/evidence/9"))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e5), st.floats(1e-3, 1e5))
def test_numbers_are_written_to_a_tenth_of_the_width(value: float, below: float, above: float) -> None:
    text = bracketed(value, value - below, value + above)
    first, ends = text.split(" [")
    numbers = [float(part.replace(",", "")) for part in (first, *ends.rstrip("]").split(", "))]
    for written, exact in zip(numbers, (value, value - below, value + above), strict=True):
        assert abs(written - exact) <= 0.06 * (below + above) + 1e-9


def test_a_number_without_an_interval_has_three_digits() -> None:
    assert Measurement("size", "size", 0.027182, None, None, 1, "", "").text == "0.0272"
    assert bracketed(1.0, 1.0, 1.0) == "1 [1, 1]"


def test_zero_has_no_minus() -> None:
    assert bracketed(-0.001, -1.0, 1.0) == "0.0 [-1.0, 1.0]"


def test_evidence_of_the_first_format_is_read_and_lacks_what_it_did_not_hold() -> None:
    tree = json.loads(encode(solve("binary").validation.record))
    old = {name: value for name, value in tree.items() if name not in ("fairness", "robustness")}
    record = decode(json.dumps({**old, "format": "interlock/evidence/1"}).encode())
    assert record["auc"] == solve("binary").validation.record["auc"]
    assert (record.fairness, record.robustness) == ((), ())
