"""The parity gate: the compiled model and its reference in Python give the same answers, or it stops here."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Coded
from interlock.develop.candidates.candidate import Fitted
from interlock.develop.compiled import string_matrix
from interlock.develop.intervals import Intervals
from interlock.develop.sample import Sample
from interlock.errors import GateError
from interlock.release.model import Model

__all__ = ["Parity", "hostile", "parity"]

_ROWS = 2000
_SINGLE = 400
_CHANGED = 8  # levels of a string column that are written otherwise
_PROBABILITY = 1e-6
_RELATIVE = 1e-9
_NEVER_SEEN = ("", MISSING, "\u2400never seen", "nan", "None", " ", "é\u0301\U0001f600", "0|x")
_FIXED = (
    np.nan,
    -0.0,
    5e-324,
    float(np.float32(1e-35)),
    -float(np.float32(1e-35)),
    -1e-310,
    1e300,
    -1e300,
    1.7976931348623157e308,
    16_777_217.0,
    0.1,
)


class Parity(NamedTuple):
    """How far the compiled model is from the reference.

    Args:
        rows: Rows compared in batch.
        single: How many of them were also asked one at a time.
        largest: The largest difference: of a probability, or relative for a regression.
        tolerance: The largest that passes.
    """

    rows: int
    single: int
    largest: float
    tolerance: float


def parity(
    fitted: Fitted, model: bytes, sample: Sample, *, seed: int = 0, intervals: Intervals | None = None
) -> Parity:
    """Compare at least 2,000 rows in batch, and 400 of them one at a time.

    Args:
        fitted: The reference in Python.
        model: The ONNX file.
        sample: Training rows, to make hostile ones from.
        seed: Of the hostile rows.
        intervals: The reference of the intervals, where the model gives them.

    Returns:
        The largest difference found. For a regression it is relative to the value, or to the spread of the
        target where the value is smaller.

    Raises:
        GateError: The difference is above 1e-6 for probabilities, or 1e-9 for a regression; a brought model
            in single precision has a `tolerance` of its own.
    """
    rows = hostile(sample, seed=seed)
    expected = _reference(fitted, intervals, rows)
    batch, single = _compiled(
        Model(model), rows, ("prediction", "interval") if intervals else ("prediction",)
    )
    regression = sample.task == "regression"
    least = float(np.std(sample.target))
    scale = np.maximum(np.abs(expected), least) if regression else np.ones_like(expected)
    difference = np.concatenate(
        [_apart(batch, expected, scale), _apart(single, expected[:_SINGLE], scale[:_SINGLE])]
    ).max(axis=1)
    tolerance = float(getattr(fitted, "tolerance", _RELATIVE if regression else _PROBABILITY))
    result = Parity(len(rows), _SINGLE, float(difference.max()), tolerance)
    if result.largest > tolerance:
        raise GateError(
            f"the compiled model differs from the fitted one by {result.largest:.3g}, above {tolerance:g}",
            where=f"{len(rows):,} rows with nulls, unknown levels and extreme numbers",
            got=f"{type(fitted).__name__}, row {int(difference.argmax()) % len(rows)}",
            next_step="leave this candidate out in [develop] candidates, and report it; no model was written",
        )
    return result


def _reference(fitted: Fitted, intervals: Intervals | None, rows: Sample) -> NDArray[np.float64]:
    """Return what Python answers: predictions, then ends, [n, width]."""
    prediction = fitted.predict(rows)
    answers = [prediction.reshape(len(rows), -1)]
    if intervals is not None:
        answers.append(intervals.ends(rows, prediction))
    return np.concatenate(answers, axis=1)


def _compiled(
    model: Model, rows: Sample, outputs: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the graph answers: all rows together, and the first ones one at a time."""
    strings = string_matrix(rows)
    batch = [each.reshape(len(rows), -1) for each in model.together(outputs, rows.numbers, strings)]
    single = [
        np.concatenate(
            [np.ravel(each) for each in model.ask(outputs, rows.numbers[at].tolist(), strings[at].tolist())]
        )
        for at in range(_SINGLE)
    ]
    return np.concatenate(batch, axis=1), np.stack(single)


def hostile(sample: Sample, *, rows: int = _ROWS, seed: int = 0) -> Sample:
    """Draw rows and spoil about half of their cells: nulls, extremes, neighbours of what was seen.

    Args:
        sample: Rows to draw from, with replacement.
        rows: How many.
        seed: Of the draw.

    Returns:
        The rows; numbers are nulls, subnormal, huge, one float64 or half a float32 step beside a seen value;
        strings are missing, empty, unknown, another column's prefix, or seen ones written otherwise.
    """
    random = np.random.default_rng(seed)
    drawn = sample.take(random.integers(0, len(sample), rows))
    return replace(
        drawn,
        numbers=_spoil_numbers(drawn.numbers, random),
        strings=tuple(_spoil_strings(column, random) for column in drawn.strings),
    )


def _spoil_numbers(numbers: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    choice = random.integers(0, 10, numbers.shape)
    fixed = np.array(_FIXED)[random.integers(0, len(_FIXED), numbers.shape)]
    with np.errstate(over="ignore"):
        beside = (np.nextafter(numbers, np.inf), np.nextafter(numbers, -np.inf), numbers * (1 + 2.0**-25))
    spoiled = np.select(
        [choice == 0, choice == 1, choice == 2, choice == 3, choice == 4],
        [fixed, np.nan, *beside],
        numbers,
    )
    return np.asarray(spoiled, np.float64)


def _spoil_strings(column: Coded, random: np.random.Generator) -> Coded:
    never_seen = [*_NEVER_SEEN, *_changed(column.levels, random)]
    levels = np.array([*column.levels, *never_seen], object)
    spoiled = len(column.levels) + random.integers(0, len(never_seen), len(column.codes))
    keep = random.random(len(column.codes)) < 0.5
    return Coded(np.where(keep, column.codes, spoiled).astype(np.int32), levels)


def _changed(levels: NDArray[np.object_], random: np.random.Generator) -> list[str]:
    """Write a few levels in other letters, twice, half, and in the company of other scripts."""
    some = [str(levels[place]) for place in random.integers(0, len(levels), _CHANGED)] if len(levels) else []
    return [
        changed
        for level in some
        if level != MISSING
        for changed in (
            level.upper(),
            unicodedata.normalize("NFD", level),
            f"{level} {level}",
            level[: len(level) // 2],
            f"東京都{level}\u200dＦﬁ",
        )
    ]


def _apart(
    ours: NDArray[np.float64], expected: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A NaN on one side only is infinitely far; on both sides it is no answer at all, so as far."""
    apart = np.abs(ours - expected) / scale
    return np.where(np.isnan(apart), np.inf, apart)
