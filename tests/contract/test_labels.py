from __future__ import annotations

import numpy as np
import pytest

from interlock.contract import Column, Contract, label, labels
from interlock.errors import InputError
from interlock.profile import Values

NAN = np.nan


def _contract(*classes: str, kind: str = "category") -> Contract:
    target = Column("y", kind, role="target")  # type: ignore[arg-type]
    task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    return Contract((target,), task, classes)  # type: ignore[arg-type]


def _strings(*texts: str | None) -> Values:
    dictionary = np.array(["unused", *[text for text in texts if text is not None]], dtype=object)
    codes = [0 if text is None else list(dictionary).index(text) for text in texts]
    valid = np.array([text is not None for text in texts], dtype=bool)
    return Values("string", np.array(codes, dtype=np.int32), valid, dictionary)


@pytest.mark.parametrize(
    ("classes", "values", "expected"),
    [
        (("late", "on time"), _strings("on time", "late", None), [1, 0, NAN]),
        (("on time", "late"), _strings("on time", "late"), [0, 1]),
        (("false", "true"), Values("boolean", np.array([True, False])), [1, 0]),
        (("0", "1"), Values("integer", np.array([1, 0, 7]), np.array([True, True, False])), [1, 0, NAN]),
        (("0", "1"), Values("number", np.array([1.0, 0.0, NAN])), [1, 0, NAN]),
        (("2", "10", "0.5"), Values("number", np.array([0.5, 10, 2])), [2, 1, 0]),
        (("a", "b"), _strings(None, None), [NAN, NAN]),
        (("a", "b"), _strings(), []),
    ],
)
def test_classes(classes: tuple[str, ...], values: Values, expected: list[float]) -> None:
    result = labels(_contract(*classes), values)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (Values("number", np.array([1.5, NAN, 3]), np.array([True, True, False])), [1.5, NAN, NAN]),
        (Values("integer", np.array([1, 2]), np.array([True, False])), [1, NAN]),
        (Values("timestamp", np.array([1_500_000, 0])), [1.5, 0]),
        (Values("boolean", np.array([True, False])), [1, 0]),
    ],
)
def test_amounts(values: Values, expected: list[float]) -> None:
    given = values.data.copy()
    np.testing.assert_array_equal(labels(_contract(kind="number"), values), expected)
    np.testing.assert_array_equal(values.data, given)


def test_labels_say_what_is_wrong() -> None:
    with pytest.raises(InputError, match="a class that the contract does not have") as caught:
        labels(_contract("a", "b"), _strings("a", "c"))
    assert caught.value.where == "column 'y'"
    assert caught.value.got == "'c', expected one of ['a', 'b']"
    with pytest.raises(InputError, match="a regression needs numbers"):
        labels(_contract(kind="number"), _strings("1"))
    with pytest.raises(InputError, match="the target is infinite"):
        labels(_contract(kind="number"), Values("number", np.array([1.0, np.inf])))
    with pytest.raises(InputError, match="has no target"):
        labels(Contract(()), _strings("a"))


def test_label() -> None:
    assert [label(value) for value in (1, 1.0, 1.5, True, np.bool_(False), "x", 1e16)] == [
        "1",
        "1",
        "1.5",
        "true",
        "false",
        "x",
        "10000000000000000",
    ]
