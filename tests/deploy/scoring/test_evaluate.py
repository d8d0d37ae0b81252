from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.deploy.scoring.fixtures import as_table, rows

from interlock.contract import Checker, Coded
from interlock.deploy.scoring import evaluate
from interlock.deploy.scoring.evaluate import Evaluator
from interlock.errors import ReleaseError
from interlock.release import Release
from interlock.table.arrow import batch_values


def checked(release: Release, count: int = 300) -> tuple[NDArray[np.float64], list[Coded]]:
    table = as_table(rows(count))
    found = Checker(release.contract).columns(batch_values(table), count)
    kept = ~found.rejected
    return found.numbers[kept], [each._replace(codes=each.codes[kept]) for each in found.strings]


def alone(release: Release, numbers: NDArray[np.float64], strings: list[Coded]) -> bytes:
    texts = [[each.levels[each.codes[row]] for each in strings] for row in range(len(numbers))]
    return np.array([release.model.one(*row) for row in zip(numbers.tolist(), texts, strict=True)]).tobytes()


@pytest.mark.parametrize(
    ("name", "way"),
    [("forest", "tables"), ("regression", "together"), ("binary", "alone"), ("multiclass", "alone")],
)
def test_every_way_gives_the_bits_of_a_row_alone(name: str, way: str, releases: dict[str, Release]) -> None:
    evaluator = Evaluator(releases[name])
    numbers, strings = checked(releases[name])
    assert evaluator.predict(numbers, strings).predictions.tobytes() == alone(
        releases[name], numbers, strings
    )
    assert evaluator.way == way


def test_no_rows_give_no_answers(releases: dict[str, Release]) -> None:
    for name, shape in (("forest", (0,)), ("multiclass", (0, 3))):
        numbers, strings = checked(releases[name])
        none = [each._replace(codes=each.codes[:0]) for each in strings]
        assert Evaluator(releases[name]).predict(numbers[:0], none).predictions.shape == shape


def test_a_way_that_rounds_otherwise_is_found_out_and_given_up(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = releases["forest"]
    evaluator = Evaluator(release)
    assert evaluator._shortcut is not None
    right = evaluator._shortcut.answers

    def wrong(*given: Any) -> list[NDArray[np.float64]]:
        return [np.nextafter(each, 2) for each in right(*given)]

    monkeypatch.setattr(evaluator._shortcut, "answers", wrong)
    numbers, strings = checked(release)
    assert evaluator.predict(numbers, strings).predictions.tobytes() == alone(release, numbers, strings)
    assert evaluator.way == "alone"


def test_a_shortcut_that_misses_a_golden_row_is_never_taken(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "shortcut", lambda *_, **__: Off())
    assert Evaluator(releases["forest"]).way == "together"


class Off:
    def left(self, _: object) -> list[NDArray[np.uint32]]:
        return []

    def answers(self, numbers: NDArray[np.float64], *_: object) -> list[NDArray[np.float64]]:
        return [np.full(len(numbers), 0.5)]


def test_an_answer_that_is_no_number_is_an_error(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = Evaluator(releases["forest"])
    numbers, strings = checked(releases["forest"])
    monkeypatch.setattr(evaluator, "_answers", lambda numbers, _: [np.full(len(numbers), np.nan)])
    monkeypatch.setattr(evaluator, "_right", lambda *_: True)
    with pytest.raises(ReleaseError, match="not finite"):
        evaluator.predict(numbers, strings)
