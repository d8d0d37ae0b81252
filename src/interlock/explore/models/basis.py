"""Functions of a column that remember the rows they learned from: centred, scaled, polynomial, spline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

__all__ = ["LEARNED", "Learned", "State"]

Array = NDArray[np.float64]
#: What a function learned: numbers, so that JSON holds it.
State = tuple[float, ...]


class Learned(NamedTuple):
    """A function in two parts.

    Args:
        learn: Values and options to a state.
        apply: Values and a state to one column, shape [n], or several, shape [n, m].
        options: Names of the whole numbers that it takes, in order.
    """

    learn: Callable[..., State]
    apply: Callable[[Array, State], Array]
    options: tuple[str, ...] = ()

    def check(self, options: Mapping[str, int], text: str) -> None:
        """Refuse options that the function does not have, and numbers that make no sense.

        Raises:
            InputError: Naming them.
        """
        strange = [name for name in options if name not in self.options]
        small = [name for name, value in options.items() if not 1 <= value <= 100]
        if strange or small:
            raise InputError(
                f"`{text}` has an option that cannot be used: {', '.join(strange or small)}",
                next_step=f"it takes {' and '.join(self.options) or 'nothing'}"
                + (", from 1 to 100" if self.options else ""),
            )


def _center(values: Array) -> State:
    return (float(values.mean()),)


def _scale(values: Array) -> State:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if spread == 0:
        raise InputError("a constant cannot be scaled", next_step="leave it out of the formula")
    return (float(values.mean()), spread)


def _poly(values: Array, degree: int = 1) -> State:
    """Learn orthogonal polynomials: the recurrence's centres, then the squared norms.

    Source:
        W. J. Kennedy, J. E. Gentle, Statistical Computing (1980), as R's `poly`.
    """
    if len(np.unique(values)) <= degree:
        raise InputError(
            f"a polynomial of degree {degree} needs more than {degree} distinct values",
            next_step="lower the degree",
        )
    centres, norms = [], [float(len(values))]
    before, now = np.zeros_like(values), np.ones_like(values)
    for step in range(degree):
        centres.append(float(np.dot(values, now**2)) / norms[-1])
        ratio = norms[-1] / norms[-2] if step else 0.0
        before, now = now, (values - centres[-1]) * now - ratio * before
        norms.append(float(np.dot(now, now)))
    return (*centres, *norms)


def _apply_poly(values: Array, state: State) -> Array:
    degree = len(state) // 2
    centres, norms = state[:degree], state[degree:]
    columns = []
    before, now = np.zeros_like(values), np.ones_like(values)
    for step in range(degree):
        ratio = norms[step] / norms[step - 1] if step else 0.0
        before, now = now, (values - centres[step]) * now - ratio * before
        columns.append(now / np.sqrt(norms[step + 1]))
    return np.column_stack(columns)


def _bs(values: Array, df: int = 3, degree: int = 3) -> State:
    """Learn a B-spline: its degree, then all knots, the inner ones at quantiles, as R's `bs`."""
    if df < degree:
        raise InputError(
            f"a spline of degree {degree} needs df of at least {degree}", got=df, next_step="raise df"
        )
    inner = np.quantile(values, np.linspace(0, 1, df - degree + 2)[1:-1])
    low, high = float(values.min()), float(values.max())
    if not low < high:
        raise InputError("a spline needs values that differ", next_step="leave it out of the formula")
    return (float(degree), *[low] * (degree + 1), *map(float, inner), *[high] * (degree + 1))


def _apply_bs(values: Array, state: State) -> Array:
    from scipy.interpolate import BSpline

    degree, knots = int(state[0]), np.array(state[1:])
    outside = (values < knots[0]) | (values > knots[-1])
    if outside.any():
        raise InputError(
            "a value is outside the range that the spline was learned on",
            where=f"row {int(np.argmax(outside))}",
            got=float(values[np.argmax(outside)]),
            next_step=f"keep to {knots[0]:g} to {knots[-1]:g}: a spline says nothing beyond",
        )
    basis: Array = BSpline.design_matrix(values, knots, degree).toarray()
    return basis[:, 1:]


LEARNED: dict[str, Learned] = {
    "center": Learned(_center, lambda values, state: values - state[0]),
    "scale": Learned(_scale, lambda values, state: (values - state[0]) / state[1]),
    "poly": Learned(_poly, _apply_poly, ("degree",)),
    "bs": Learned(_bs, _apply_bs, ("df", "degree")),
}
