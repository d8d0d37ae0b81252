from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_develop import contract, table

from interlock.contract import Column, Contract
from interlock.develop import Development, develop
from interlock.develop.arrange import arrange
from interlock.develop.candidates import Limits, Recorded
from interlock.develop.candidates.boosting import Boosting, Trees
from interlock.develop.development import INTERRUPTED
from interlock.develop.rebuild import rebuild
from interlock.develop.recipe import Recipe
from interlock.errors import InputError
from interlock.table import open_table


def recipe_of(development: Development) -> Recipe:
    assert development.recipe is not None
    return development.recipe


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "asked", "interval"),
    [
        ("binary", ["linear"], None),
        ("multiclass", ["lightgbm"], None),
        ("regression", ["lightgbm", "linear"], 0.8),
    ],
)
def test_the_model_comes_out_the_same_to_the_byte(
    task: str, asked: list[str], interval: float | None
) -> None:
    rows, of = table(task, n=600), contract(task)
    first = develop(rows, of, candidates=asked, trials=2, interval=interval, workers=0)
    again = rebuild(recipe_of(first), rows, of)
    assert again.model == first.model


@pytest.mark.parametrize("name", ["xgboost", "catboost", "forest", "network"])
@pytest.mark.slow
def test_so_does_every_other_candidate(name: str) -> None:
    rows, of = table(n=600), contract()
    first = develop(rows, of, candidates=[name], trials=1, workers=0)
    assert rebuild(recipe_of(first), rows, of).model == first.model


@pytest.mark.slow
def test_so_does_a_model_of_logarithms() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    price = np.exp(x + 0.5 * random.normal(size=600))
    of = Contract((Column("x", "number"), Column("y", "number", "target")), "regression")
    rows = open_table(pa.table({"x": x, "y": price}))
    first = develop(rows, of, candidates=["linear"], trials=1, target="log", workers=0)
    assert first.winner == "linear, log target"
    assert rebuild(recipe_of(first), rows, of).model == first.model


class Interrupted(Boosting):
    """Ctrl-C, just as the winner learns from all rows."""

    def refit(self, fitted: object, rows: object, contract: object, limits: object) -> Trees:
        raise KeyboardInterrupt


def test_so_does_one_that_was_interrupted_before_it_learned_from_all_rows() -> None:
    rows, of = table(n=600), contract()
    first = develop(rows, of, candidates=[Interrupted()], trials=1, workers=0)
    assert first.interrupted
    assert recipe_of(first).ingredients[0].part
    assert rebuild(recipe_of(first), rows, of).model == first.model


def test_so_does_a_blend_of_which_one_member_did_not_learn_again() -> None:
    rows, of = table("regression", n=600), contract("regression")
    first = develop(rows, of, candidates=["linear", Interrupted()], trials=2, workers=0)
    assert first.winner == "blend"
    assert [each.part for each in recipe_of(first).ingredients] == [False, True]
    assert rebuild(recipe_of(first), rows, of).model == first.model


def test_a_member_that_learned_from_drawn_rows_draws_the_same_ones() -> None:
    rows, of = table(n=600), contract()
    first = develop(rows, of, candidates=["lightgbm"], trials=1, workers=0)
    (whole,) = recipe_of(first).ingredients
    few = msgspec.structs.replace(whole, part=True, drawn=200)
    again = rebuild(msgspec.structs.replace(recipe_of(first), ingredients=(few,)), rows, of)
    problem = arrange(rows, of, None, 0, lambda _: None)[1:3]
    learn = problem[0].take(problem[1].folds[-1].learn)
    drawn = learn.take(np.sort(np.random.default_rng(0).permutation(len(learn))[:200]))
    kept = Recorded(getattr(first.fitted, "chosen"), whole.rounds, 1.0)  # noqa: B009
    expected = Boosting().refit(kept, drawn, of, Limits.of(float("inf")))
    np.testing.assert_array_equal(again.fitted.score(again.rows), expected.score(again.rows))


def test_another_seed_gives_another_model() -> None:
    rows, of = table(n=600), contract()
    first = develop(rows, of, candidates=["lightgbm"], trials=1, workers=0)
    other = msgspec.structs.replace(recipe_of(first), seed=1)
    again = rebuild(other, rows, of)
    assert np.abs(again.fitted.predict(again.rows) - first.predictor(again.rows)).max() > 1e-3


def test_other_rows_are_refused_and_named() -> None:
    of = contract()
    first = develop(table(n=600), of, candidates=["linear"], trials=1, workers=0)
    with pytest.raises(InputError, match="the training rows are not what the model was made from") as caught:
        rebuild(recipe_of(first), table(n=600, seed=1), of)
    assert recipe_of(first).rows in str(caught.value.got)
    assert "--source" in caught.value.next_step


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda each: msgspec.structs.replace(each, contract="sha256:0"), "the contract is not what"),
        (lambda each: msgspec.structs.replace(each, trouble="brought"), "cannot be learned again"),
    ],
)
def test_what_cannot_be_learned_again_is_refused(change: Callable[[Recipe], Recipe], said: str) -> None:
    of = contract()
    first = develop(table(n=600), of, candidates=["baseline"], trials=1, workers=0)
    with pytest.raises(InputError, match=said):
        rebuild(change(recipe_of(first)), table(n=600), of)


def test_a_model_of_a_part_of_the_rows_is_learned_from_that_part() -> None:
    rows, of = table(n=600), contract()
    whole = develop(rows, of, candidates=["linear"], trials=1, workers=0)
    (alone,) = recipe_of(whole).ingredients
    parted = (msgspec.structs.replace(alone, part=True),)
    part = rebuild(msgspec.structs.replace(recipe_of(whole), ingredients=parted), rows, of)
    assert part.model != whole.model
    assert INTERRUPTED not in "".join(whole.notes)
    assert not alone.part
