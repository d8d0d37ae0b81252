from dataclasses import replace

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract.model import Task
from interlock.develop.candidates import Boosting, Fitted, Limits
from interlock.develop.candidates.constant import Constant
from interlock.develop.contributions import Contributions, contributions
from interlock.develop.explanation import explanation
from interlock.errors import InputError


def fit(task: Task) -> tuple[Fitted, bytes]:
    limits = replace(Limits.of(60), rounds=10)
    fitted = Boosting().fit(rows(task), rows(task, n=300, seed=1), contract(task), limits)
    told = explanation(fitted, rows(task), contract(task))
    assert told is not None
    return fitted, told.to_bytes()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_base_and_contributions_are_the_score_of_the_class_that_is_explained(task: Task) -> None:
    fitted, told = fit(task)
    drawn, classes = rows(task, n=30, seed=2), contract(task).classes
    found = contributions(fitted, told, drawn, classes)
    score, predicted = fitted.score(drawn), fitted.predict(drawn)
    target = predicted.argmax(axis=1) if task == "multiclass" else np.zeros(30, int)
    np.testing.assert_allclose(found.score, score[np.arange(30), target], atol=1e-9)
    expected = {"binary": ("yes",) * 30, "regression": ("",) * 30}
    assert found.of == expected.get(task, tuple(classes[at : at + 1][0] for at in target if classes))


def test_reach_and_top_are_ordered_by_size() -> None:
    found = Contributions(
        ("a", "b", "c"), np.array([[1.0, -3.0, 0.0], [2.0, 1.0, 0.0]]), np.array([0.5, 0.5]), "kWh", ("", "")
    )
    assert [(each.column, each.value, each.n) for each in found.reach] == [
        ("b", 2, 2),
        ("a", 1.5, 2),
        ("c", 0, 2),
    ]
    assert found.top(0) == (("b", -3.0), ("a", 1.0))
    assert found.top(1, 1) == (("a", 2.0),)
    page = found._repr_html_()
    assert "b -3" in page
    assert "In kWh, around 0.5" in page


def test_time_leaves_rows_out_but_one() -> None:
    fitted, told = fit("binary")
    assert len(contributions(fitted, told, rows(n=30), ("no", "yes"), seconds=-1)) == 1


def test_a_model_without_an_explanation_says_so() -> None:
    with pytest.raises(InputError, match="this model's predictions are not explained"):
        contributions(Constant((0.5,), "binary"), b"", rows(n=30), ("no", "yes"))
