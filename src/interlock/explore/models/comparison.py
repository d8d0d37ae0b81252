"""Two models of the same rows, one within the other: do the added terms matter?"""

from __future__ import annotations

import math

import numpy as np

from interlock.errors import InputError
from interlock.explore.models.model import Model, TermTest
from interlock.explore.statistics.log_tail import log_chi2_tail, log_f_tail

__all__ = ["compare_models"]


def compare_models(small: Model, large: Model) -> TermTest:
    """Test whether a model is better than one with fewer terms.

    With classical errors this is the F test of ordinary least squares, or the likelihood ratio test; with
    others the Wald test of the added coefficients, by the larger model's errors.

    Args:
        small: The model with fewer terms.
        large: One with all its columns and more, of the same rows.

    Returns:
        The test; `term` names what was added.

    Raises:
        InputError: If the models are of different kinds or rows, or the one is not within the other, or their
            errors allow for one term at a time alone.

    Source:
        R. A. Fisher (1925); S. S. Wilks (1938); A. Wald (1943).

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore.models.ols import ols
        >>> table = pa.table({"y": [1.0, 2, 4, 5, 7, 7], "x": [1, 2, 3, 4, 5, 6], "z": [1, 0, 1, 0, 1, 0]})
        >>> models = [ols(formula, table, errors="classical") for formula in ("y ~ x", "y ~ x + z")]
        >>> print(compare_models(*models))
        z: F(1, 3) = 4.95, p = 0.11
    """
    added = _added(small, large)
    if large.errors_kind != "classical" or large.kind == "quantile":
        return _wald(large, added)
    name, q = " + ".join(dict.fromkeys(large.design.terms[place] for place in added)), len(added)
    if large.kind == "ols":
        rest = float(large.df[0])
        gain = small.scale * float(small.df[0]) - large.scale * rest
        statistic = max(gain, 0.0) / q / large.scale
        return TermTest(name, statistic, q, rest, log_f_tail(statistic, q, rest), "F")
    if small.log_likelihood is None or large.log_likelihood is None:
        step = "compare them by how well they predict rows that they have not seen"
        raise InputError("these models have no likelihood", got=f"{small.kind}, {large.kind}", next_step=step)
    ratio = max(2 * (large.log_likelihood - small.log_likelihood), 0.0)
    return TermTest(name, ratio / q, q, None, log_chi2_tail(ratio, q), "likelihood ratio chi-square")


def _added(small: Model, large: Model) -> list[int]:
    """Return the places of the columns that the large model has more."""
    same = (small.kind, small.response, small.quantile, small.errors_kind, small.design.offsets)
    if same != (large.kind, large.response, large.quantile, large.errors_kind, large.design.offsets):
        raise InputError(
            "models can be compared only when kind, response, offset and errors are the same",
            got=f"{small.kind} of {small.response} ({small.errors_kind}), "
            f"{large.kind} of {large.response} ({large.errors_kind})",
            next_step="fit both by the same verb with the same errors",
        )
    if (small.used.n, small.used.outcome) != (large.used.n, large.used.outcome):
        raise InputError(
            "the two models were fitted to different rows",
            got=f"{small.used.n} and {large.used.n} rows",
            next_step="leave out rows that lack a value of the larger model before fitting both",
        )
    known = set(small.design.columns)
    added = [place for place, name in enumerate(large.design.columns) if name not in known]
    if not added or len(added) + len(known) != len(large.design.columns):
        raise InputError(
            "the first model is not within the second",
            got=f"{small.formula} and {large.formula}",
            next_step="give the one with fewer terms first; the second must have all of them",
        )
    return added


def _wald(large: Model, added: list[int]) -> TermTest:
    terms = tuple(dict.fromkeys(large.design.terms[place] for place in added))
    whole = [place for place, term in enumerate(large.design.terms) if term in terms]
    if len(terms) == 1 and whole == added:
        return large.test(terms[0])
    if len(set(large.df.tolist())) > 1 or large.errors_kind in ("CR2", "REML"):
        raise InputError(
            "with these errors one term can be added at a time: degrees of freedom differ between terms",
            got=" + ".join(terms),
            next_step="compare in steps, or read .test(term) of the larger model",
        )
    values = large.gamma[added]
    q, df = len(added), float(large.df[0])
    inner = large.covariance[np.ix_(added, added)]
    statistic = float(values @ np.linalg.solve(inner, values)) / q
    rest = None if math.isinf(df) else df
    method = "Wald chi-square" if rest is None else "Wald F"
    return TermTest(" + ".join(terms), statistic, q, rest, log_f_tail(statistic, q, df), method)
