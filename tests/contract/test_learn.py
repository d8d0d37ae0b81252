from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import names, words

from interlock.contract import Checker, Contract, from_toml, learn, to_toml
from interlock.errors import ContractError, InputError
from interlock.profile import KINDS, Profile, Values

_RANDOM = np.random.default_rng(7)
_CITIES = np.array(["Bern", "Oslo", "Rome"], dtype=object)
TABLE = {
    "when": Values("timestamp", np.arange(100) * 10**9),
    "row": Values("integer", np.arange(100)),
    "age": Values("integer", _RANDOM.integers(18, 90, 100)),
    "income": Values("number", _RANDOM.lognormal(10, 1, 100), _RANDOM.random(100) > 0.1),
    "city": Values("string", _RANDOM.integers(0, 3, 100).astype(np.int32), None, _CITIES),
    "paid": Values("boolean", _RANDOM.random(100) > 0.5),
    "always": Values("integer", np.ones(100, dtype=np.int64)),
    "left": Values("number", _RANDOM.random(100)),
}
PROFILE = Profile.of(TABLE)


def test_roles_types_and_task() -> None:
    contract = learn(PROFILE, target="paid", time="when", ignore=["left"])
    assert [(column.name, column.type, column.role) for column in contract.columns] == [
        ("when", "timestamp", "time"),
        ("row", "integer", "ignore"),
        ("age", "integer", "feature"),
        ("income", "number", "feature"),
        ("city", "category", "feature"),
        ("paid", "boolean", "target"),
        ("always", "integer", "ignore"),
        ("left", "number", "ignore"),
    ]
    assert (contract.task, contract.classes) == ("binary", ("false", "true"))
    assert "identifier" in contract["row"].description
    assert "constant" in contract["always"].description
    assert contract["left"].description == ""
    assert contract["left"].minimum is None
    assert learn(PROFILE).task is None
    assert learn(PROFILE, ids=["row"])["row"].role == "id"


def test_the_table_that_was_learned_from_passes_without_a_violation() -> None:
    contract = learn(PROFILE, target="paid", time="when")
    assert Checker(contract).columns(TABLE).violations == ()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_table_passes_its_own_contract_which_survives_its_file(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    chosen = data.draw(st.lists(names, min_size=1, max_size=4, unique=True))
    table = {name: data.draw(_columns(count)) for name in chosen}
    contract = learn(Profile.of(table))
    assert from_toml(to_toml(contract)) == contract
    infinite = {name for name, values in table.items() if np.isinf(values.data.astype(float)).any()}
    violations = Checker(contract).columns(table, rows=count).violations
    assert [violation for violation in violations if violation.column not in infinite] == []


@st.composite
def _columns(draw: st.DrawFn, count: int) -> Values:
    kind = draw(st.sampled_from(KINDS))
    valid = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    if kind == "string":
        dictionary = draw(st.lists(words, min_size=1, max_size=5, unique=True))
        codes = draw(st.lists(st.integers(0, len(dictionary) - 1), min_size=count, max_size=count))
        return Values(kind, np.array(codes, dtype=np.int32), valid, np.array(dictionary, dtype=object))
    whole = st.integers(-(2**62), 2**62) | st.integers(-9, 9)
    values, dtype = {
        "number": (st.floats() | st.integers(-9, 9).map(float), np.float64),
        "boolean": (st.booleans(), np.bool_),
    }.get(kind, (whole, np.int64))
    return Values(kind, np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype=dtype), valid)


def _learn(declared: Mapping[str, Mapping[str, Any]]) -> Contract:
    return learn(PROFILE, target="paid", declared=declared)


def test_what_people_declare_goes_before_what_is_learned() -> None:
    contract = _learn(
        {
            "age": {"minimum": 60, "maximum": 120, "on": {"range": "reject"}, "unit": "years"},
            "income": {"type": "number", "description": "Before tax.", "role": "id"},
            "city": {"levels": ["Oslo", "Rome", "Paris"]},
            "always": {"role": "feature"},
        }
    )
    age = contract["age"]
    assert (age.minimum, age.maximum, age.unit, age.on.range, age.on.null) == (
        60.0,
        120.0,
        "years",
        "reject",
        "flag",
    )
    assert age.fill == 60.0  # the learned median is below it
    assert (contract["income"].role, contract["income"].description) == ("id", "Before tax.")
    assert contract["city"].levels == ("Oslo", "Paris", "Rome")
    assert contract["always"].role == "feature"
    assert _learn({"city": {"levels": ["Paris"]}})["city"].fill is None
    assert _learn({"city": {"type": "text"}})["city"].levels is None


def test_times_that_are_stored_as_strings() -> None:
    days = np.array([f"2013-01-{day:02}" for day in range(1, 29)], dtype=object)
    table = {
        "day": Values("string", np.arange(28, dtype=np.int32), None, days),
        "x": TABLE["age"]._replace(data=np.arange(28)),
    }
    contract = learn(Profile.of(table), time="day", declared={"day": {"type": "timestamp"}})
    assert (contract["day"].type, contract["day"].role) == ("timestamp", "time")
    checked = Checker(contract).columns(table)
    assert checked.violations == ()
    np.testing.assert_array_equal(np.diff(checked.numbers[:, 0]), 86_400.0)


@pytest.mark.parametrize(
    ("arguments", "what", "where", "hint"),
    [
        ({"target": "payed"}, "no such column", "column 'payed'", "did you mean `paid`?"),
        ({"ids": ["nobody"]}, "no such column", "column 'nobody'", "use one of: when, row"),
        ({"declared": {"agee": {}}}, "no such column", "column 'agee'", "did you mean `age`?"),
        ({"target": "age", "ids": ["age"]}, "a column has one role", "column 'age'", "choose one"),
        ({"target": "always"}, "the same value in every row", "column 'always'", "another target"),
        (
            {"declared": {"age": {"minimun": 3}}},
            "nothing of that name",
            "column 'age'",
            "did you mean `minimum`?",
        ),
        ({"declared": {"age": {"on": {"rang": "flag"}}}}, "no such violation", "column 'age', on", "`range`"),
        ({"declared": {"age": {"type": "category"}}}, "cannot be of this type", "column 'age'", "with SQL"),
        ({"declared": {"city": {"type": "number"}}}, "cannot be of this type", "column 'city'", "with SQL"),
    ],
)
def test_declarations_that_make_no_sense(arguments: dict[str, Any], what: str, where: str, hint: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        learn(PROFILE, **arguments)
    assert caught.value.where == where
    assert hint in caught.value.next_step


def test_declarations_that_contradict_each_other() -> None:
    with pytest.raises(ContractError, match="the minimum is above the maximum"):
        _learn({"age": {"minimum": 9, "maximum": 3}})
    with pytest.raises(ContractError, match="the time column has to be"):
        learn(PROFILE, time="city")
