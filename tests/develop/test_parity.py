from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract import MISSING
from interlock.develop.candidates import CANDIDATES, Limits
from interlock.develop.candidates.constant import Constant
from interlock.develop.compiled import compile_model, string_matrix
from interlock.develop.parity import hostile, parity
from interlock.errors import GateError

LIGHTGBM = next(candidate for candidate in CANDIDATES if candidate.name == "lightgbm")


def test_hostile_rows_hold_every_kind_of_trap() -> None:
    train = rows()
    trap = hostile(train)
    strings = set(string_matrix(trap)[:, 0])
    seen = np.unique(train.numbers[np.isfinite(train.numbers)])
    known = trap.numbers[np.abs(trap.numbers) < np.finfo(float).max]
    assert len(trap) == 2000
    assert {"", MISSING, "red"} < strings
    assert {"RED", "BLUE"} & strings
    assert any("東京都" in each for each in strings)
    assert strings - set(string_matrix(train)[:, 0])
    assert np.isnan(trap.numbers).mean(axis=0).min() > 0.05
    assert np.isin(np.nextafter(known, -np.inf), seen).any()
    assert np.isin(np.nextafter(known, np.inf), seen).any()
    assert np.any((known != 0) & (np.abs(known) < 1e-300))
    assert np.any(known[np.abs(known) < 1e30] != known[np.abs(known) < 1e30].astype(np.float32))
    assert np.nanmax(trap.numbers) > 1e308
    assert np.isin(trap.numbers, seen).mean() > 0.4


def test_a_model_that_agrees_passes_and_says_by_how_much() -> None:
    train = rows()
    fitted = LIGHTGBM.fit(train, train, contract(), replace(Limits.of(60), rounds=20))
    found = parity(fitted, compile_model(fitted, contract(), candidate=""), train)
    assert (found.rows, found.single, found.tolerance) == (2000, 400, 1e-6)
    assert found.largest < 1e-14


@pytest.mark.parametrize(("task", "apart"), [("binary", 2e-6), ("multiclass", 2e-6), ("regression", 1e-8)])
def test_a_model_that_differs_by_a_little_is_refused(task: Any, apart: float) -> None:
    train = rows(task)
    width = 3 if task == "multiclass" else 1
    ours, theirs = (Constant((0.4 + more, *[0.3] * (width - 1))) for more in (0, apart * 5))
    model = compile_model(theirs, contract(task), candidate="")
    with pytest.raises(GateError, match="the compiled model differs from the fitted one by") as caught:
        parity(ours, model, train)
    assert "2,000 rows with nulls, unknown levels" in caught.value.where
    assert "no model was written" in caught.value.next_step


def test_no_answer_is_no_agreement() -> None:
    nothing = Constant((float("nan"),))
    with pytest.raises(GateError, match="differs from the fitted one by inf"):
        parity(nothing, compile_model(nothing, contract(), candidate=""), rows())
