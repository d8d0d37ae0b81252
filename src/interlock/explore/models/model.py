"""A fitted model as a value: estimates with intervals, tests, checks, and what predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.design import Design
from interlock.explore.models.least_squares import Scaling
from interlock.explore.statistics.log_tail import log_t_tail, two_sided
from interlock.report.values import Intervals

if TYPE_CHECKING:
    from interlock.explore.models.prediction import Prediction

__all__ = [
    "MULTIPLY",
    "Check",
    "Coefficient",
    "Figure",
    "Kind",
    "Model",
    "TermTest",
    "Used",
    "coefficient",
    "critical",
]

Array = NDArray[np.float64]
Kind = Literal["ols", "logit", "poisson", "negative_binomial", "quantile", "mixed"]
#: Kinds whose effects multiply.
MULTIPLY = ("logit", "poisson", "negative_binomial")


class Coefficient(NamedTuple):
    """One row of `estimates`, `ratios` or `effects`.

    Args:
        term: The column of the model, such as `x` or `C(g)[b]`.
        estimate: Its coefficient, ratio or effect.
        standard_error: Of the estimate; of its logarithm for a ratio.
        low: The lower end of the interval.
        high: The upper end.
        statistic: Estimate over standard error (for a ratio, of the logarithm).
        df: Degrees of freedom of Student's t; infinite for the normal distribution.
        log_p: The logarithm of the two-sided p-value of no effect, so that none is 0.
    """

    term: str
    estimate: float
    standard_error: float
    low: float
    high: float
    statistic: float
    df: float
    log_p: float

    @property
    def p(self) -> float:
        """The p-value; 0 only where it is below 1e-308."""
        return math.exp(self.log_p)


class TermTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether all coefficients of a term are 0.

    Args:
        term: As in the formula, such as `C(g)`.
        statistic: F; chi-square over its degrees of freedom where `rest` is None.
        df: Coefficients tested.
        rest: Degrees of freedom of the denominator; None for infinite.
        log_p: The logarithm of the p-value.
        method: Which test.
    """

    term: str
    statistic: float
    df: int
    rest: float | None
    log_p: float
    method: str

    def __str__(self) -> str:
        from interlock.explore.models.words import test_text

        return test_text(self)


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An assumption, and whether the rows speak against it.

    Args:
        name: Such as `constant spread`.
        state: `fine`, `note` (worth knowing) or `warning` (think before you rely on the numbers).
        sentence: What was found, with its figure, and what to do.
    """

    name: str
    state: Literal["fine", "note", "warning"]
    sentence: str


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named number about the fit, such as R squared."""

    name: str
    value: float


