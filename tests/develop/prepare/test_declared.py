from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from tests.fixtures_develop import DAY, coded, contract, rows, table

from interlock.contract import Column, Contract
from interlock.develop import Development, develop
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.explanation import sum_of
from interlock.develop.parity import hostile
from interlock.develop.prepare.declared import Declared, age, check, make_declared, of_new_groups
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.prepare.step import Options
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.release.model import Model
from interlock.table import dataset, open_table

TIMED = contract(columns=(
    Column("x", "number"), Column("gap", "number"), Column("when", "timestamp", role="time"),
    Column("colour", "category"), Column("town", "category"),
))  # fmt: skip
FEATURES = {
    "ratio": "x / gap",
    "hours": "hour(\"when\") + (colour = 'red') * 0.5",
    "rate": "mean(y) over 30 days by colour after 2 days",
    "seen": "count(*) over all by town, colour",
    "above": "CASE WHEN seen > 3 THEN x - rate ELSE NULL END",
    "odd": "above > ratio OR ratio IS NULL",
}


def _sample(n: int = 1500, features: dict[str, str] = FEATURES) -> Sample:
    drawn = rows(n=n)
    return replace(drawn, time=drawn.numbers[:, 2], declared=tuple(features.items()))


def _step(train: Sample) -> tuple[Declared, NDArray[np.float64] | None]:
    (learned,) = make_declared(train, TIMED, Options())
    assert isinstance(learned.step, Declared)
    return learned.step, learned.training


def _compiled(step: Declared, asked: Sample) -> NDArray[np.float64]:
    graph = Graph(numbers=3, strings=2)
    model = Model(graph.build(step.emit(graph), width=len(step.names), metadata={}))
    strings = string_matrix(asked)
    batch = model.predict(asked.numbers, strings)
    alone = [model.one(asked.numbers[at].tolist(), strings[at].tolist()) for at in range(50)]
    np.testing.assert_array_equal(batch[:50], alone)
    return batch


def test_the_graph_gives_what_numpy_gives_on_hostile_rows() -> None:
    step, _ = _step(_sample())
    for seed in range(5):
        asked = hostile(_sample(), rows=1000, seed=seed)
        np.testing.assert_array_equal(_compiled(step, asked), step.transform(asked))
    assert step.names == step.sources == tuple(FEATURES)


_HISTORY = st.builds(
    "{}({}) over {}{}{}".format,
    st.sampled_from(["count", "mean", "sum", "std", "min", "max"]),
    st.sampled_from(["x", "gap", "y"]),
    st.sampled_from(["all", "30 days", "1 hour", "12 weeks"]),
    st.sampled_from(["", " by colour", " by gap", " by town, colour", " by colour, gap, x"]),
    st.sampled_from(["", " after 3 days"]),
)


@settings(max_examples=12)
@given(st.lists(_HISTORY, min_size=1, max_size=4), st.integers(0, 100))
def test_any_history_compiles_and_never_sees_what_comes_later(texts: list[str], seed: int) -> None:
    features = {f"f{place}": text for place, text in enumerate(texts)}
    train = _sample(200, {**features, "last": "coalesce(f0, -1) * 2"})
    step, training = _step(train)
    asked = hostile(train, rows=200, seed=seed)
    np.testing.assert_array_equal(_compiled(step, asked), step.transform(asked))
    assert training is not None
    assert train.time is not None
    row = seed % 200
    later = (train.time >= train.time[row]) & (np.arange(200) != row)
    numbers = train.numbers.copy()
    numbers[later, :2] = 9.0
    changed = replace(
        train, numbers=numbers, target=np.where(train.time >= train.time[row], 1.0, train.target)
    )
    again = _step(changed)[1]
    assert again is not None
    np.testing.assert_array_equal(again[row], training[row])


def test_training_rows_carry_what_was_known_and_others_the_table() -> None:
    train = _sample()
    preparation, features = Preparation.learn(train, TIMED)
    place = preparation.names.index("rate")
    assert train.time is not None
    red = train.strings[0].levels[train.strings[0].codes] == "red"
    row = int(np.flatnonzero(red)[70])
    at = train.time[row]
    window = red & (train.time >= at - 32 * DAY) & (train.time < at - 2 * DAY)
    assert features.numbers[row, place] == pytest.approx(train.target[window].mean())
    end = train.time.max()
    served = train.target[red & (train.time > end - 30 * DAY)].mean()
    assert preparation.transform(train).numbers[row, place] == pytest.approx(served)
    assert preparation.sources[place] == "rate"


