from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows, table

from interlock.contract import Column, Contract, digest
from interlock.develop import Development, Fitted, Limits, develop
from interlock.develop.candidates import Trial
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.compiled import string_matrix
from interlock.develop.sample import Sample
from interlock.develop.score import auc
from interlock.errors import InputError
from interlock.release.model import Model
from interlock.table import dataset, open_table

QUICK = ["baseline", "linear", "lightgbm"]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_from_a_table_to_a_model_that_has_learned(task: Any) -> None:
    told: list[str] = []
    development = develop(table(task), contract(task), candidates=QUICK, trials=5, progress=told.append)
    baseline = next(result for result in development.leaderboard if result.name == "baseline")
    assert development.winner != "baseline"
    assert development.best.score.high < 0.8 * baseline.score.low
    assert development.parity.largest <= 1e-9
    assert development.contract == digest(contract(task))
    assert development.rows.learned + development.rows.compared == development.rows.total == 1500
    asked = rows(task, seed=9)
    answer = Model(development.model).predict(asked.numbers, string_matrix(asked))
    np.testing.assert_allclose(development.predictor(asked), answer, rtol=1e-9, atol=1e-12)
    assert any(line.startswith("comparing on 1,500 rows in 5 folds at random") for line in told)
    if task == "binary":
        assert auc(answer, asked.target).low > 0.85


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model() -> None:
    first, second, other = (
        develop(table(), contract(), candidates=["lightgbm"], trials=3, seed=seed) for seed in (1, 1, 2)
    )
    assert first.digest == second.digest != other.digest
    assert first.leaderboard[0].scores == second.leaderboard[0].scores


def timed(n: int = 600) -> tuple[Any, Contract]:
    """Rows whose truth changes at the end, with a serial number and a group."""
    place = np.arange(n)
    late = place >= 0.8 * n
    columns = {
        "at": pa.array(1_400_000_000_000_000 + place * 3_600_000_000, pa.timestamp("us", "UTC")),
        "serial": place,
        "group": place % 10,
        "x": np.random.default_rng(0).normal(size=n),
    }
    columns["y"] = (columns["x"] > 0) ^ late
    order = np.random.default_rng(1).permutation(n)
    described = (
        Column("at", "timestamp", "time"),
        Column("serial", "integer"),
        Column("group", "integer", "ignore"),
        Column("x", "number"),
        Column("y", "boolean", "target"),
    )
    return open_table(pa.table(columns).take(pa.array(order))), Contract(
        described, "binary", ("false", "true")
    )


def test_a_split_by_time_compares_on_the_latest_rows_and_no_model_uses_a_clock() -> None:
    source, described = timed()
    by_time = develop(source, described, candidates=["lightgbm"], trials=3)
    at_random = develop(source, described, candidates=["lightgbm"], trials=3, by="random")
    assert by_time.split == "300 rows in 3 folds in the order of time, each later than what was learned from"
    assert at_random.split == "600 rows in 5 folds at random, each class keeping its share"
    assert (by_time.best.score.n, at_random.best.score.n) == (300, 600)
    assert "`serial` goes with time (rank correlation 1.00)" in by_time.notes[0]
    asked = Sample(np.array([[1.4e9, 0, 1], [1.4e9, 599, 1]]), (), np.zeros(2), "binary", 2)
    assert len(set(by_time.predictor(asked))) == 1


def test_rows_of_a_day_or_a_group_are_one_unit() -> None:
    source, described = timed(3000)
    by_day = develop(source, described, candidates=["baseline"])
    assert (by_day.best.score.n, by_day.best.score.units) == (1500, 63)
    few = develop(dataset(source, described, group="group"), described, candidates=["baseline"], by="time")
    assert few.best.score.units == few.best.score.n  # 10 groups say too little


@pytest.mark.parametrize("candidate", ["linear", "forest", "lightgbm"])
def test_rows_without_a_time_are_learned_from_as_the_oldest(candidate: str) -> None:
    source, described = timed(300)
    dated = dataset(source, described)
    assert dated.time is not None
    gaps = replace(dated, time=np.where(np.arange(300) % 5 == 0, np.nan, dated.time))
    told: list[str] = []
    found = develop(gaps, described, candidates=[candidate], trials=6, progress=told.append)
    assert found.rows.compared == 150
    assert not any("nan" in each for each in (*told, *found.notes, found.best.setting))
    assert not any(f"{candidate}:" in note for note in found.notes)  # no trial was lost


