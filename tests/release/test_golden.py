from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interlock.contract import MISSING, Contract
from interlock.errors import ReleaseError
from interlock.release import Golden, Model, Verdict
from interlock.release.golden import answer, check_rows, decode_golden, encode_golden, predict_together

from .conftest import Compile, expected

ROW = {"distance": 100.5, "seats": 150, "fresh": True, "at": "2013-01-01T00:00:00Z", "carrier": "UA"}
EPOCH_2013 = 1356998400.0


@pytest.fixture(scope="module")
def model(contract: Contract, compile_model: Compile) -> Model:
    return Model(compile_model(contract))


def test_an_accepted_row_gets_the_models_answer(contract: Contract, model: Model) -> None:
    golden = answer(contract, model, [ROW])[0]
    value = expected(np.array([[100.5, 150.0, 1.0, EPOCH_2013]]), np.array([["UA"]], dtype=object))[0]
    assert golden.prediction == pytest.approx(value, rel=1e-12)
    assert (golden.row, golden.verdicts, golden.rejected) == (ROW, (), False)


def test_a_flagged_row_keeps_its_verdicts(contract: Contract, model: Model) -> None:
    golden = answer(contract, model, [{**ROW, "distance": 9e9, "carrier": "ZZ"}])[0]
    assert golden.verdicts == (Verdict("distance", "range", "flag"), Verdict("carrier", "category", "flag"))
    assert not golden.rejected


def test_a_refused_row_keeps_its_verdict_and_has_no_prediction(contract: Contract, model: Model) -> None:
    rows = [{**ROW, "seats": 601}, {**ROW, "seats": "150"}, {**ROW, "more": 1}]
    found = answer(contract, model, rows)
    assert [golden.verdicts for golden in found] == [
        (Verdict("seats", "range", "reject"),),
        (Verdict("seats", "type", "reject"),),
        (Verdict("more", "unknown", "reject"),),
    ]
    assert all(golden.rejected and golden.prediction is None for golden in found)


def test_together_is_the_formula_and_none_of_no_rows(contract: Contract, model: Model) -> None:
    checked = check_rows(contract, [ROW, {}])
    numbers = np.array([[100.5, 150.0, 1.0, EPOCH_2013], [np.nan] * 4])
    strings = np.array([["UA"], [MISSING]], dtype=object)
    assert_allclose(predict_together(model, checked), expected(numbers, strings), rtol=1e-12)
    assert predict_together(model, []).shape == (0,)


def test_multiclass_and_every_number_survive_the_file(contract: Contract, compile_model: Compile) -> None:
    model = Model(compile_model(contract, task="multiclass"))
    hostile = [0.1 + 0.2, np.nextafter(1.0, 2.0), 5e-324, 4999.999999999999]
    rows: list[dict[str, Any]] = [{**ROW, "distance": float(value)} for value in hostile]
    golden = answer(contract, model, [*rows, {**ROW, "seats": -1}])
    assert decode_golden(encode_golden(golden)) == golden
    assert isinstance(golden[0].prediction, tuple)


def test_a_model_without_a_finite_answer_is_refused(contract: Contract, compile_model: Compile) -> None:
    model = Model(compile_model(contract, task="regression", factor=1e308))
    with pytest.raises(ReleaseError, match=r"finite number\n  where: model\.onnx\n  got: .*inf"):
        answer(contract, model, [{**ROW, "seats": 600}])


@pytest.mark.parametrize("data", [b"", b"{}", b'[{"row": {}}]', b"[1]"])
def test_what_is_no_golden_file_is_refused(data: bytes) -> None:
    with pytest.raises(ReleaseError, match=r"cannot be read\n  where: golden\.json"):
        decode_golden(data)


def test_one_row_a_line() -> None:
    golden = (Golden({"a": 1}, (), rejected=False, prediction=0.5),) * 3
    assert encode_golden(golden).count(b'\n{"row":{"a":1}') == 3