def test_a_key_without_a_history_is_missing_and_counted_as_none_as_in_training() -> None:
    train = _sample(features={"rate": "mean(y) over all by colour", "seen": "count(*) over all by colour"})
    step, training = _step(train)
    asked = replace(train.take(np.arange(2)), strings=(coded(["nowhere", "nowhere"]), train.strings[1]))
    np.testing.assert_array_equal(step.transform(asked), [[np.nan, 0.0]] * 2)
    assert train.time is not None
    assert training is not None
    np.testing.assert_array_equal(training[train.time.argmin()], [np.nan, 0.0])


@pytest.mark.parametrize(
    ("features", "what", "step"),
    [
        ({"x": "gap + 1"}, "a declared feature has the name of a column", "give it a name of its own"),
        ({"Y": "gap + 1"}, "a declared feature has the name of a column", ""),
        ({"f": "x", "F": "gap"}, "a declared feature has the name of a column", ""),
        ({" ": "x"}, "a declared feature has no name", ""),
        (
            {"f": "y * 2"},
            "a feature cannot use the target, which is not known when a prediction is asked for",
            "use its history: mean(y) over 30 days",
        ),
        (
            {"f": "f + x"},
            "a feature uses itself",
            "a feature may use the columns and the features declared before it",
        ),
        ({"f": "g + x", "g": "f + x"}, "a feature uses `g`, which is declared after it", ""),
        (
            {"f": "customer + 1"},
            "`customer` is no input of the model: its role is `id`",
            "give it the role `feature`",
        ),
        ({"f": "gapp + 1"}, "`gapp` is not known here", "did you mean `gap`?"),
        ({"f": "mean(y) over 30 days by twn"}, "", "did you mean `town`?"),
        (
            {"rate": "1 - mean(y) over 30 days by town"},
            "an aggregate cannot stand inside of an expression",
            "",
        ),
    ],
)
def test_what_is_refused(features: dict[str, str], what: str, step: str) -> None:
    known = replace(TIMED, columns=(*TIMED.columns, Column("customer", "integer", role="id")))
    with pytest.raises(InputError) as error:
        check(features, known, timed=True)
    assert error.value.what.startswith(what)
    assert step in error.value.next_step
    assert error.value.next_step
    assert error.value.where.startswith("[features] ")


def test_a_history_needs_a_time_and_a_target_that_is_a_number() -> None:
    with pytest.raises(InputError) as error:
        check({"rate": "mean(y) over all"}, contract(), timed=False)
    assert "no time column is declared\n  where: [features] rate\n  next: declare it: `time`" in str(
        error.value
    )
    with pytest.raises(InputError, match="`y` is not known here"):
        check({"rate": "mean(y) over all"}, contract("multiclass"), timed=True)


def test_how_old_a_table_is_stands_in_the_notes() -> None:
    assert age(_sample(features={"ratio": "x / gap"}), forward=True) == ()
    (note,) = age(_sample(), forward=True)
    assert note.startswith("`rate`, `seen`: served as it stood at 2013-")
    assert "fresher than in service" in age(_sample(), forward=False)[1]


def test_a_history_of_what_rows_are_parted_by_is_said_to_know_nothing_of_new_groups() -> None:
    (note,) = of_new_groups(_sample(), "town")
    assert note.startswith("`seen`: a history by `town`, by which the rows are parted")
    assert of_new_groups(_sample(), "x") == of_new_groups(_sample(), None) == ()
    declared = develop(
        table(), TIMED, by="group", group="town", features=FEATURES, trials=1, candidates=["baseline"]
    )
    assert note in declared.notes
    assert not any("no history knows" in each for each in _developed_by_time().notes)


def _developed_by_time() -> Development:
    return develop(
        table(), TIMED, by="time", group="town", features=FEATURES, trials=1, candidates=["baseline"]
    )


def test_a_history_by_an_id_says_what_it_is() -> None:
    columns = tuple(replace(each, role="id") if each.name == "town" else each for each in TIMED.columns)
    with pytest.raises(InputError, match="`town` is no input of the model: its role is `id`") as caught:
        check({"seen": "count(*) over all by town"}, replace(TIMED, columns=columns), timed=True)
    assert "give it the role `feature` in contract.toml" in str(caught.value)


