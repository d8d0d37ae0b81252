from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import cleaned_contracts

from interlock.contract import Column, Contract, Policy
from interlock.contract.merge import merge, recleaned
from interlock.contract.step import Step

RAW = Contract(
    (
        Column("price", "category", levels=("1,5", "2"), fill="2"),
        Column("size", "number", minimum=0, maximum=10),
        Column("late", "category", role="target"),
    ),
    "binary",
    ("no", "yes"),
)
STEPS = (Step("number", "price", format="1.234,5"),)
CLEAN = replace(
    RAW,
    columns=(Column("price", "number", minimum=1.5, maximum=2, fill=2), *RAW.columns[1:]),
    clean=STEPS,
)


def _edit(name: str, **values: object) -> Contract:
    return replace(
        RAW,
        columns=tuple(
            replace(each, **values) if each.name == name else each  # type: ignore[arg-type]
            for each in RAW.columns
        ),
    )


def test_what_nobody_edited_is_what_is_learned() -> None:
    assert merge(RAW, RAW, CLEAN, ["price"]) == (CLEAN, ())


def test_edits_are_kept_and_those_that_a_number_cannot_have_are_named() -> None:
    on = Policy(null="flag", category="reject")
    edited = _edit("price", unit="EUR", levels=("1,5", "2", "3"), role="id", on=on)
    merged = merge(RAW, edited, CLEAN, ["price"])
    price = merged.contract["price"]
    assert (price.type, price.unit, price.role, price.on.null) == ("number", "EUR", "id", "flag")
    assert (price.levels, price.minimum, price.on.category) == (None, 1.5, "flag")
    assert merged.lost == ("price: levels", "price: on.category")
    assert merged.contract.clean == STEPS


def test_edits_that_need_each_other_are_put_in_together() -> None:
    edited = _edit("size", minimum=100, maximum=200)
    size = Column("size", "number", minimum=0, maximum=5)
    learned = replace(RAW, columns=(RAW["price"], size, RAW["late"]))
    merged = merge(RAW, edited, learned, ["size"])
    assert (merged.contract["size"].minimum, merged.contract["size"].maximum) == (100.0, 200.0)


def test_other_columns_and_removed_ones_stay_as_they_were_edited() -> None:
    edited = replace(_edit("size", maximum=12), columns=_edit("size", maximum=12).columns[1:])
    merged = merge(RAW, edited, CLEAN, ["price"])
    assert [column.name for column in merged.contract.columns] == ["size", "late"]
    assert merged.contract["size"].maximum == 12
    assert merged.contract.clean == ()


def test_classes_follow_the_cleaning_unless_people_said_otherwise() -> None:
    learned = replace(RAW, classes=("No", "Yes"), clean=(Step("strip", "late"),))
    assert merge(RAW, RAW, learned, ["late"]).contract.classes == ("No", "Yes")
    mine = replace(RAW, classes=("yes", "no"))
    assert merge(RAW, mine, learned, ["late"]).contract.classes == ("yes", "no")


def test_a_changed_step_is_a_change_of_its_column() -> None:
    other = replace(CLEAN, clean=(Step("number", "price", format="1,234.5"), Step("duplicates")))
    assert recleaned(CLEAN, other) == ("price",)
    assert recleaned(RAW, CLEAN) == recleaned(CLEAN, RAW) == ("price",)
    assert recleaned(CLEAN, CLEAN) == ()


@given(cleaned_contracts(), st.data())
@settings(max_examples=60, deadline=None)
def test_without_edits_a_merge_is_what_is_learned(contract: Contract, data: st.DataObject) -> None:
    base = replace(contract, clean=())
    names = [column.name for column in contract.columns]
    assert merge(base, base, contract, names) == (contract, ())
    some = data.draw(st.sets(st.sampled_from(names)))
    assert merge(base, base, contract, some).contract.columns == contract.columns


def test_a_target_that_comes_or_goes_does_not_break_the_rest() -> None:
    without = Contract((*RAW.columns[:2], Column("late", "category")))
    merged = merge(without, without, CLEAN, ["price"]).contract
    assert (merged.target, merged.task, merged["price"].type) == (None, None, "number")
    learned = replace(CLEAN, columns=(*CLEAN.columns[:2], Column("late", "category")), task=None, classes=())
    merged = merge(RAW, RAW, learned, ["price"]).contract
    assert (merged.task, merged.classes, merged["price"].type) == ("binary", ("no", "yes"), "number")
