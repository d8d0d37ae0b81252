import re
from dataclasses import replace

import pytest
from tests.fixtures_validate import Problem, solve

from interlock.contract.step import Step
from interlock.said import Said
from interlock.validate.card import Block, Fact, Facts, Grid, Missing, Quote, Words, card, lead
from interlock.validate.enough import LeftOut, Rule, Unjudged
from interlock.validate.evidence import Evidence
from interlock.validate.said import ASKED as ASKED_OF_PEOPLE
from interlock.validate.suspect import Suspect

Blocks = dict[str, tuple[Block, ...]]
TASKS = ("binary", "multiclass", "regression")
#: Sections of the two published forms of a model card, and the points of Annex IV that evidence can fill.
ASKED = (
    "Model details",
    "Intended use",
    "How to use",
    "Factors: the worst slices",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Training",
    "Quantitative analyses: metrics",
    "Ethical considerations",
    "Bias, risks and limitations",
    "Environmental impact",
    "Technical specifications",
    "Caveats and recommendations",
    "Citation and contact",
)
POINTS = {1, 2, 3, 4, 6, 9}


def blocks(solved: Problem, record: Evidence | None = None) -> Blocks:
    parts = card(record or solved.validation.record, solved.contract, solved.validation.scores)
    return {part.title: part.blocks for part in parts}


@pytest.mark.parametrize("task", TASKS)
def test_every_asked_section_is_there(task: str) -> None:
    parts = blocks(solve(task))
    assert set(ASKED) <= set(parts)
    assert all(parts.values())
    pointed = [re.fullmatch(r"EU AI Act, Annex IV, point (\d): .+", title) for title in parts]
    assert {int(each[1]) for each in pointed if each} == POINTS


@pytest.mark.parametrize("key", ASKED_OF_PEOPLE)
def test_what_people_are_asked_is_not_provided_until_they_say_it(key: str) -> None:
    solved = solve("binary")
    silent = [block for part in blocks(solved).values() for block in part if isinstance(block, Missing)]
    assert Missing(ASKED_OF_PEOPLE[key], key) in silent
    told = card(
        solved.validation.record, solved.contract, solved.validation.scores, Said(**{key: "3 words each"})
    )
    all_of_it = [block for part in told for block in part.blocks]
    assert Quote(key, ASKED_OF_PEOPLE[key], "3 words each") in all_of_it
    assert Missing(ASKED_OF_PEOPLE[key], key) not in all_of_it


@pytest.mark.parametrize("task", TASKS)
def test_words_hold_no_number_and_all_else_has_a_source(task: str) -> None:
    solved = solve(task)
    for part in blocks(solved).values():
        for block in part:
            if isinstance(block, Words | Missing):
                assert not re.search(r"\d", str(block))
            elif isinstance(block, Quote):
                assert block.key
            elif isinstance(block, Facts):
                assert all(fact.source for fact in block.facts)
            else:
                assert block.source


@pytest.mark.parametrize("task", TASKS)
def test_every_measurement_is_in_the_card(task: str) -> None:
    solved = solve(task)
    facts = [
        fact
        for part in blocks(solved).values()
        for block in part
        if isinstance(block, Facts)
        for fact in block.facts
    ]
    for each in solved.validation.measurements:
        of_it = [fact for fact in facts if fact.source == f"evidence.json#{each.name}"]
        assert any(fact.text == each.text and each.method in fact.how for fact in of_it)
        assert all(each.text in fact.text for fact in of_it)


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
    record = solved.validation.record
    bare = replace(record, slices=(), leaderboard=(), verdicts=(), unjudged=Unjudged())
    parts = blocks(solved, bare)
    assert parts["Factors: the worst slices"] == (Words("No slice can be judged."),)
    assert parts["Training"][-1] == Missing("how the candidates compared")
    assert parts["Evaluation data"][-1] == Words("The contract found nothing wrong with any row.")


def test_every_declared_slice_is_named_with_its_rows_and_why_it_was_not_judged() -> None:
    solved = solve("binary")
    record = solved.validation.record
    night = replace(record.slices[0], columns=(), conditions=(), part="night", n=250)
    left = Unjudged((LeftOut("basics", 0, "no row"),), (Rule("few rows", 3, 90),))
    told = replace(record, slices=(*record.slices[1:], night), unjudged=left)
    *_, grid = blocks(solved, told)["Factors: the worst slices"]
    assert isinstance(grid, Grid)
    assert [(row[0], row[1], row[3]) for row in grid.rows] == [
        ("night", "250", "judged"),
        ("basics", "0", "not judged: no row"),
    ]
    (*_, grid) = blocks(solved, replace(told, slices=()))["Factors: the worst slices"]
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == ["basics"]


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
    grid, _ = parts["Technical specifications"]
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == [column.name for column in solved.contract.columns]
    assert {row[0]: row[3] for row in grid.rows}["origin"] == "EWR, JFK, LGA"


def test_declared_features_stand_in_the_card() -> None:
    solved = solve("binary")
    declared = (("speed", "distance / wind"), ("rate", "mean(outcome) over 30 days by origin"))
    parts = blocks(solved, replace(solved.validation.record, declared=declared))
    grid = parts["Training data"][-1]
    assert isinstance(grid, Grid)
    assert grid.rows == declared
    assert grid.source == "evidence.json#declared"


def test_cleaning_steps_stand_in_the_card() -> None:
    solved = solve("binary")
    cleaned = replace(solved.contract, clean=(Step("strip", "origin"), Step("duplicates")))
    parts = {
        part.title: part.blocks for part in card(solved.validation.record, cleaned, solved.validation.scores)
    }
    grid = parts["Training data"][-1]
    assert isinstance(grid, Grid)
    assert grid.rows[0] == ("origin", "strip", "blanks too many are removed")
    assert grid.rows[1][:2] == ("whole rows", "duplicates")


def test_suspected_leaks_and_their_answers_stand_in_the_card() -> None:
    solved = solve("binary")
    suspects = (Suspect("paid", "it is written after the outcome", confirmed=True),)
    parts = blocks(solved, replace(solved.validation.record, suspects=suspects))
    grid = parts["Training data"][-1]
    assert isinstance(grid, Grid)
    assert grid.rows == (("paid", "confirmed by a person", "it is written after the outcome"),)


def test_an_older_evidence_says_nothing_of_how_the_model_was_made() -> None:
    solved = solve("binary")
    parts = blocks(solved, replace(solved.validation.record, made=None))
    assert Missing("which rows it learned from") in parts["Training data"]
    assert Missing("how the model was made") in parts["Training"]
