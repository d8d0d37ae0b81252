from __future__ import annotations

from typing import Any

import pytest

from interlock.contract import Column, Contract, Policy
from interlock.contract.validity import did_you_mean
from interlock.errors import ContractError

TARGET = Column("y", "category", role="target")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"name": ""}, "a column needs a name"),
        ({"name": "\ud800"}, "this text is not Unicode"),
        ({"type": "float"}, "there is no such type"),
        ({"role": "label"}, "there is no such role"),
        ({"type": "category", "role": "time"}, "the time column has to be a timestamp or a number"),
        ({"levels": ("a",)}, "a number column has no `levels`"),
        ({"max_length": 3}, "a number column has no `max_length`"),
        ({"type": "boolean", "minimum": 0}, "a boolean column has no `minimum`"),
        ({"type": "text", "levels": ("a",)}, "a text column has no `levels`"),
        ({"minimum": 2, "maximum": 1}, "the minimum is above the maximum"),
        ({"minimum": "2"}, "`minimum` is not a number"),
        ({"maximum": float("inf")}, "`maximum` is not a number"),
        ({"maximum": 10**400}, "`maximum` is not a number"),
        ({"type": "integer", "minimum": 0.5}, "no exact integer"),
        ({"type": "integer", "maximum": 2**53}, "no exact integer"),
        ({"type": "category", "levels": ("a", "a")}, "a level is listed twice"),
        ({"type": "category", "levels": ("\ue000",)}, r"U\+E000 stands for a missing string"),
        ({"type": "text", "max_length": 0}, "not a positive integer"),
        ({"type": "text", "max_length": True}, "not a positive integer"),
        ({"type": "text", "pattern": "(a"}, "no regular expression: missing \\), unterminated subpattern"),
        ({"fill": True}, "`fill` is no allowed number"),
        ({"fill": "1"}, "`fill` is no allowed number"),
        ({"fill": float("nan")}, "`fill` is no allowed number"),
        ({"type": "integer", "fill": 0.5}, "`fill` is no allowed integer"),
        ({"type": "boolean", "fill": 1}, "`fill` is no allowed boolean"),
        ({"type": "category", "levels": ("a",), "fill": "b"}, "`fill` is not among the levels"),
        ({"minimum": 1, "fill": 0}, "`fill` is outside the range"),
        ({"type": "text", "max_length": 1, "fill": "ab"}, "`fill` is longer"),
        ({"type": "text", "pattern": "a", "fill": "ab"}, "`fill` does not match"),
        ({"type": "text", "fill": "\ue000"}, "`fill` cannot be this text"),
        ({"on": Policy(null="clip")}, "this action is not possible here"),
        ({"on": Policy(type="allow")}, "this action is not possible here"),
        ({"on": Policy(range="allow")}, "this action is not possible here"),
        ({"on": Policy(null="impute")}, "`impute` needs a `fill`"),
        ({"on": Policy(range="impute")}, "`impute` needs a `fill`"),
        ({"on": Policy(range="clip")}, "`clip` needs a bound"),
        ({"on": Policy(category="reject")}, "a number column has no category violations"),
        ({"type": "text", "on": Policy(length="clip")}, "`clip` needs a `max_length`"),
        ({"type": "text", "on": Policy(length="impute"), "fill": "a"}, "this action is not possible here"),
        ({"type": "boolean", "on": Policy(range="reject")}, "a boolean column has no range violations"),
    ],
)
def test_a_column_that_contradicts_itself(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ContractError, match=what) as caught:
        Column(**{"name": "a", "type": "number", **fields})
    assert "column" in caught.value.where
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"columns": (TARGET, Column("y", "number"))}, "two columns have the same name"),
        ({"columns": (TARGET, Column("z", "number", role="target"))}, "at most one target"),
        ({"columns": tuple(Column(name, "number", role="time") for name in "ab")}, "at most one time"),
        ({"unknown": "allow"}, "what to do about unknown columns is not clear"),
        ({"task": "regression"}, "a task needs a target"),
        ({"columns": (TARGET,)}, "a target needs a task"),
        ({"columns": (TARGET,), "task": "ranking"}, "there is no such task"),
        (
            {"columns": (TARGET,), "task": "binary", "classes": ("a", "b", "c")},
            "the classes do not fit the task binary",
        ),
        ({"columns": (TARGET,), "task": "binary", "classes": ("a", "a")}, "a class is listed twice"),
        ({"columns": (TARGET,), "task": "multiclass", "classes": ("a",)}, "do not fit the task multiclass"),
        (
            {"columns": (TARGET,), "task": "regression", "classes": ()},
            "a regression needs a target of numbers",
        ),
    ],
)
def test_a_contract_that_contradicts_itself(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ContractError, match=what) as caught:
        Contract(**{"columns": (), **fields})
    assert caught.value.where
    assert caught.value.next_step


def test_did_you_mean() -> None:
    assert did_you_mean("categry", ["category", "text"]) == "did you mean `category`?"
    assert did_you_mean("zz", ["category", "text"]) == "use one of: category, text"
