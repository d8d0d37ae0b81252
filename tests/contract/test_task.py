from __future__ import annotations

import numpy as np
import pytest

from interlock.contract import Task
from interlock.contract.task import infer
from interlock.errors import InputError
from interlock.profile import ColumnProfile, Values


def _profile(values: list[object] | range) -> ColumnProfile:
    valid = np.array([value is not None for value in values], dtype=bool)
    known = [value for value in values if value is not None]
    if known and isinstance(known[0], str):
        levels = sorted({str(value) for value in known})
        codes = np.array(
            [levels.index(str(value)) if value is not None else 0 for value in values], dtype=np.int32
        )
        return ColumnProfile.of(Values("string", codes, valid, np.array(levels, dtype=object)))
    data = np.array([value if value is not None else known[0] if known else 0.0 for value in values])
    kind = {"b": "boolean", "i": "integer", "f": "number"}[data.dtype.kind]
    return ColumnProfile.of(Values(kind, data, valid))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([True, False, None], "binary", ("false", "true")),
        (["yes", "no", "no"], "binary", ("no", "yes")),
        ([0, 1, 1], "binary", ("0", "1")),
        ([0.0, 1.0, None], "binary", ("0", "1")),
        ([-1, 1], "binary", ("-1", "1")),
        ([0.25, 0.5], "binary", ("0.25", "0.5")),
        (["a", "b", "c"], "multiclass", ("a", "b", "c")),
        ([10, 2, 3], "multiclass", ("2", "3", "10")),
        ([10.0, 2.0, None, 3.0], "multiclass", ("2", "3", "10")),
        (range(20), "multiclass", tuple(map(str, range(20)))),
        (range(21), "regression", ()),
        (range(100_000), "regression", ()),
        ([0.5, 1.5, 2.5], "regression", ()),
    ],
)
def test_the_task_a_target_asks_for(values: list[object], task: Task, classes: tuple[str, ...]) -> None:
    assert infer("y", _profile(values)) == (task, classes)


def test_people_may_say_otherwise() -> None:
    assert infer("y", _profile([1, 2, 3]), "regression") == ("regression", ())
    assert infer("y", _profile([1, 2]), "multiclass") == ("multiclass", ("1", "2"))
    assert infer("y", _profile(range(30)), "multiclass")[0] == "multiclass"


@pytest.mark.parametrize(
    ("values", "task", "what", "got"),
    [
        ([1, 1, 1], None, "the same value in every row", "1"),
        (["a", None], None, "the same value in every row", "a"),
        ([None, None], None, "the target has no values", ""),
        ([], None, "the target has no values", ""),
        ([1, 2, 3], "binary", "does not fit the task binary", "3 distinct values"),
        (range(9999), "multiclass", "does not fit the task multiclass", "too many distinct values"),
        (["a", "b"], "regression", "a regression needs numbers", "strings"),
    ],
)
def test_targets_that_cannot_be_learned(values: list[object], task: Task | None, what: str, got: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        infer("y", _profile(values), task)
    assert caught.value.where == "column 'y'"
    assert caught.value.got == got
    assert caught.value.next_step


def test_strings_too_many_to_list() -> None:
    with pytest.raises(InputError, match="does not fit the task multiclass") as caught:
        infer("y", _profile([f"text {place}" for place in range(5000)]))
    assert caught.value.got == "too many distinct values"
