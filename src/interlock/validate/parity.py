"""Parity: the compiled model against the Python reference, on rows made to tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Coded
from interlock.release.model import Model

__all__ = ["HOSTILE_STRINGS", "Parity", "hostile_rows", "parity"]

Floats = NDArray[np.float64]

#: Strings no training table held, and those that a careless encoder takes for a missing value.
HOSTILE_STRINGS = ("", MISSING, "never seen before", "None", "nan", "0", " ", "naïve 東京 \u2028")
_SHARE = 0.1  # of the cells, for each kind of disturbance; a quarter of the rows stay as they are


class Parity(NamedTuple):
    """How far the compiled model is from the reference.

    Args:
        rows: Number of rows compared.
        batch: Largest difference, all rows at once.
        single: Largest difference, one row at a time.
    """

    rows: int
    batch: float
    single: float

    @property
    def largest(self) -> float:
        """The larger of both; NaN in only one of two answers counts as infinite."""
        return max(self.batch, self.single)


def hostile_rows(checked: Checked, *, rows: int = 2000, seed: int = 0) -> Checked:
    """Return rows of the holdout, most of them disturbed.

    Numbers become null, the next float64 up or down, a number that no float32 holds, or ten times the
    column's extremes; strings become unknown, empty, missing, or look like a missing value.

    Args:
        checked: The holdout's tensors, at least one row.
        rows: How many.
        seed: Of the choice.
    """
    generator = np.random.default_rng(seed)
    places = generator.integers(0, len(checked.rejected), rows)
    calm = np.arange(rows) < rows // 4
    numbers = checked.numbers[places]
    for column in numbers.T:
        _disturb(column, np.where(calm, -1.0, generator.random(rows)), generator)
    strings = []
    for coded in checked.strings:
        codes = coded.codes[places].copy()
        changed = ~calm & (generator.random(rows) < 3 * _SHARE)
        odd = len(coded.levels) + generator.integers(0, len(HOSTILE_STRINGS), rows)
        codes[changed] = odd[changed]
        levels = np.array([*coded.levels, *HOSTILE_STRINGS], dtype=object)
        strings.append(Coded(codes.astype(np.int32), levels))
    return Checked(numbers, tuple(strings), np.zeros(rows, dtype=bool), ())


def parity(reference: Callable[[Checked], Floats], model: Model, rows: Checked) -> Parity:
    """Compare the compiled model with the reference, in batch and one row at a time.

    Args:
        reference: The model in Python.
        model: The model in ONNX Runtime.
        rows: What both are asked.

    Returns:
        Differences relative to the reference where it is beyond 1 (values), absolute below (probabilities).
    """
    expected = reference(rows)
    texts = rows.string_matrix()
    pairs = zip(rows.numbers, texts, strict=True)
    single = np.array([model.one(numbers.tolist(), strings.tolist()) for numbers, strings in pairs])
    batch = model.predict(rows.numbers, texts)
    return Parity(len(expected), _largest(batch, expected), _largest(single, expected))


def _disturb(column: Floats, chance: Floats, generator: np.random.Generator) -> None:
    known = column[np.isfinite(column)]
    extremes = 10 * np.array([known.min(), known.max()] if len(known) else [-1.0, 1.0])
    up, down = np.nextafter(column, np.inf), np.nextafter(column, -np.inf)
    odd = (1 + column) * (1 + 2.0**-30)
    kinds = (np.full(len(column), np.nan), up, down, odd, generator.choice(extremes, len(column)))
    for kind, values in enumerate(kinds):
        chosen = (chance >= kind * _SHARE) & (chance < (kind + 1) * _SHARE)
        column[chosen] = values[chosen]


def _largest(ours: Floats, expected: Floats) -> float:
    distance = np.abs(ours - expected) / np.maximum(1, np.abs(expected))
    distance[np.isnan(ours) & np.isnan(expected)] = 0
    return float(np.where(np.isnan(distance), np.inf, distance).max(initial=0))