@pytest.mark.slow
def test_a_development_holds_them_and_keeps_them(tmp_path: Any) -> None:
    development = develop(table(), TIMED, features=FEATURES, trials=1, candidates=["lightgbm"])
    assert development.declared == tuple(FEATURES.items())
    loaded = Development.load(development.save(tmp_path))
    asked = dataset(table(seed=5), TIMED).checked
    expected = Model(development.model).predict(asked.numbers, string_matrix(asked))
    np.testing.assert_allclose(loaded.predictor(asked), expected, atol=1e-12)
    page = development.report(tmp_path / "report.html").read_text()
    assert "Declared features" in page
    assert "mean(y) over 30 days by colour after 2 days" in page
    why = sum_of(development.fitted)
    assert why is not None
    assert {"ratio", "rate"} <= set(why.additive.sources)
    assert any("served as it stood" in note for note in development.notes)


def _noise(seed: int, n: int = 4000, keys: int = 200) -> pa.Table:
    random = np.random.default_rng(seed)
    when = (1.36e15 + np.sort(random.uniform(0, 200 * DAY, n)) * 1e6).astype(np.int64)
    key = [f"key {each}" for each in random.integers(0, keys, n)]
    return pa.table({
        "when": pa.array(when, pa.timestamp("us", "UTC")), "key": key,
        "x": random.normal(size=n), "y": random.random(n) < 0.5,
    })  # fmt: skip


def test_a_history_of_noise_tells_nothing_about_later_rows() -> None:
    """A rate by key that held a row's own outcome would go with it, as the served table does on them."""
    columns = (
        Column("when", "timestamp", role="time"), Column("key", "category"),
        Column("x", "number"), Column("y", "boolean", role="target"),
    )  # fmt: skip
    known = Contract(columns, "binary", ("false", "true"))
    features = {"rate": "mean(y) over all by key", "last": "max(y) over 5 days by key"}
    data = dataset(open_table(_noise(0)), known)
    assert data.target is not None
    train = Sample(
        data.checked.numbers, data.checked.strings, data.target, "binary", 2, time=data.time,
        declared=tuple(features.items()),
    )  # fmt: skip
    (learned,) = make_declared(train, known, Options())
    assert learned.training is not None
    rate = learned.training[:, 0]
    seen = ~np.isnan(rate)
    assert abs(np.corrcoef(rate[seen], train.target[seen])[0, 1]) < 4 / np.sqrt(seen.sum())  # chance: 4 sd
    served = learned.step.transform(train)[:, 0]
    assert np.corrcoef(served, train.target)[0, 1] > 4 / np.sqrt(len(served))  # what a leak would look like
    development = develop(data, known, features=features, trials=2, candidates=["baseline", "lightgbm"])
    holdout = dataset(open_table(_noise(1)), known)
    assert holdout.target is not None
    plain = develop(data, known, trials=2, candidates=["baseline", "lightgbm"])
    losses = [_log_loss(each.predictor(holdout.checked), holdout.target) for each in (plain, development)]
    assert losses[1] > losses[0] - 0.002
    assert losses[1] > np.log(2) - 0.002


def _log_loss(chance: NDArray[np.float64], outcome: NDArray[np.float64]) -> float:
    return float(-np.mean(np.log(np.where(outcome == 1, chance, 1 - chance))))


def test_a_draw_of_rows_keeps_the_history_of_all_and_of_the_target_as_it_was() -> None:
    train = _sample(features={"seen": "count(*) over all by colour", "rate": "mean(y) over all by town"})
    step, training = _step(train)
    assert training is not None
    drawn = train.draw(np.arange(0, 1500, 7)).with_target(np.zeros(215)).draw(np.arange(3, 200))
    again, kept = _step(drawn)
    assert again == step
    np.testing.assert_array_equal(kept, training[::7][3:200])
    assert _step(train.take(np.arange(100)))[0] != step  # rows by themselves have a history of their own


def test_what_was_learned_of_rows_goes_with_them() -> None:
    train = _sample(features={"seen": "count(*) over all by colour"})
    step = _step(train)[0]
    assert _step(train)[0] is step
    del train
    assert _step(_sample(200, {"seen": "count(*) over all by colour"}))[0] != step
