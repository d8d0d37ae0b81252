from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from interlock.contract import Contract
from interlock.contract.learn import learn
from interlock.contract.step import Step
from interlock.explore.cleaning.drops import constants, copies, repeated_rows
from interlock.explore.survey import Survey, survey
from interlock.table import open_table


def _of(table: Any, **declared: Any) -> tuple[Survey, Contract]:
    found = survey(open_table(table))
    return found, learn(found.profile, **declared)


def _columns(count: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "x": rng.normal(size=count),
        "city": rng.choice(["a", "b", "c"], count),
        "y": rng.random(count) < 0.5,
    }


def test_constants_and_empty_columns_are_proposed_to_go() -> None:
    columns = _columns() | {"same": ["web"] * 400, "none": pa.nulls(400), "half": ["web", None] * 200}
    found, contract = _of(pa.table(columns), target="y")
    assert [each.step.column for each in constants(found.profile, contract)] == ["same", "none"]


def test_copies_of_any_kind_are_proposed_to_go_and_the_later_one_goes() -> None:
    columns = _columns()
    gaps = pa.array(columns["x"], mask=np.arange(400) % 7 == 0)
    table = columns | {"x2": columns["x"], "city2": columns["city"], "gaps": gaps, "gaps2": gaps}
    almost = columns["x"].copy()
    almost[[0, 1]] = almost[[1, 0]]  # equally distributed, and not equal
    found, contract = _of(pa.table(table | {"x3": almost}), target="y")
    steps = [each.step for each in copies(found.profile, contract, found.sample)]
    assert {(step.column, step.copy_of) for step in steps} == {
        ("x2", "x"),
        ("city2", "city"),
        ("gaps2", "gaps"),
    }


def test_a_copy_of_the_target_goes_wherever_it_stands() -> None:
    columns = _columns()
    found, contract = _of(pa.table({"leak": columns["y"], **columns}), target="y")
    (proposal,) = copies(found.profile, contract, found.sample)
    assert (proposal.step.column, proposal.step.copy_of) == ("leak", "y")
    assert proposal.why == "`leak` is a copy of `y`: equal in every row."


def test_ids_stay_and_what_is_dropped_is_not_proposed_again() -> None:
    columns = _columns()
    found, contract = _of(pa.table(columns | {"x2": columns["x"]}), target="y", ids=["x2"])
    assert not [*copies(found.profile, contract, found.sample)]
    found, contract = _of(pa.table(columns | {"x2": columns["x"]}), target="y", ignore=["x2"])
    contract = replace(contract, clean=(Step("drop", "x2", copy_of="x"),))
    assert not [*copies(found.profile, contract, found.sample)]


def test_repeated_rows_are_proposed_to_go_unless_chance_makes_them() -> None:
    columns = pa.table(_columns())
    found, _ = _of(pa.concat_tables([columns, columns.slice(0, 3)]), target="y")
    (proposal,) = repeated_rows(found.duplicates, found.profile, found.sample)
    assert (proposal.effect.rows, proposal.effect.n) == (3, 403)
    found, _ = _of(columns, target="y")
    assert not [*repeated_rows(found.duplicates, found.profile, found.sample)]
    coarse = pa.table({name: column for name, column in _columns().items() if name != "x"})
    found, _ = _of(coarse, target="y")
    assert found.duplicates is not None
    assert found.duplicates.share().value > 0.9
    assert not [*repeated_rows(found.duplicates, found.profile, found.sample)]


def test_a_table_that_is_coarse_by_nature_keeps_its_rows() -> None:
    rng = np.random.default_rng(0)
    country = rng.choice(["no", "it", "de"], 500)
    capital = np.array([{"no": "Oslo", "it": "Rome", "de": "Berlin"}[each] for each in country])
    for table in ({"country": country}, {"country": country, "capital": capital}):
        found, _ = _of(pa.table(table))
        assert not [*repeated_rows(found.duplicates, found.profile, found.sample)]


def test_a_file_that_was_put_together_three_times_is_seen() -> None:
    columns = pa.table(_columns())
    found, _ = _of(pa.concat_tables([columns] * 3))
    (proposal,) = repeated_rows(found.duplicates, found.profile, found.sample)
    assert (proposal.effect.rows, proposal.confidence) == (800, "likely")
