"""Average marginal effects: what a column does to the probability itself, averaged over the rows."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import compress

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.expression import Expression, parse
from interlock.explore.models.frame import Column, Frame, labels_of
from interlock.explore.models.least_squares import Scaling
from interlock.explore.models.model import Coefficient, Model, coefficient
from interlock.explore.models.prepare import Prepared

__all__ = ["average_effects"]

Array = NDArray[np.float64]
#: A category with more levels has no effects of its own: each costs a pass over all rows.
_LEVELS = 20


def average_effects(prepared: Prepared, model: Model) -> tuple[Coefficient, ...]:
    """Return what one more of each column does to the probability, averaged over the rows.

    Numbers are moved by a little and the change divided by it; booleans and categories are set to each
    level and to the base in all rows. Errors are the delta method's.

    Args:
        prepared: The rows of the fit.
        model: The fit; its fewest degrees of freedom count for all effects.

    Returns:
        One row a number, one a level that is not the base. Columns that cannot be moved are left out, such
        as one inside of a spline, or of a comparison: `I(x > 3)` has steps, not slopes.

    Source:
        W. H. Greene, Econometric Analysis (2018), section 17.3.2.
    """
    found, df = [], float(model.df.min())
    for name in prepared.design.names:
        try:
            for term, up, down, width in _moves(prepared, name):
                high, low = (_probability(prepared, model.gamma, name, each) for each in (up, down))
                gradient = (high[1] - low[1]) / width
                error = math.sqrt(max(float(gradient @ model.covariance @ gradient), 0.0))
                found.append(coefficient(term, (high[0] - low[0]) / width, error, df, model.confidence))
        except InputError:  # a spline's edge, the logarithm of a value near 0
            continue
    return tuple(found)


def _moves(prepared: Prepared, name: str) -> Iterator[tuple[str, Frame, Frame, float]]:
    """Yield what is compared: words, the rows moved one way and the other, and by how much."""
    frame = prepared.rows.frame
    column = frame.columns[name]
    if not _is_category(prepared, name):
        if _compared(prepared, name):
            return
        width = 1e-4 * max(float(column.numbers.std()), 1e-12)
        up, down = (_with(frame, name, column.numbers + sign * width) for sign in (1, -1))
        yield f"one more `{name}`", up, down, 2 * width
        return
    codes, levels = labels_of(column)
    base = _base(prepared, name, levels)
    if len(levels) > _LEVELS:
        return
    for place, level in enumerate(levels):
        if place != base:
            up, down = (_set(frame, name, codes, each) for each in (place, base))
            yield f"`{name}` = {level} rather than {levels[base]}", up, down, 1.0


def _is_category(prepared: Prepared, name: str) -> bool:
    column = prepared.rows.frame.columns[name]
    if column.levels is not None or column.kind == "boolean":
        return True
    factors = [factor for factor in prepared.design.factors if name in parse(factor.text).names]
    return any(factor.levels for factor in factors) or bool(np.isin(column.numbers, (0.0, 1.0)).all())


def _compared(prepared: Prepared, name: str) -> bool:
    """Return whether a comparison reads the column."""
    read = [parse(factor.text) for factor in prepared.design.factors]
    return any(name in each.names and _compares(each) for each in read)


def _compares(each: Expression) -> bool:
    return any(isinstance(node, ast.Compare) for node in ast.walk(each.node))


def _base(prepared: Prepared, name: str, levels: tuple[str, ...]) -> int:
    for factor in prepared.design.factors:
        if factor.levels and name in parse(factor.text).names:
            return levels.index(factor.levels[0])
    return 0


def _set(frame: Frame, name: str, codes: NDArray[np.int64], place: int) -> Frame:
    """Return the rows with one level throughout, as the column stores it."""
    first = int(np.argmax(codes == place))
    column = frame.columns[name]
    if column.levels is None:
        return _with(frame, name, np.full(frame.rows, column.numbers[first]))
    same = Column(column.numbers, np.full(frame.rows, place, np.int64), column.levels, column.kind)
    return replace(frame, columns={**frame.columns, name: same})


def _with(frame: Frame, name: str, numbers: Array) -> Frame:
    column = frame.columns[name]._replace(numbers=numbers)
    return replace(frame, columns={**frame.columns, name: column})


def _probability(prepared: Prepared, gamma: Array, name: str, frame: Frame) -> tuple[float, Array]:
    """Return the mean probability of moved rows, and its gradient; only what reads `name` is made anew."""
    from scipy.special import expit

    design, scaling = prepared.design, prepared.scaling
    reads = [
        any(name in parse(design.factors[f].text).names for f in block.factors) for block in design.blocks
    ]
    changed = np.repeat(reads, [len(names) for _, names in design.grouped])
    part = msgspec.structs.replace(design, blocks=tuple(compress(design.blocks, reads)))
    moved = Scaling(scaling.centre[changed], scaling.spread[changed]).apply(part.matrix(frame))
    weights = np.where(changed, 0.0, gamma)
    mean = expit(prepared.matrix @ weights + moved @ gamma[changed] + design.offset(frame))
    slope = mean * (1 - mean) / len(mean)
    gradient = slope @ prepared.matrix
    gradient[changed] = slope @ moved
    return float(mean.mean()), gradient
