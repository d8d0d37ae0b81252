"""How far apart two profiles of one column are: five distances, from the summaries alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.categories import Categories
from interlock.profile.column import ColumnProfile
from interlock.profile.histogram import Histogram, align

__all__ = ["jensen_shannon", "ks", "psi", "total_variation", "wasserstein"]

Summary = ColumnProfile | Histogram | Categories
Counts = tuple[NDArray[np.float64], NDArray[np.float64]]


def ks(a: Summary, b: Summary) -> float:
    """Return the two-sample Kolmogorov-Smirnov statistic: the largest gap between the distribution functions.

    Args:
        a: Numbers: a column's profile or a histogram.
        b: The same kind.

    Returns:
        0 to 1; exact where both histograms are.

    Raises:
        InputError: Strings, different kinds, or no values.

    Source:
        N. Smirnov, Table for estimating the goodness of fit of empirical distributions (1948).

    Example:
        >>> ks(Histogram.from_values([1, 2, 3, 4]), Histogram.from_values([3, 4, 5, 6]))
        0.5
    """
    p, q, _ = align(*_histograms(a, b))
    return float(np.abs(np.cumsum(_shares(p)) - np.cumsum(_shares(q))).max())


def wasserstein(a: Summary, b: Summary) -> float:
    """Return the Wasserstein-1 (earth mover's) distance, in the unit of the values.

    Args:
        a: Numbers: a column's profile or a histogram.
        b: The same kind.

    Returns:
        At least 0; exact where both histograms are, else each value counts at the middle of its cell.

    Raises:
        InputError: Strings, different kinds, or no values.

    Source:
        L. Vaserstein, Markov processes over denumerable products of spaces (1969); on the line it is the area
        between the two distribution functions.

    Example:
        >>> wasserstein(Histogram.from_values([0, 1, 3]), Histogram.from_values([5, 6, 8]))
        5.0
    """
    p, q, middles = align(*_histograms(a, b))
    gaps = np.abs(np.cumsum(_shares(p)) - np.cumsum(_shares(q)))[:-1]
    return math.fsum(gaps * np.diff(middles))


def jensen_shannon(a: Summary, b: Summary, bins: int | None = None) -> float:
    """Return the Jensen-Shannon distance: the square root of the divergence in bits.

    Args:
        a: A column's profile, a histogram or categories; the reference.
        b: The same kind.
        bins: Numbers are compared cell by cell of their common grid (None), or in so many bins that hold
            equally many values of `a`. Take bins where one side has few values, lest the gaps between them be
            taken for a difference.

    Returns:
        0 to 1.

    Raises:
        InputError: Different kinds, or no values.

    Source:
        D. Endres, J. Schindelin, A new metric for probability distributions (2003).

    Example:
        >>> jensen_shannon(Histogram.from_values([1, 2]), Histogram.from_values([3, 4]))
        1.0
    """
    p, q = (_shares(side) for side in _counts(a, b, bins))
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def total_variation(a: Summary, b: Summary, bins: int | None = None) -> float:
    """Return the total variation distance: the largest difference of the probabilities of any one event.

    Args:
        a: A column's profile, a histogram or categories; the reference.
        b: The same kind.
        bins: As in `jensen_shannon`.

    Returns:
        0 to 1; for categories that are not exact a lower bound, by their hashes.

    Raises:
        InputError: Different kinds, or no values.

    Source:
        D. Levin, Y. Peres, Markov chains and mixing times (2017), section 4.1.

    Example:
        >>> total_variation(Categories.from_strings(["x", "y"]), Categories.from_strings(["x", "x"]))
        0.5
    """
    p, q = (_shares(side) for side in _counts(a, b, bins))
    return float(np.abs(p - q).sum() / 2)


def psi(a: Summary, b: Summary, bins: int = 10) -> float:
    """Return the population stability index: the symmetric relative entropy (Jeffreys divergence) in nats.

    Half a row is added to each bin of both sides, so an empty bin does not make it infinite.

    Args:
        a: A column's profile, a histogram or categories; the reference.
        b: The same kind.
        bins: Numbers: how many bins that hold equally many values of `a`; fewer where its values repeat.

    Returns:
        At least 0. By custom below 0.1 is calm, above 0.25 a shift; chance alone raises it as `b` shrinks.

    Raises:
        InputError: Different kinds, or no values.

    Source:
        N. Siddiqi, Credit risk scorecards (2006); B. Yurdakul, J. Naranjo, Statistical properties of the
        population stability index (2020).

    Example:
        >>> same = Histogram.from_values(np.arange(100.0))
        >>> psi(same, same)
        0.0
    """
    p, q = (_shares(side + 0.5) for side in _counts(a, b, bins))
    return float(((p - q) * np.log(p / q)).sum())


def _relative_entropy(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    held = p > 0
    return float((p[held] * np.log2(p[held] / q[held])).sum())


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = counts / counts.sum()
    return result


def _counts(a: Summary, b: Summary, bins: int | None) -> Counts:
    a, b = _distribution(a), _distribution(b)
    if isinstance(a, Categories) and isinstance(b, Categories):
        return _by_category(a, b)
    a, b = _histograms(a, b)
    if bins is None:
        p, q, _ = align(a, b)
        return p, q
    return _in_bins_of(a, b, bins)


def _by_category(a: Categories, b: Categories) -> Counts:
    if not (a.n and b.n):
        raise _empty()
    if not (a.exact and b.exact):
        return a.buckets().astype(np.float64), b.buckets().astype(np.float64)
    counts_a, counts_b = a.counts, b.counts  # each access makes a copy
    values = sorted(counts_a.keys() | counts_b.keys())
    p, q = ([counts.get(value, 0) for value in values] for counts in (counts_a, counts_b))
    return np.array(p, dtype=np.float64), np.array(q, dtype=np.float64)


def _in_bins_of(a: Histogram, b: Histogram, bins: int) -> Counts:
    edges = np.unique(a.quantile(np.arange(1, bins) / bins))
    inner = [np.concatenate([[0.0], side.cdf(edges), [1.0]]) * side.n for side in (a, b)]
    p, q = np.diff(inner[0]), np.diff(inner[1])
    held = p + q > 0
    return p[held], q[held]


def _distribution(side: Summary) -> Histogram | Categories:
    if not isinstance(side, ColumnProfile):
        return side
    result = side.histogram if side.categories is None else side.categories
    if result is None:
        step = "profile rows that hold a value"
        raise InputError("the profile of a column holds no distribution", got=side, next_step=step)
    return result


def _histograms(a: Summary, b: Summary) -> tuple[Histogram, Histogram]:
    a, b = _distribution(a), _distribution(b)
    if not (isinstance(a, Histogram) and isinstance(b, Histogram)):
        raise InputError(
            "this distance needs two columns of numbers",
            got=f"{type(a).__name__} and {type(b).__name__}",
            next_step="compare strings by `total_variation`, `jensen_shannon` or `psi`",
        )
    if not (a.n and b.n):
        raise _empty()
    return a, b


def _empty() -> InputError:
    return InputError(
        "a distance needs values on both sides", got="no values", next_step="wait for data, or skip it"
    )
