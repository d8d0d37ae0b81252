from __future__ import annotations

import pytest

from interlock.contract import Column, Contract

CONTRACT = Contract(
    (
        Column("t", "timestamp", role="time"),
        Column("id", "integer", role="id"),
        Column("city", "category"),
        Column("age", "integer"),
        Column("note", "text"),
        Column("y", "boolean", role="target"),
        Column("left out", "number", role="ignore"),
    ),
    "binary",
    ("false", "true"),
)


def test_the_tensors_order_is_the_contracts() -> None:
    assert [column.name for column in CONTRACT.inputs] == ["t", "city", "age", "note"]
    assert [column.name for column in CONTRACT.numbers] == ["t", "age"]
    assert [column.name for column in CONTRACT.strings] == ["city", "note"]


def test_target_time_and_names() -> None:
    assert CONTRACT.target == CONTRACT["y"]
    assert CONTRACT.time == CONTRACT["t"]
    assert Contract(()).target is None
    assert Contract(()).time is None
    with pytest.raises(KeyError, match="nobody"):
        CONTRACT["nobody"]


def test_numbers_have_one_form() -> None:
    column = Column("x", "number", minimum=0, maximum=5, fill=-0.0)
    assert repr((column.minimum, column.maximum, column.fill)) == "(0.0, 5.0, 0.0)"
    assert Column("b", "boolean", fill=True).fill is True
