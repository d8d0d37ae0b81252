"""Prints the figures that docs/develop.md quotes: `python benchmarks/develop/pages.py [SECTION ...]`.

Searches end after a number of trials and not after a time, so that the figures come out the same on every
machine; microseconds do not.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import pyarrow as pa
from problems import PROBLEMS, write
from scipy.special import expit
from sklearn.metrics import f1_score, log_loss, root_mean_squared_error

import interlock as il
from interlock.contract import Contract
from interlock.develop import Decision, Development
from interlock.develop.score import auc
from interlock.release import Model
from interlock.table import Dataset, Table, dataset, open_table, part

_CALLS = 1000


def texts() -> None:
    """Reuters R8: how good, how small, how fast with a text, one word, none."""
    for name in ("linear", "lightgbm"):
        made, test = _developed("reuters_r8", candidates=[name], trials=1)
        assert test.target is not None
        found = made.predictor(test.checked).argmax(axis=1)
        news = next(each for each in test.checked.string_matrix()[:, 0] if 550 < len(each) < 650)
        taken = ", ".join(f"{_microseconds(made.model, [text]):.0f}" for text in (news, "money", "\ue000"))
        print(
            f"{name}: macro F1 {f1_score(test.target, found, average='macro'):.3f} on {len(test):,}, "
            f"{_size(made)}, µs for {len(news)} characters, one word, none: {taken}"
        )


def logarithms() -> None:
    """Diamonds: LightGBM on the price and on its logarithm."""
    for target in ("plain", "log"):
        made, test = _developed("diamonds", candidates=["lightgbm"], trials=1, target=target)
        assert test.target is not None
        error = made.predictor(test.checked) - test.target
        rmse, mae = np.sqrt(np.mean(error**2)), np.abs(error).mean()
        print(f"{target}: RMSE {rmse:.1f}, MAE {mae:.1f} on {len(test):,} rows")


def intervals() -> None:
    """Diamonds: how many of the dear and of the cheap lie inside, beside one distance for all."""
    made, test = _developed("diamonds", candidates=["lightgbm"], trials=1, interval=0.9)
    assert made.intervals is not None
    assert test.target is not None
    prediction = made.predictor(test.checked)
    ends = made.intervals.ends(test.checked, prediction)
    error, half = np.abs(test.target - prediction), np.arange(len(test)) % 2 == 0
    distance = np.quantile(error[half], 0.9, method="higher")  # learned on one half, told of the other
    dear, cheap = test.target >= np.quantile(test.target, 0.9), test.target < np.median(test.target)
    inside = (ends[:, 0] <= test.target) & (test.target <= ends[:, 1])
    print(f"{made.intervals.n:,} rows to calibrate on; mean width {np.mean(ends[:, 1] - ends[:, 0]):,.0f}")
    for name, rows in (("all", dear | True), ("cheaper half", cheap), ("dearest tenth", dear)):
        alone = (error <= distance)[rows & ~half].mean()
        print(f"{name}: {inside[rows].mean():.1%} inside, by one distance {alone:.1%}, n = {rows.sum():,}")


def decisions() -> None:
    """Lending club: from which probability on, to whom, and what that is worth."""
    decision = Decision(true_positive=5, false_positive=-60)
    train, test, contract = _parted("lending_club")
    made = il.develop(train, contract, candidates=["linear"], trials=2, decision=decision)
    validation = il.validate(made, test, contract)
    print(f"acts from {made.threshold:.3f} on; the positive class is {contract.classes[-1]!r}")
    for each in validation.measurements:
        if "value" in each.name or "acted" in each.name:
            print(f"{each.label}: {each.text}, n = {each.n:,}")


def classes() -> None:
    """Rows of which some 3 % are of one class: with and without equal weights of the classes."""
    sides = [_rare(seed) for seed in (0, 1)]
    contract = il.explore(open_table(sides[0]), target="y").contract
    fresh = dataset(open_table(sides[1]), contract)
    assert fresh.target is not None
    print(f"{fresh.target.mean():.1%} of {len(fresh):,} rows are of the rare class")
    for name in ("linear", "lightgbm", "xgboost", "catboost"):
        for weights in ("none", "balanced"):
            made = il.develop(
                open_table(sides[0]), contract, candidates=[name], trials=1, class_weights=weights
            )
            told = made.predictor(fresh.checked)
            area, loss = auc(told, fresh.target).value, log_loss(fresh.target, told)
            print(
                f"{name}, {weights}: AUC {area:.4f}, log loss {loss:.4f}, mean probability {told.mean():.4f}"
            )


def networks() -> None:
    """The network alone and in a blend, on tables of numbers and of categories."""
    print("| table | candidates | loss | winner | CPU s | kB | µs a row |\n|---|---|---|---|---|---|---|")
    for name in ("adult", "diamonds", "fars"):
        for candidates in (["lightgbm"], ["network"], ["lightgbm", "network"]):
            start = time.process_time()
            made, test = _developed(name, candidates=candidates, trials=len(candidates), workers=0)
            spent = time.process_time() - start
            print(
                f"| {name} | {', '.join(candidates)} | {_loss(made, test)} | {made.winner} "
                f"| {spent:.0f} | {len(made.model) / 1e3:.0f} | {1e6 * made.latency:.0f} |",
                flush=True,
            )


def images() -> None:
    """Handwritten digits as PNG files."""
    from tests.test_images import SIDE, write_digits

    with tempfile.TemporaryDirectory() as place:
        rows = il.explore.pixels(write_digits(Path(place) / "digits"), size=SIDE)
        train, test, _ = part(rows, Path(place) / "parts", kind="stratified", column="label", fraction=0.2)
        contract = il.explore(train, target="label").contract
        made = il.develop(train, contract, candidates=["network"], trials=1)
        asked = dataset(test, contract)
        right = made.predictor(asked.checked).argmax(axis=1) == asked.target
    print(f"{right.mean():.1%} of {len(right)} are right, {_size(made)}, {1e6 * made.latency:.0f} µs a row")


def reasons() -> None:
    """What `?explain=3` costs: CPU of one request through the application, plain and explained."""
    from interlock.develop.candidates.boosting import SETTINGS, Boosting
    from interlock.serve.settings import Settings, application, checked

    boosting = Boosting((SETTINGS[0],))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        train, test, contract = _parted("adult")
        exploration = il.explore(train, target="income")
        made = il.develop(train, contract, candidates=[boosting], trials=1)
        validation = il.validate(made, test, contract, profile=exploration.profile)
        release = il.release(
            folder / "releases",
            name="adult",
            exploration=exploration,
            development=made,
            validation=validation,
        )
        settings = Settings(
            release=str(release.path), ledger=str(folder / "ledger"), run=str(folder / "ledger" / "run")
        )
        app = application(settings, checked(settings)[0])
        app.service.prepare()
        row = next(iter(test.batches())).slice(0, 1).to_pylist()[0]
        body = json.dumps({name: value for name, value in row.items() if name != "income"}).encode()

        def ask(query: bytes) -> None:
            assert app.answer("POST", "/v1/predict", b"application/json", body, query).status == 200

        first = _cpu(lambda: ask(b"explain=3"), 1)
        told, plain = _cpu(lambda: ask(b"explain=3"), 300), _cpu(lambda: ask(b""), 3000)
        app.service.ledger.close()
        file = (release.path / "explanation.bin").stat().st_size
    print(
        f"{made.best.rounds} trees: explained {told / 1e3:.2f} ms, plain {plain:.0f} µs, the first one "
        f"{first / 1e3:.0f} ms; the file {file / 1e3:.0f} kB beside a graph of {_size(made)}"
    )


def _developed(name: str, **asked: Any) -> tuple[Development, Dataset]:
    """Develop on the four fifths of a table of the benchmark; return the judged fifth as well."""
    train, test, contract = _parted(name)
    return il.develop(train, contract, **asked), dataset(test, contract)


def _parted(name: str) -> tuple[Table, Table, Contract]:
    problem = next(each for each in PROBLEMS if each.name == name)
    write(problem)
    train, test = (open_table(problem.folder / f"{side}.parquet", name=name) for side in ("train", "test"))
    contract = il.explore(train, target=problem.target, time=problem.time or None).contract
    return train, test, contract


def _rare(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(12_000, 3))
    chance = expit(-5 + 1.5 * numbers[:, 0] - 1.5 * numbers[:, 1])
    return pa.table({**dict(zip("abc", numbers.T, strict=True)), "y": random.random(len(chance)) < chance})


def _loss(made: Development, test: Dataset) -> str:
    prediction = made.predictor(test.checked)
    if made.task == "regression":
        return f"RMSE {root_mean_squared_error(test.target, prediction):.1f}"
    return f"log loss {log_loss(test.target, prediction, labels=range(len(made.classes))):.4f}"


def _size(made: Development) -> str:
    return f"{len(made.model) / 1e3:,.0f} kB"


def _microseconds(model: bytes, strings: list[str]) -> float:
    compiled, taken = Model(model), []
    for _ in range(_CALLS):
        start = time.perf_counter()
        compiled.one([], strings)
        taken.append(time.perf_counter() - start)
    return 1e6 * float(np.median(taken))


def _cpu(call: Callable[[], None], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return 1e6 * (time.process_time() - start) / times


SECTIONS = (texts, logarithms, intervals, decisions, classes, networks, images, reasons)


def main() -> None:
    """Print the sections that were named, or all."""
    for section in SECTIONS:
        if section.__name__ in sys.argv[1:] or not sys.argv[1:]:
            print(f"\n## {section.__name__}: {section.__doc__}", flush=True)
            section()


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
