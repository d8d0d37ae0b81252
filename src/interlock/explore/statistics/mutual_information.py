"""How much knowing one column tells of another: the mutual information of a cross table, in bits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_chi2_tail

__all__ = ["entropy", "mutual_information", "uncertainty"]

Counts = NDArray[np.int64] | NDArray[np.float64]


def entropy(counts: Counts) -> float:
    """Return the entropy of a distribution in bits, as counted.

    Example:
        >>> entropy(np.array([5, 5]))
        1.0
    """
    shares = counts / counts.sum()
    return float(-xlogy(shares, shares).sum() / math.log(2))


def mutual_information(table: Counts) -> Estimate:
    """Return the mutual information of the two sides of a cross table.

    Args:
        table: Counts, shape [r, c]; empty rows and columns are left out.

    Returns:
        Bits, 0 (independent) to the smaller entropy of the two, corrected for its bias (Miller, Madow). The
        p-value is that of the likelihood-ratio test, as `G = 2 n ln(2) * bits`. The interval is the delta
        method's, widened by the spread that independence alone gives, so that it stays right near 0.

    Source:
        G. A. Miller, Note on the bias of information estimates (1955); J. Fleiss, B. Levin, M. C. Paik,
        Statistical Methods for Rates and Proportions (2003) for the test; L. Paninski, Estimation of entropy
        and mutual information (2003) for the variance.

    Example:
        >>> estimate = mutual_information(np.array([[500, 0], [0, 500]]))
        >>> round(estimate.value, 2)
        1.0
    """
    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.float64)
    n = float(counts.sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom <= 0:
        return Estimate(0.0, 0.0, 0.0, int(n))
    shares = counts / n
    expected = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    logs = np.log(np.where(shares > 0, shares, 1.0) / np.where(shares > 0, expected, 1.0))
    nats = float(np.sum(shares * logs))
    variance = max(float(np.sum(shares * logs**2)) - nats**2, 0.0)
    half = z_value() * math.sqrt(variance / n + freedom / (2 * n**2))
    centre = nats - _bias(counts, n)
    value, low, high = (max(end, 0.0) / math.log(2) for end in (centre, centre - half, centre + half))
    return Estimate(value, low, high, int(n), log_chi2_tail(2 * n * nats, freedom))


def uncertainty(table: Counts) -> Estimate:
    """Return the share of the columns' entropy that the rows explain: 0 (nothing) to 1 (all of it).

    Args:
        table: Counts, shape [r, c]: what is known by what is to be told, such as groups by classes.

    Source:
        H. Theil, On the estimation of relationships involving qualitative variables (1970).

    Example:
        >>> round(uncertainty(np.array([[300, 0], [0, 200]])).value, 3)
        1.0
    """
    found = mutual_information(table)
    whole = entropy(table.sum(axis=0))
    if whole == 0:
        return found
    value, low, high = (min(each / whole, 1.0) for each in found[:3])
    return Estimate(value, low, high, found.n, found.log_p)


def _bias(counts: NDArray[np.float64], n: float) -> float:
    """Return Miller and Madow's bias in nats: cells that hold rows, less rows and columns that do."""
    cells, (rows, columns) = int(np.count_nonzero(counts)), counts.shape
    return float(cells - rows - columns + 1) / (2 * n)