class Used(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows were used.

    Args:
        n: Rows used.
        total: Rows of the table.
        missing: How many rows lacked each column.
        outcome: A digest of the response, by which two models know that they saw the same rows.
    """

    n: int
    total: int
    missing: dict[str, int]
    outcome: str


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model.

    Args:
        kind: Which verb made it.
        formula: As it was written.
        response: The expression on its left side.
        design: How rows become numbers.
        scaling: Of the columns, inside of the model.
        gamma: The standardised coefficients, shape [k].
        covariance: Of `gamma`, shape [k, k].
        df: Degrees of freedom of each coefficient, infinite for the normal distribution, shape [k].
        errors: In words.
        errors_kind: `classical`, `HC0` to `HC3`, `CR1`, `CR2`, or `REML` for mixed models.
        clusters: How many; 0 without.
        used: Which rows.
        scale: The residual variance; for the negative binomial alpha, in `mean + alpha * mean**2`.
        log_likelihood: At the estimates; None where there is none.
        confidence: Of all intervals.
        figures: About the fit.
        tests: One a term.
        checks: Of the assumptions.
        effects: Average marginal effects on the response's own scale; empty where they are the coefficients.
        quantile: Which, for `quantile`; None otherwise.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore import ols
        >>> model = ols("y ~ x", pa.table({"x": [1.0, 2, 3, 4, 5], "y": [2.1, 3.9, 6.2, 7.8, 10.1]}))
        >>> [round(row.estimate, 2) for row in model.estimates]
        [0.05, 1.99]
    """

    kind: Kind
    formula: str
    response: str
    design: Design
    scaling: Scaling
    gamma: Array
    covariance: Array
    df: Array
    errors: str
    errors_kind: str
    clusters: int
    used: Used
    scale: float
    log_likelihood: float | None
    confidence: float
    figures: tuple[Figure, ...]
    tests: tuple[TermTest, ...]
    checks: tuple[Check, ...]
    effects: tuple[Coefficient, ...] = ()
    quantile: float | None = None

    @cached_property
    def estimates(self) -> tuple[Coefficient, ...]:
        """One row a column of the model, the intercept first."""
        back = self.scaling.back()
        values = back @ self.gamma
        errors = np.sqrt(np.einsum("ij,jk,ik->i", back, self.covariance, back))
        rows = zip(self.design.columns, values, errors, self.df, strict=True)
        return tuple(coefficient(*map_row, self.confidence) for map_row in rows)

    @property
    def ratios(self) -> tuple[Coefficient, ...]:
        """Odds ratios of a logistic model, rate ratios of a count model: what one more multiplies by.

        Raises:
            InputError: For other models, whose effects add.
        """
        if self.kind not in MULTIPLY:
            raise InputError(
                f"a model by `{self.kind}` has no ratios: its effects add",
                next_step="read .estimates",
            )
        return tuple(
            row._replace(estimate=_exp(row.estimate), low=_exp(row.low), high=_exp(row.high))
            for row in self.estimates
        )

    @property
    def text(self) -> str:
        """The model in plain words: the numbers, what they mean, and what was checked."""
        from interlock.explore.models.words import text

        return text(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Model(kind={self.kind!r}, formula={self.formula!r}, n={self.used.n})"

    def _repr_html_(self) -> str:
        from interlock.explore.models.words import html

        return html(self)

    @property
    def picture(self) -> Intervals:
        """The coefficients with their intervals, without the intercept, as a value to draw."""
        from interlock.explore.models.words import picture

        return picture(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw `picture` on Matplotlib.

        Args:
            ax: The `Axes` to draw on; None makes a figure.

        Returns:
            The `Axes`.
        """
        return self.picture.plot(ax)

    def predict(self, table: Any, *, missing: str = "error", interval: str = "mean") -> Prediction:
        """Predict the mean (of a quantile model, the quantile) for new rows.

        Args:
            table: Anything that `interlock.open_table` opens, with the columns on the right of the formula.
            missing: `error` refuses rows that lack a value; `nan` predicts NaN for them.
            interval: Of the `mean`, or of a new `outcome` (ordinary least squares alone).

        Returns:
            A `Prediction` with one value a row, in order.

        Raises:
            InputError: If a level was never seen, a column is missing, or a value cannot be used.
        """
        from interlock.explore.models.prediction import predict

        return predict(self, table, missing=missing, interval=interval)

    def test(self, term: str) -> TermTest:
        """Return the test that all coefficients of a term are 0.

        Args:
            term: As in the formula, such as `C(g)`.

        Returns:
            The F test, or that of likelihood or Wald, by the kind of model.

        Raises:
            InputError: If there is no such term.
        """
        for each in self.tests:
            if each.term.replace(" ", "") == term.replace(" ", ""):
                return each
        raise InputError(
            "the model has no such term",
            got=term,
            next_step=f"it has {', '.join(f'`{each.term}`' for each in self.tests)}",
        )

    def save(self, path: str | Path) -> Path:
        """Write the model as JSON, whole or not at all.

        Args:
            path: Where.

        Returns:
            The path.
        """
        from interlock.explore.models.store import save

        return save(self, Path(path))

    @staticmethod
    def load(path: str | Path) -> Model:
        """Return the model that `save` wrote: it predicts the same to the byte.

        Raises:
            InputError: If the file is missing, broken, or would do more than a formula may.
        """
        from interlock.explore.models.store import load

        return load(Path(path))


def coefficient(term: str, estimate: float, error: float, df: float, confidence: float) -> Coefficient:
    """Return a row with its interval and p-value.

    Args:
        term: The column's name.
        estimate: The coefficient.
        error: Its standard error.
        df: Degrees of freedom; infinite for the normal distribution, 0 where nothing is known.
        confidence: Of the interval.
    """
    estimate, error, df = float(estimate), float(error), float(df)
    half = critical(df, confidence) * error
    statistic = estimate / error if error > 0 else math.copysign(math.inf, estimate) if estimate else 0.0
    log_p = two_sided(log_t_tail(abs(statistic), df)) if df > 0 else 0.0
    return Coefficient(term, estimate, error, estimate - half, estimate + half, statistic, df, log_p)


def critical(df: float, confidence: float) -> float:
    """Return the quantile of Student's t for a two-sided interval; infinite for no degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    if df <= 0:
        return math.inf
    share = (1 + confidence) / 2
    return float(ndtri(share) if math.isinf(df) else stdtrit(df, share))


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf
