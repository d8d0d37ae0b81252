from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.dirty import orders, write_orders
from tests.explore.tables import flights, noise, penguins, sklearn_table

from interlock.contract.learn import learn
from interlock.contract.step import Step
from interlock.explore import Exploration, explore
from interlock.explore.cleaning.proposal import Proposal
from interlock.explore.cleaning.propose import proposals
from interlock.explore.survey import survey
from interlock.table import open_table

#: What the generator spoils, as steps.
SPOILT = {
    ("strip", "price", "certain"),
    ("missing", "price", "certain"),
    ("number", "price", "certain"),
    ("number", "discount", "certain"),
    ("strip", "city", "certain"),
    ("spelling", "city", "likely"),
    ("date", "day", "certain"),
    ("missing", "age", "likely"),
    ("strip", "returned", "certain"),
    ("spelling", "returned", "likely"),
    ("drop", "shop", "certain"),
    ("drop", "amount_2", "certain"),
    ("duplicates", "", "likely"),
}


def _of(table: Any, **declared: Any) -> tuple[Proposal, ...]:
    found = survey(open_table(table))
    return proposals(found, learn(found.profile, **declared))


def _names(found: tuple[Proposal, ...]) -> set[tuple[str, str, str]]:
    return {(each.step.kind, each.step.column, each.confidence) for each in found}


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Exploration:
    made = orders(1500)
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    write_orders(path, made.dirty, repeated=40)
    return explore(path, target="returned")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("make", [lambda seed: penguins(seed=seed), lambda seed: noise(2000, seed)])
def test_a_clean_table_asks_for_nothing(make: Any, seed: int) -> None:
    assert _of(make(seed)) == ()


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_clean_tables_of_the_world_ask_for_nothing(name: str) -> None:
    assert _of(sklearn_table(name)[0], target="target") == ()


def test_what_was_spoilt_is_found_and_nothing_else(explored: Exploration) -> None:
    assert _names(explored.proposals) == SPOILT


def test_what_is_found_is_what_was_spoilt(explored: Exploration) -> None:
    steps = {(each.step.kind, each.step.column): each.step for each in explored.proposals}
    assert steps["missing", "price"].values == ("-", "?", "NA", "n/a")
    assert (steps["number", "price"].format, steps["number", "price"].symbols) == ("1,234.5", ("$",))
    assert steps["date", "day"].formats == ("1/31/2013", "31.1.2013")
    assert steps["missing", "age"].values == (999.0,)
    assert steps["drop", "amount_2"].copy_of == "amount"
    kept = {kept for _, kept in steps["spelling", "city"].spellings}
    assert kept == {"New York", "Boston", "Los Angeles"}


def test_the_rows_are_those_that_were_spoilt(explored: Exploration) -> None:
    made = orders(1500)
    rows = [*made.dirty, *made.dirty[:40]]
    effects = {(each.step.kind, each.step.column): each.effect for each in explored.proposals}
    assert effects["missing", "age"].rows == sum(row["age"] == "999" for row in rows)
    assert effects["missing", "price"].rows == sum("$" not in row["price"] for row in rows)
    assert effects["number", "price"].rows == sum("$" in row["price"] for row in rows)
    blanks = sum(" ".join(row["city"].split()) != row["city"] for row in rows)
    assert effects["strip", "city"].rows == blanks
    assert effects["spelling", "city"].after == 3
    assert effects["duplicates", ""].rows == 40
    assert all(each.n == 1540 and each.basis == "all rows" for each in effects.values())


def test_what_is_accepted_is_not_proposed_again_and_is_told_with_its_rows(
    explored: Exploration, tmp_path: Path
) -> None:
    write_orders(tmp_path / "orders.csv", orders(1500).dirty)
    steps = tuple(each.step for each in explored.proposals)
    again = explore(tmp_path / "orders.csv", target="returned", clean=steps)
    assert again.proposals == ()
    assert {each.step for each in again.accepted} == set(steps)
    rows = {(each.step.kind, each.step.column): each.effect.rows for each in again.accepted}
    assert rows["missing", "age"] == sum(row["age"] == "999" for row in orders(1500).dirty)
    assert again.contract["price"].type == "number"
    assert again.contract["day"].type == "timestamp"
    assert again.contract["shop"].role == "ignore"
    assert [name.lower() for name in again.contract.classes] == ["no", "yes"]


def test_an_exploration_keeps_its_proposals_in_its_folder(explored: Exploration, tmp_path: Path) -> None:
    loaded = Exploration.load(explored.save(tmp_path))
    assert loaded.proposals == explored.proposals
    assert loaded.accepted == explored.accepted


def test_ids_and_columns_that_people_leave_out_are_left_alone() -> None:
    table = pa.table({"a": [" x", "x", "y"] * 50, "b": [" x", "x", "y"] * 50, "c": np.arange(150) % 2})
    assert {each.step.column for each in _of(table, ids=["a"], ignore=["b"])} <= {""}


def test_codes_that_are_text_stay_text() -> None:
    codes = {"post": ["10115", "80331", "20095"] * 50, "lead": ["007", "010", "123"] * 50}
    assert _of(pa.table(codes | {"x": np.random.default_rng(0).normal(size=150)})) == ()


def test_words_among_numbers_make_a_column_text_and_are_found_with_their_codes() -> None:
    rng = np.random.default_rng(0)
    ages = [*rng.integers(18, 80, 400).astype(str), *["?"] * 10, *["999"] * 10, "400"]
    found = {each.step.kind: each for each in _of(pa.table({"age": ages, "x": rng.normal(size=421)}))}
    assert found["missing"].step.values == ("?", 999.0)
    assert found["number"].step.format == "1234.5"
    assert (found["range"].step.maximum, found["range"].effect.rows) == (130.0, 1)


def test_prose_is_its_authors() -> None:
    text = ["It  was a long text, with blanks, written by somebody who likes them very much indeed. "] * 50
    texts = [f"{each}{place}" for place, each in enumerate(text)]
    assert _of(pa.table({"note": texts, "x": np.random.default_rng(0).normal(size=50)})) == ()


def test_steps_of_a_column_are_proposed_in_the_order_in_which_they_run(explored: Exploration) -> None:
    price = [each.step.kind for each in explored.proposals if each.step.column == "price"]
    assert price == ["strip", "missing", "number"]


def test_an_accepted_duplicates_step_is_not_proposed_again(explored: Exploration) -> None:
    table = pa.table({"x": [*np.random.default_rng(0).normal(size=50)] * 2})
    found = survey(open_table(table))
    contract = replace(learn(found.profile), clean=(Step("duplicates"),))
    assert proposals(found, contract) == ()


@pytest.mark.slow
def test_the_flights_ask_only_for_what_is_true(tmp_path: Path) -> None:
    found = _of(flights(tmp_path), target="late", time="time_hour")
    assert _names(found) == {("missing", "tailnum", "certain"), ("drop", "year", "certain")}


#: What is true of real tables: known placeholders and copies, see their documentation.
REAL = {
    "adult": {("missing", "capital_gain"), ("missing", "hours_per_week"), ("duplicates", "")},
    "bike_hourly": {("date", "date")},  # a column of strings such as 2010-09-20
    "diamonds": {("duplicates", "")},
    "employment_ma": set[tuple[str, str]](),
    "lending_club": set[tuple[str, str]](),
    "loans": {("strip", "emp_title"), ("drop", "num_accounts_30d_past_due")},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*REAL])
def test_real_tables_ask_only_for_what_is_true(name: str) -> None:
    found = _of(load(name), target=TARGETS[name])
    assert {(each.step.kind, each.step.column) for each in found} == REAL[name]
