from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
from tests.fixtures_forest import LEVELS, write_forest

from interlock.contract import CheckedRow
from interlock.release import Release
from interlock.release.golden import check_rows
from interlock.serve.scorer import Scorer
from interlock.serve.tables import FEWEST, Tables, tables


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return write_forest(tmp_path_factory.mktemp("forest"))


def rows(count: int, words: list[str] | None = None, seed: int = 0) -> list[CheckedRow]:
    random = np.random.default_rng(seed)
    numbers = random.choice([np.nan, 0.0, -0.0, 300.0, 650.0, 1.36e9], (count, 4))
    names = words or [*LEVELS, "unseen"]
    return [
        CheckedRow(each, [names[at % len(names)]], [], rejected=False)
        for at, each in enumerate(numbers.tolist())
    ]


def alone(forest: Release, given: list[CheckedRow]) -> list[float]:
    return [forest.model.one(row.numbers, row.strings) for row in given]


def made(forest: Release) -> Tables:
    found = tables(forest.model)
    assert found is not None
    return found


def test_the_bits_are_the_graphs_whatever_was_asked_before(forest: Release) -> None:
    found = made(forest)
    for seed, words in enumerate([["UA"], [*LEVELS], [*LEVELS, "new", ""], ["UA"]]):
        given = rows(100, words, seed)
        assert found.predict(given).tolist() == alone(forest, given)


def test_what_is_kept_has_a_bound(forest: Release) -> None:
    found = Tables(made(forest)._way, most_bytes=10_000)
    for start in range(0, 500, 50):
        given = rows(50, [f"word {number}" for number in range(start, start + 50)], start)
        assert found.predict(given).tolist() == alone(forest, given)
        kept = sum(each.nbytes for each in found._left)
        assert kept == 50 * 40 * 4, "fifty combinations, forty trees, four bytes: what is asked now"
    small = rows(50, ["UA", "AA"])
    assert found.predict(small).tolist() == alone(forest, small)
    assert len(found._left[0]) == len(found._places)


def test_where_nothing_repeats_it_is_said_not_to_pay(forest: Release) -> None:
    found = made(forest)
    for number in range(8):
        assert found.pays
        found.predict(rows(40, [f"{number} {word}" for word in range(40)]))
    assert not found.pays
    found = made(forest)
    for _ in range(20):
        found.predict(rows(40))
    assert found.pays


def test_a_scorer_takes_them_for_many_rows_and_the_graph_for_few(
    forest: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, sizes = Scorer(forest.model), list[int]()
    scorer.choose(check_rows(forest.contract, (golden.row for golden in forest.golden)))
    predict = Tables.predict

    def counted(found: Tables, given: list[CheckedRow]) -> Any:
        sizes.append(len(given))
        return predict(found, given)

    monkeypatch.setattr(Tables, "predict", counted)
    for count in (2, FEWEST - 1, FEWEST, 200):
        given = rows(count)
        assert scorer.many(given)[0] == alone(forest, given)
        assert [prediction for prediction, _ in scorer.each(given)] == alone(forest, given)
    assert sizes == [FEWEST, FEWEST, 200, 200]


def test_tables_that_answer_otherwise_are_given_up(
    forest: Release, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = Scorer(forest.model)
    scorer.choose(check_rows(forest.contract, (golden.row for golden in forest.golden)))
    predict = Tables.predict
    monkeypatch.setattr(Tables, "predict", lambda found, given: np.nextafter(predict(found, given), 2))
    given = rows(100)
    with caplog.at_level(logging.ERROR, "interlock.serve"):
        for _ in range(2):
            assert scorer.many(given)[0] == alone(forest, given)
    (said,) = caplog.messages
    assert said == "tables of the model's trees gave another answer than the model; they are given up"
