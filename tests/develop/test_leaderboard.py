"""The leaderboard with models of other makers beside our own, whose operators may be of another set."""

from typing import Any

import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tests.fixtures_develop import contract, rows, table

from interlock.develop import develop
from interlock.develop import leaderboard as board
from interlock.develop.bring import bring
from interlock.develop.bring.foreign import Foreign
from interlock.develop.candidates import CANDIDATES, Limits
from interlock.develop.candidates.blend import Blend
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.report import render
from interlock.errors import InputError


def _pipeline(model: Any) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    prepare = ColumnTransformer(
        [
            ("numbers", numbers, ["x", "gap", "when"]),
            ("strings", OneHotEncoder(handle_unknown="ignore"), ["colour", "town"]),
        ]
    )
    return make_pipeline(prepare, model)


@pytest.mark.parametrize(
    ("model", "joinable"),
    [
        (LogisticRegression(max_iter=500), True),
        (RandomForestClassifier(10, max_depth=6, random_state=0), False),  # TreeEnsembleClassifier, given up
    ],
)
def test_a_brought_pipeline_stands_beside_ours(model: Any, joinable: bool) -> None:
    found = develop(table(n=600), contract(), candidates=["linear", _pipeline(model)], trials=2, workers=0)
    names = {each.name for each in found.leaderboard}
    assert {"linear", "Pipeline"} <= names
    assert not [note for note in found.notes if "blend" in note]
    if "blend" in names:
        assert joinable


@pytest.mark.slow
def test_a_blend_that_does_not_compile_is_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> bytes:
        raise InputError("two operator sets", got="1 and 5", next_step="none")

    monkeypatch.setattr(board, "compile_model", broken)
    found = develop(table(), contract(), candidates=["linear", "lightgbm"], trials=6, workers=0)
    assert "blend" not in {each.name for each in found.leaderboard}
    assert [
        note for note in found.notes if note.startswith("there is no blend, since it did not compile: two")
    ]


@pytest.mark.parametrize(
    ("model", "joinable"),
    [
        (LogisticRegression(max_iter=500), True),
        (RandomForestClassifier(10, max_depth=6, random_state=0), False),
    ],
)
def test_a_brought_model_is_joined_where_its_operators_mean_the_same(model: Any, joinable: bool) -> None:
    train, described = rows(n=600), contract()
    brought = bring(_pipeline(model), described).fit(train, train, described, Limits.of(60))
    ours = linear(CANDIDATES).fit(train, train, described, Limits.of(60))
    assert isinstance(brought, Foreign)
    assert brought.joinable is joinable
    blend = Blend((ours, brought), (0.5, 0.5), ("linear", "mine"), "binary")
    if joinable:
        file = compile_model(blend, described, candidate="blend")
        assert parity(blend, file, train, seed=0).largest <= 1e-5
    else:
        with pytest.raises(Exception, match=r"LabelEncoder|TreeEnsemble"):
            compile_model(blend, described, candidate="blend")


def linear(candidates: Any) -> Any:
    """Return the linear candidate."""
    return next(each for each in candidates if each.name == "linear")


@pytest.mark.parametrize(
    ("task", "metric", "unit"),
    [
        ("regression", "mae", "absolute error"),
        ("binary", "accuracy", "error rate"),
        ("multiclass", "brier", "Brier score"),
        ("binary", "log_loss", "log loss"),
    ],
)
def test_the_distance_is_in_the_metric_that_decides(task: Any, metric: str, unit: str) -> None:
    some = ["baseline", "linear"]
    found = develop(table(task, n=500), contract(task), candidates=some, metric=metric, trials=2, workers=0)
    first, last = found.leaderboard[0], found.leaderboard[-1]
    assert last.behind.unit == unit
    assert last.behind.value == pytest.approx(abs(last.score.value - first.score.value))
    assert last.behind.low < last.behind.value < last.behind.high


def test_where_it_is_no_mean_over_rows_the_page_says_what_the_distance_is_in() -> None:
    some = ["baseline", "linear"]
    found = develop(
        table(n=500), contract(), candidates=some, metric="average_precision", trials=2, workers=0
    )
    assert found.leaderboard[1].behind.unit == "log loss"
    page = render(found)
    assert "behind, in log loss" in page
    assert "average precision (95 % interval)" in page
    assert "Its average precision is " in page
    assert "The average precision decides, which is no mean over rows" in page