def test_no_row_has_a_time() -> None:
    source, described = timed(300)
    dated = replace(dataset(source, described), time=np.full(300, np.nan))
    with pytest.raises(InputError, match="no row has a time"):
        develop(dated, described)
    found = develop(dated, described, candidates=["linear"], trials=4, by="random")
    assert "count half" not in found.best.setting


def test_a_split_by_group_keeps_groups_whole() -> None:
    source, described = timed()
    whole = dataset(source, described, group="group")
    development = develop(whole, described, candidates=["baseline"], by="group")
    assert development.split == "600 rows in 5 folds of groups that were not learned from"


def test_rows_that_cannot_be_used_are_counted() -> None:
    x = np.arange(200.0)
    rejecting = Column("x", "number", maximum=180, on=replace(Column("x", "number").on, range="reject"))
    described = Contract((rejecting, Column("y", "boolean", "target")), "binary", ("false", "true"))
    source = open_table(pa.table({"x": x, "y": pa.array(x % 2 == 0, mask=x < 10)}))
    found = develop(source, described, candidates=["baseline"]).rows
    assert (found.total, found.rejected, found.unlabelled) == (200, 19, 10)
    assert found.learned + found.compared == 171


@dataclass(frozen=True)
class Stopped:
    """A candidate that is interrupted when it learns from all rows."""

    name: str = "interrupted"
    description: str = ""

    def settings(self, train: Sample) -> tuple[None]:
        return (None,)

    def suggest(self, trial: Trial, train: Sample) -> None: ...

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: object = None
    ) -> Constant:
        return Baseline().fit(train, watched, contract, limits)

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Constant:
        raise KeyboardInterrupt


def test_an_interrupted_development_keeps_the_best_so_far() -> None:
    development = develop(table(), contract(), candidates=[Stopped()])
    assert development.winner == "interrupted"
    assert "did not learn from the rows held back" in development.notes[0]
    assert Model(development.model).metadata["candidate"] == "interrupted"


@pytest.mark.slow
def test_the_time_budget_is_kept() -> None:
    source = table(n=20_000)
    development = develop(source, contract(), seconds=1.0)
    assert development.seconds < 6  # 1 s, what must be done whatever it takes, and a busy machine


def test_a_column_named_in_any_way_is_a_feature() -> None:
    x = np.random.default_rng(0).normal(size=200)
    names = ("class", "a.b[0]", "🙂", '"\\ \n', "numbers")
    described = Contract(
        (*(Column(name, "number") for name in names), Column("y\x00", "boolean", "target")),
        "binary",
        ("false", "true"),
    )
    source = open_table(pa.table({**dict.fromkeys(names, x), "y\x00": x > 0}))
    assert develop(source, described, candidates=["lightgbm"], trials=3).best.scores[1].value > 0.95


@pytest.mark.slow
def test_strings_alone_and_numbers_alone_are_enough() -> None:
    source = table()
    for kept in (COLUMNS[:3], COLUMNS[3:], COLUMNS[2:3]):
        described = contract(columns=kept)
        for candidate in QUICK:
            assert develop(source, described, candidates=[candidate], trials=2).parity.largest < 1e-9


def test_an_unknown_candidate() -> None:
    with pytest.raises(InputError, match="a candidate is not known") as caught:
        develop(table(), contract(), candidates=["stacking", "linear"])
    assert caught.value.got == "stacking"
    assert "choose among baseline, linear, lightgbm" in caught.value.next_step


@pytest.mark.parametrize("by", ["time", "group"])
def test_a_split_without_its_column(by: Any) -> None:
    with pytest.raises(InputError, match=f"cannot be split by {by}: no {by} column is declared"):
        develop(table(), contract(), by=by)


def test_a_part_to_learn_from_with_one_value() -> None:
    source, described = timed()
    rare = dataset(source, described)
    latest = np.argsort(np.argsort(rare.time)) >= 500 if rare.time is not None else None
    with pytest.raises(InputError, match="the part to learn from has one value of the target") as caught:
        develop(replace(rare, target=np.asarray(latest, float)), described)
    assert 'by="random"' in caught.value.next_step


def test_a_table_of_one_row() -> None:
    source = open_table(pa.table({"x": [1.0], "y": [True]}))
    described = Contract(
        (Column("x", "number"), Column("y", "boolean", "target")), "binary", ("false", "true")
    )
    with pytest.raises(InputError, match="too few rows to learn from: 1 of 1"):
        develop(source, described)


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    development = develop(table(), contract(), candidates=QUICK, trials=5)
    assert Development.load(development.save(tmp_path / "develop")) == development
