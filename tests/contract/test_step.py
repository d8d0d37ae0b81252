from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.strategies import cleaned_contracts, steps

from interlock.contract import Column, Contract, digest, from_toml, to_toml
from interlock.contract.step import Step, in_order, of_table, to_table
from interlock.errors import ContractError

CONTRACT = Contract((Column("price", "number"), Column("city", "category"), Column("at", "timestamp")))


@given(st.sampled_from(["category", "number", "timestamp"]).flatmap(lambda kind: steps("c", kind)))
def test_a_table_says_all_of_a_step(made: list[Step]) -> None:
    assert [of_table(to_table(step)) for step in made] == made


@given(cleaned_contracts())
def test_the_file_keeps_the_steps(contract: Contract) -> None:
    assert from_toml(to_toml(contract)) == contract


def test_the_order_of_the_steps_is_no_part_of_the_contract() -> None:
    made = (Step("strip", "city"), Step("number", "price", format="1234.5"), Step("duplicates"))
    digests = {digest(replace(CONTRACT, clean=order)) for order in itertools.permutations(made)}
    assert len(digests) == 1
    assert in_order(made)[-1].kind == "duplicates"


def test_the_order_of_what_a_step_takes_is_no_part_of_it() -> None:
    assert Step("missing", "a", values=(999, "?", 9)) == Step("missing", "a", values=("?", 9.0, 999))


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"step": "stripp", "column": "a"}, "there is no such cleaning step", "did you mean `strip`?"),
    ({"step": "strip"}, "a cleaning step is about one column", "column ="),
    ({"step": "duplicates", "column": "a"}, "a cleaning step is about one column", "has no column"),
    ({"step": "strip", "column": 5}, "a cleaning step is about one column", "column"),
    (
        {"step": "strip", "column": "a", "format": "1234.5"},
        "there is no such key",
        "use one of: column, step",
    ),
    ({"step": "number", "column": "a", "fromat": "x"}, "there is no such key", "did you mean `format`?"),
    (
        {"step": "number", "column": "a", "format": "1,234"},
        "no such number format",
        "did you mean `1,234.5`?",
    ),
    ({"step": "number", "column": "a", "format": 5}, "`format` is of another type", "quotes"),
    ({"step": "number", "column": "a", "format": "1234.5", "symbols": ["§"]}, "no such symbol", "use one of"),
    ({"step": "date", "column": "a"}, "no format is stated", "31.1.2013"),
    ({"step": "date", "column": "a", "formats": ["31.1.201"]}, "no such date format", "`31.1.2013`"),
    ({"step": "date", "column": "a", "formats": ["31/1/2013", "1/31/2013"]}, "two days", "keep one"),
    ({"step": "missing", "column": "a"}, "nothing is said to be missing", "values ="),
    ({"step": "missing", "column": "a", "values": [True]}, "neither text nor a number", "values ="),
    ({"step": "missing", "column": "a", "values": "NA"}, "`values` is of another type", "values ="),
    ({"step": "missing", "column": "a", "values": [float("nan")]}, "neither text nor a number", "values ="),
    ({"step": "spelling", "column": "a"}, "no spelling is said to be kept", "spellings ="),
    (
        {"step": "spelling", "column": "a", "spellings": {"x": "y"}},
        "the variants are not a list",
        "spellings =",
    ),
    ({"step": "spelling", "column": "a", "spellings": {"x": ["y"], "z": ["y"]}}, "two others", "keep one"),
    (
        {"step": "spelling", "column": "a", "spellings": {"x": ["y"], "y": ["z"]}},
        "kept and replaced",
        "decide",
    ),
    ({"step": "spelling", "column": "a", "spellings": {" x": ["y"]}}, "blanks too many", "remove"),
    ({"step": "range", "column": "a"}, "a range needs a bound", "minimum"),
    ({"step": "range", "column": "a", "minimum": 5, "maximum": 1}, "minimum is above the maximum", "swap"),
    ({"step": "range", "column": "a", "minimum": "soon"}, "this is no bound", "2013-01-31"),
    ({"step": "range", "column": "a", "minimum": 5, "maximum": "2013-01-31"}, "other a date", "alike"),
]


@pytest.mark.parametrize(("table", "what", "next_step"), WRONG)
def test_a_step_that_makes_no_sense_says_why(table: dict[str, Any], what: str, next_step: str) -> None:
    with pytest.raises(ContractError) as error:
        of_table(table)
    assert what in error.value.what
    assert next_step in error.value.next_step
    assert error.value.where.startswith("clean")


@pytest.mark.parametrize(
    ("made", "what"),
    [
        ((Step("strip", "cty"),), "there is no such column"),
        ((Step("drop", "city", copy_of="price"),), "a column that is dropped is still read"),
        ((Step("number", "city", format="1234.5"),), "a number step needs a column of that type"),
        ((Step("date", "city", formats=("31.1.2013",)),), "a date step needs a column of that type"),
        ((Step("missing", "city", values=("a",)), Step("missing", "city", values=("b",))), "this step twice"),
    ],
)
def test_steps_that_contradict_the_contract_are_refused(made: tuple[Step, ...], what: str) -> None:
    with pytest.raises(ContractError, match=what):
        replace(CONTRACT, clean=made)


def test_a_column_that_is_not_read_may_have_any_steps() -> None:
    ignored = Contract((Column("price", "text", "ignore"),))
    made = (Step("number", "price", format="1234.5"), Step("drop", "price"))
    assert replace(ignored, clean=made).clean == in_order(made)
    with pytest.raises(ContractError, match="a number or a date, not both"):
        replace(ignored, clean=(made[0], Step("date", "price", formats=("31.1.2013",))))
