from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import HOSTILE_NAMES, contracts, words

from interlock.contract import Column, Contract, Policy, from_toml, read, to_toml, write
from interlock.errors import ContractError, InputError

FLIGHTS = Contract(
    (
        Column(
            "dep_delay",
            "number",
            minimum=-180,
            maximum=1440.5,
            fill=-2,
            on=Policy(range="reject"),
            unit="minutes",
        ),
        Column("month", "integer", minimum=1, maximum=12, description="Of the departure."),
        Column(
            "carrier", "category", levels=("AA", "UA"), fill="UA", on=Policy(category="impute", null="flag")
        ),
        Column("time_hour", "timestamp", role="time", minimum=1356998400.0, fill=1356998400.25),
        Column("late", "boolean", role="target"),
    ),
    "binary",
    ("false", "true"),
    "flag",
)


@given(contracts())
@settings(max_examples=150, deadline=None)
def test_a_contract_survives_its_file(contract: Contract) -> None:
    assert from_toml(to_toml(contract)) == contract


@given(st.lists(words.filter(bool), max_size=300, unique=True), words)
@settings(max_examples=50, deadline=None)
def test_long_lists_and_long_texts_survive(levels: list[str], text: str) -> None:
    contract = Contract(
        (Column("c", "category", levels=tuple(levels), description=text * 99, pattern=r"\w*'\"\\"),)
    )
    assert from_toml(to_toml(contract)) == contract


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_bounds_survive_to_the_last_bit(one: float, other: float) -> None:
    low, high = sorted([one, other])
    contract = Contract(
        (
            Column("x", "number", minimum=low, maximum=high),
            Column("t", "timestamp", minimum=low, maximum=high),
        )
    )
    again = from_toml(to_toml(contract))
    assert [(column.minimum, column.maximum) for column in again.columns] == [(low, high)] * 2


def test_what_people_see() -> None:
    data = tomllib.loads(to_toml(FLIGHTS))  # the standard library's reader, not ours
    assert data["column"][0] == {
        "name": "dep_delay",
        "type": "number",
        "unit": "minutes",
        "minimum": -180.0,
        "maximum": 1440.5,
        "fill": -2.0,
        "on": {"range": "reject"},
    }
    assert data["column"][1] == {
        "name": "month",
        "type": "integer",
        "description": "Of the departure.",
        "minimum": 1,
        "maximum": 12,
    }
    assert data["column"][3]["minimum"] == "2013-01-01T00:00:00Z"
    assert data["column"][3]["fill"] == "2013-01-01T00:00:00.250000Z"
    assert data["column"][4] == {"name": "late", "type": "boolean", "role": "target"}
    assert {key: value for key, value in data.items() if key != "column"} == {
        "format": 1,
        "task": "binary",
        "classes": ["false", "true"],
        "unknown": "flag",
    }
    assert all(len(line) <= 110 for line in to_toml(FLIGHTS).splitlines())


def test_what_people_write() -> None:
    text = """
    [[column]]
    type = 'timestamp'
    name = 't'
    minimum = 2013-01-01
    maximum = 2013-01-01T01:00:00+01:00
    fill = '2013-01-01'
    on.null = 'impute'
    [[column]]
    name = 'x'
    type = 'number'
    minimum = 0
    """
    contract = from_toml(text)
    assert contract["t"] == Column(
        "t", "timestamp", minimum=1356998400, maximum=1356998400, fill=1356998400, on=Policy(null="impute")
    )
    assert contract["x"].minimum == 0.0


@pytest.mark.parametrize(
    ("text", "what", "where", "next_step"),
    [
        ("[[column]]\nname = 5a", "this is not TOML: .*line 2", "", "mend the line"),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\nminimun = 3",
            "no such key",
            "column 'a'",
            "did you mean `minimum`?",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\non = {rang = 'flag'}",
            "no such key",
            "column 'a', on",
            "`range`",
        ),
        ("[[columns]]\nname = 'a'", "no such key", "contract", "did you mean `column`?"),
        ("[[column]]\ntype = 'number'", "a column needs a `name`", "column number 1", "add name"),
        ("[[column]]\nname = 'a'", "a column needs a `type`", "column 'a'", "add type"),
        ("[[column]]\nname = 'a'\ntype = 'nubmer'", "no such type", "column 'a'", "did you mean `number`?"),
        ("[[column]]\nname = 'a'\ntype = ['x']", "no such type", "column 'a'", "use one of"),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\nrole = 'featur'",
            "no such role",
            "column 'a'",
            "`feature`",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\nminimum = '3'",
            "is not a number",
            "column 'a'",
            "without quotes",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\nminimum = true",
            "is not a number",
            "column 'a'",
            "without quotes",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\nminimum = nan",
            "is not a number",
            "column 'a'",
            "without quotes",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'timestamp'\nfill = 'soon'",
            "no moment in time",
            "column 'a', fill",
            "2013",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'category'\nlevels = 'x'",
            "list of texts",
            "column 'a', levels",
            '["a", "b"]',
        ),
        ("[[column]]\nname = 'a'\ntype = 'category'\nlevels = [1]", "has to be text", "column 'a'", "quotes"),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\non = 'flag'",
            "`on` is not a table",
            "column 'a'",
            "write on = {",
        ),
        (
            "[[column]]\nname = 'a'\ntype = 'number'\non = {range = ['x']}",
            "not possible",
            "column 'a', on.range",
            "flag",
        ),
        ("column = 3", "columns are not tables", "contract, column", "[[column]]"),
        ("format = 2", "this format is not known", "contract, format", "newer Interlock"),
        ("unknown = 'ignore'", "unknown columns is not clear", "contract, unknown", "use `reject` or `flag`"),
        ("task = 'binary'", "a task needs a target", "contract, task", 'role = "target"'),
        ("classes = 'a'", "list of texts", "contract, classes", '["a", "b"]'),
        ("[[column]]\nname = 5\ntype = 'number'", "a column needs a name", "a column", "name it"),
        ("[[column]]\nname = 'a'\ntype = 'number'\nunit = 5", "has to be text", "column 'a'", "quotes"),
    ],
)
def test_what_people_get_wrong(text: str, what: str, where: str, next_step: str) -> None:
    with pytest.raises(ContractError, match=what) as caught:
        from_toml(text)
    assert caught.value.where == where
    assert next_step in caught.value.next_step


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "contract.toml"
    write(FLIGHTS, path)
    assert read(path) == FLIGHTS
    assert [file.name for file in tmp_path.iterdir()] == ["contract.toml"]
    path.write_text("[[column]]\nname = 'a'\ntype = 'number'\nminimun = 3")
    with pytest.raises(ContractError) as caught:
        read(path)
    assert caught.value.where == f"{path}: column 'a'"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ContractError, match="the contract cannot be read"):
        read(path)
    with pytest.raises(ContractError, match="the contract cannot be read") as caught:
        read(tmp_path / "nowhere.toml")
    assert caught.value.next_step == "check the path"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "contract.toml").mkdir()
    with pytest.raises(InputError, match=r"contract\.toml"):
        write(FLIGHTS, tmp_path / "contract.toml")
    assert [file.name for file in tmp_path.iterdir()] == ["contract.toml"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_survives(name: str) -> None:
    assert from_toml(to_toml(Contract((Column(name, "number"),)))).columns[0].name == name
