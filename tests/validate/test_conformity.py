from dataclasses import replace

import pytest
from scipy import stats
from tests.fixtures_validate import solve

from interlock.contract import Checker, Column, Contract, Policy
from interlock.contract.step import Step
from interlock.validate.conformity import breakages, catch, rejected_share, verdicts

STRICT = Policy(null="flag", type="reject", range="flag", category="flag", length="flag")
CONTRACT = Contract(
    (
        Column("age", "integer", minimum=0.0, maximum=120.0, on=STRICT),
        Column("income", "number", minimum=0.0, maximum=1e7, on=STRICT),
        Column("member", "boolean", on=STRICT),
        Column("joined", "timestamp", "time", on=STRICT),
        Column("city", "category", levels=("Oslo", "Rome"), max_length=4, on=STRICT),
    )
)
ROW = {"age": 30, "income": 5e4, "member": True, "joined": "2013-10-01T05:00:00Z", "city": "Oslo"}


def test_the_classic_mistakes_are_among_the_breakages() -> None:
    made = {(column, what): body.get(column) for column, what, body in breakages(CONTRACT, ROW)}
    assert made["age", "text"] == "30"
    assert made["age", "a boolean"] is True
    assert made["age", "a fraction"] == 30.9
    assert float(str(made["age", "too small"])) < 0
    assert float(str(made["income", "too large"])) > 1e7
    assert made["member", "a number"] == 2
    assert made["joined", "text"] == "yesterday"
    assert made["city", "an unknown level"] not in ("Oslo", "Rome")
    assert made["city", "null"] is None
    assert "absent" in {what for _, what in made}
    assert "an unknown column" in {what for _, what in made}


def test_a_breakage_breaks_one_column_and_leaves_the_row_alone() -> None:
    before = dict(ROW)
    for column, _, body in breakages(CONTRACT, ROW):
        assert {name: value for name, value in body.items() if name != column} == {
            name: value for name, value in ROW.items() if name != column
        }
    assert before == ROW


def test_a_contract_catches_all_of_them() -> None:
    found = catch(CONTRACT, [ROW, ROW | {"age": 0}])
    assert found.broken == found.caught > 40
    assert found.missed == ()


def test_what_the_policy_allows_is_not_tried() -> None:
    lax = replace(CONTRACT, columns=(Column("age", "integer"),))
    assert "null" not in {what for _, what, _ in breakages(lax, {"age": 1})}


def test_bounds_at_the_end_of_the_numbers_are_not_broken() -> None:
    wide = Contract((Column("x", "number", minimum=-1.7e308, maximum=1.7e308, on=STRICT),))
    assert {what for _, what, _ in breakages(wide, {"x": 1.0})}.isdisjoint({"too large", "too small"})
    assert catch(wide, [{"x": 1.0}]).missed == ()


def test_verdicts_count_rows_and_put_the_most_frequent_first() -> None:
    checked = Checker(CONTRACT).columns(
        {
            **{name: [value] * 4 for name, value in ROW.items()},
            "age": [1, -5, 200, 7],
            "city": ["Oslo", "Rome", "Bonn", "Oslo"],
        }
    )
    assert [(each.column, each.code, each.action, each.rows) for each in verdicts(checked)] == [
        ("age", "range", "flag", 2),
        ("city", "category", "flag", 1),
    ]


def test_the_rejected_share_has_wilsons_interval() -> None:
    batch = {name: [value] * 50 for name, value in ROW.items()}
    checked = Checker(CONTRACT).columns({**batch, "age": [*([30] * 45), *(["old"] * 5)]})
    share = rejected_share(checked)
    theirs = stats.binomtest(5, 50).proportion_ci(method="wilson")
    assert share.value == 0.1
    assert (share.low, share.high) == pytest.approx((theirs.low, theirs.high))


def test_learned_contracts_catch_everything_too() -> None:
    found = solve("binary").validation.record.caught
    assert found.broken == found.caught >= 500


def test_what_a_cleaning_step_mends_is_no_breakage_and_the_rest_is_caught() -> None:
    steps = (
        Step("number", "income", format="1,234.5"),
        Step("missing", "age", values=(999,)),
        Step("range", "age", minimum=0, maximum=120),
    )
    cleaned = replace(CONTRACT, clean=steps)
    made = {(column, what): body.get(column) for column, what, body in breakages(cleaned, ROW)}
    assert made["income", "text"] == "neither a number nor a date"
    assert ("age", "too large") not in made
    assert made["age", "null"] is None
    assert made["age", "text"] == "30"
    found = catch(cleaned, [ROW])
    assert found.broken == found.caught > 15
