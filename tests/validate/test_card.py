import re
from dataclasses import replace

import pytest
from tests.fixtures_validate import Problem, solve

from interlock.contract.step import Step
from interlock.validate.card import Block, Fact, Facts, Grid, Missing, Words, card, lead
from interlock.validate.evidence import Evidence

Blocks = dict[str, tuple[Block, ...]]
TASKS = ("binary", "multiclass", "regression")
#: Sections of the two published forms of a model card, and where ours says it.
ASKED = {
    "Model details": "Model details",
    "Intended use": "Intended use",
    "Factors": "Factors: the worst slices",
    "Metrics": "Metrics",
    "Evaluation data": "Evaluation data",
    "Training data": "Training: the candidates",
    "Quantitative analyses": "Calibration",
    "Ethical considerations": "Ethical considerations",
    "Caveats and recommendations": "Caveats and recommendations",
    "Technical specifications": "What a row looks like",
}


def blocks(solved: Problem, record: Evidence | None = None) -> Blocks:
    parts = card(record or solved.validation.record, solved.contract, solved.validation.scores)
    return {part.title: part.blocks for part in parts}


@pytest.mark.parametrize("task", TASKS)
def test_every_asked_section_is_there(task: str) -> None:
    parts = blocks(solve(task))
    assert set(ASKED.values()) <= set(parts)
    assert all(parts.values())


@pytest.mark.parametrize("task", TASKS)
def test_words_hold_no_number_and_all_else_has_a_source(task: str) -> None:
    solved = solve(task)
    for part in blocks(solved).values():
        for block in part:
            if isinstance(block, Words | Missing):
                assert not re.search(r"\d", str(block))
            elif isinstance(block, Facts):
                assert all(fact.source for fact in block.facts)
            else:
                assert block.source


@pytest.mark.parametrize("task", TASKS)
def test_every_measurement_is_in_the_card_once(task: str) -> None:
    solved = solve(task)
    facts = [
        fact
        for part in blocks(solved).values()
        for block in part
        if isinstance(block, Facts)
        for fact in block.facts
    ]
    for each in solved.validation.measurements:
        (fact,) = [fact for fact in facts if fact.source == f"evidence.json#{each.name}"]
        assert fact.text == each.text
        assert each.method in fact.how


def test_what_only_people_can_say_is_missing_not_invented() -> None:
    solved = solve("binary")
    parts = {
        part.title: part.blocks
        for part in card(solved.validation.record, solved.contract, solved.validation.scores)
    }
    for title in ("Intended use", "Ethical considerations", "Caveats and recommendations", "Model details"):
        assert any(isinstance(block, Missing) for block in parts[title])


def test_the_lead_says_whether_the_model_is_fit() -> None:
    record = solve("binary").validation.record
    failed = replace(record, gates=(replace(record.gates[0], passed=False), *record.gates[1:]))
    assert lead(failed).startswith("Not fit for release: auc_above_baseline")
    passed = replace(record, gates=tuple(replace(gate, passed=True) for gate in record.gates))
    assert lead(passed).startswith("Every gate is passed")


def test_nothing_to_compare_is_said_in_words() -> None:
    solved = solve("binary")
    bare = replace(solved.validation.record, slices=(), leaderboard=(), verdicts=())
    parts = blocks(solved, bare)
    assert parts["Factors: the worst slices"] == (Words("No slice has enough rows to judge."),)
    assert parts["Training: the candidates"] == (Missing("how the candidates compared"),)
    assert parts["Evaluation data"][-1] == Words("The contract found nothing wrong with any row.")


def test_the_intervals_say_what_they_take_as_independent() -> None:
    solved = solve("binary")
    (_, caveat) = blocks(solved)["Caveats and recommendations"]
    assert caveat == Facts(
        (
            Fact(
                "intervals take",
                "49 days as independent of each other, the rows within them not",
                "evidence.json#rows",
            ),
        )
    )


def test_the_contract_is_told_column_by_column() -> None:
    solved = solve("binary")
    parts = {
        part.title: part.blocks
        for part in card(solved.validation.record, solved.contract, solved.validation.scores)
    }
    (grid,) = parts["What a row looks like"]
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == [column.name for column in solved.contract.columns]
    assert {row[0]: row[3] for row in grid.rows}["origin"] == "EWR, JFK, LGA"


def test_declared_features_stand_in_the_card() -> None:
    solved = solve("binary")
    declared = (("speed", "distance / wind"), ("rate", "mean(outcome) over 30 days by origin"))
    parts = blocks(solved, replace(solved.validation.record, declared=declared))
    _, grid = parts["What a row looks like"]
    assert isinstance(grid, Grid)
    assert grid.rows == declared
    assert grid.source == "evidence.json#declared"


def test_cleaning_steps_stand_in_the_card() -> None:
    solved = solve("binary")
    cleaned = replace(solved.contract, clean=(Step("strip", "origin"), Step("duplicates")))
    parts = {
        part.title: part.blocks for part in card(solved.validation.record, cleaned, solved.validation.scores)
    }
    _, grid = parts["What a row looks like"]
    assert isinstance(grid, Grid)
    assert grid.rows[0] == ("origin", "strip", "blanks too many are removed")
    assert grid.rows[1][:2] == ("whole rows", "duplicates")
