from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates import boosting, catboost, kept, xgboost
from interlock.develop.candidates.candidate import Candidate, Limits
from interlock.develop.candidates.kept import MOST, Kept, recall
from interlock.develop.candidates.memory import fading
from interlock.develop.prepare.preparation import Preparation


def test_the_same_question_is_answered_once_and_another_is_not_mistaken_for_it() -> None:
    held: Kept[object] = []
    train, twin = rows(n=100), rows(n=100)
    first = recall(held, (train, 0.5), object)
    assert recall(held, (train, 0.5), object) is first
    assert recall(held, (twin, 0.5), object) is not first
    assert recall(held, (train, 0.25), object) is not first
    assert recall(held, (train,), object) is not first


def test_what_was_longest_not_asked_for_is_forgotten_first() -> None:
    held: Kept[int] = []
    for at in range(MOST):
        recall(held, (at,), lambda at=at: at)  # type: ignore[misc]
    recall(held, (0,), lambda: -1)
    recall(held, (MOST,), lambda: MOST)
    assert [value for _, value in held] == [*range(2, MOST), 0, MOST]


def test_large_tables_leave_room_before_another_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [rows(n=100, seed=seed) for seed in range(4)]
    monkeypatch.setattr(kept, "MOST_CELLS", 2 * 100 * parts[0].columns)
    held: Kept[int] = []
    for part in parts:
        assert recall(held, (part,), lambda: len(held)) <= 1
    monkeypatch.setattr(kept, "MOST_CELLS", 1)
    assert recall(held, (parts[0],), lambda: 7) == 7
    assert len(held) == 1


@pytest.mark.parametrize(
    "candidate", [boosting.Boosting(), xgboost.Xgboost(), catboost.Catboost()], ids=lambda each: each.name
)
def test_five_folds_are_prepared_once_for_two_settings(
    candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned, described = [], contract()
    learn = Preparation.learn

    def counted(*given: Any) -> Any:
        learned.append(given)
        return learn(*given)

    monkeypatch.setattr(Preparation, "learn", counted)
    folds = [(rows(n=200, seed=seed), rows(n=100, seed=10 + seed)) for seed in range(5)]
    limits = Limits.of(60)
    models = [
        candidate.fit(train, watched, described, Limits(limits.deadline, rounds=5))
        for _ in range(2)
        for train, watched in folds
    ]
    assert len(learned) == 5
    assert models[:5] == models[5:]


def test_faded_rows_of_several_folds_stay_the_same_objects() -> None:
    folds = [replace(rows(n=50, seed=seed), time=np.arange(50.0) * 86_400) for seed in range(3)]
    first = [fading(each, 5.0) for each in folds]
    assert all(fading(each, 5.0) is had for each, had in zip(folds, first, strict=True))
    assert fading(folds[0], 6.0) is not first[0]
