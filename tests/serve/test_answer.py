from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_release import CLASSES, Task, contract

from interlock.contract import CheckedRow, Flag
from interlock.serve.answer import Answers
from interlock.serve.message import Refusal

WRITER = "00c0ffee00c0ffee"
flags = st.lists(st.builds(Flag, st.text(), st.just("range"), st.just("flag")), max_size=3)


@given(st.integers(0, 2**50), st.floats(0, 1), flags)
def test_hand_written_answers_are_json(number: int, probability: float, found: list[Flag]) -> None:
    answers = Answers(contract(), 'sha256:"quoted"', WRITER)
    value = json.loads(answers.one(number, probability, found))
    assert value == {
        "id": f"{WRITER}-{number:x}",
        "release": 'sha256:"quoted"',
        "prediction": probability,
        "label": "yes" if probability >= 0.5 else "no",
        "flags": [{"column": flag.column, "code": "range", "action": "flag"} for flag in found],
    }
    many = json.loads(answers.many(number, [probability], [CheckedRow([], [], found, rejected=False)]))
    (item,) = many["predictions"]
    assert {"release": many["release"], **item} == value


def test_the_threshold_decides_the_label() -> None:
    answers = Answers(contract(), "r", WRITER, threshold=0.2)
    assert [answers.label(p) for p in (0.19, 0.2, 0.21)] == ["no", "yes", "yes"]


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_multiclass_takes_the_largest(probabilities: list[float]) -> None:
    answers = Answers(contract("multiclass"), "r", WRITER)
    value = json.loads(answers.one(0, probabilities, []))
    assert value["prediction"] == dict(zip(CLASSES["multiclass"], probabilities, strict=True))
    assert value["prediction"][value["label"]] == max(probabilities)


def test_regression_has_no_label() -> None:
    answers = Answers(contract("regression"), "r", WRITER)
    assert json.loads(answers.one(0, -1.5, [])) == {
        "id": f"{WRITER}-0",
        "release": "r",
        "prediction": -1.5,
        "flags": [],
    }


@pytest.mark.parametrize("violations", [(), [(0, [Flag("a", "type", "reject")])]])
def test_refusals_say_why(violations: list[tuple[int, list[Flag]]]) -> None:
    value = json.loads(
        Answers(contract(), "r", WRITER).refusal(3, Refusal(422, "c", "m", violations=violations))
    )
    assert (value["id"], value["error"], value["message"]) == (f"{WRITER}-3", "c", "m")
    assert ("violations" in value) == bool(violations)


@pytest.mark.parametrize("task", ["binary", "regression"])
@given(st.integers(0, 2**50), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_many_without_a_flag_are_what_each_is(task: Task, first: int, predictions: list[float]) -> None:
    answers, row = Answers(contract(task), "r", WRITER), CheckedRow([], [], [], rejected=False)
    many = json.loads(answers.many(first, predictions, [row] * len(predictions)))
    alone = [json.loads(answers.one(first + at, each, [])) for at, each in enumerate(predictions)]
    assert [{"release": many["release"], **item} for item in many["predictions"]] == alone
