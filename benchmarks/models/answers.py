"""Where the answers of Interlock and statsmodels differ, each measured against something independent."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.typing import NDArray
from statsmodels.datasets import longley

from interlock import explore
from interlock.errors import InputError
from interlock.explore.models.prepare import prepare
from interlock.explore.models.quantile import quantile

__all__ = ["answers"]

Array = NDArray[np.float64]
#: NIST Statistical Reference Datasets, Longley.
_CERTIFIED = (
    *(-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683),
    *(-1.03322686717359, -0.0511041056535807, 1829.15146461355),
)
_LONGLEY = "TOTEMP ~ GNPDEFL + GNP + UNEMP + ARMED + POP + YEAR"


def answers() -> str:
    """Return the section as Markdown."""
    rows = [_longley(), _offset(), *_clusters(), *_quantiles(), *_likelihoods(), _separation(), _gaps()]
    head = "| what | Interlock | statsmodels by formula | statsmodels on our columns |\n|---|---|---|---|"
    return "\n".join(["## Answers\n", head, *rows, ""])


def _row(what: str, *cells: object) -> str:
    return f"| {what} | {' | '.join(map(str, cells))} |"


def _digits(found: Any, truth: Any) -> str:
    """Return how many digits the worst of some numbers has right."""
    error = np.max(np.abs(np.asarray(found, float) / np.asarray(truth, float) - 1))
    return f"{min(-math.log10(max(float(error), 1e-16)), 15):.1f}"


def _ours(formula: str, frame: pd.DataFrame) -> list[float]:
    return [row.estimate for row in explore.ols(formula, frame).estimates]


def _on_our_columns(formula: str, frame: pd.DataFrame) -> Array:
    it = prepare(formula, frame, errors="classical", missing="error")
    shift = it.outcome.mean()
    gamma = sm.OLS(it.outcome - shift, it.matrix).fit().params
    gamma[0] += shift
    found: Array = it.scaling.back() @ gamma
    return found


def _longley() -> str:
    frame = longley.load_pandas().data
    fits = _ours(_LONGLEY, frame), smf.ols(_LONGLEY, frame).fit().params, _on_our_columns(_LONGLEY, frame)
    return _row(
        "`ols`, NIST Longley: digits of the worst coefficient", *(_digits(each, _CERTIFIED) for each in fits)
    )


def _offset() -> str:
    """A slope beside an offset of 1e9, against rational arithmetic."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=200) + 1e9
    frame = pd.DataFrame({"x": x, "y": 3 * (x - 1e9) + rng.normal(size=200) + 1e9})
    u, v = ([Fraction(value) for value in frame[name].tolist()] for name in ("x", "y"))
    middle, height = sum(u) / len(u), sum(v) / len(v)
    truth = float(
        sum((a - middle) * (b - height) for a, b in zip(u, v, strict=True))
        / sum((a - middle) ** 2 for a in u)
    )
    fits = (
        _ours("y ~ x", frame)[1],
        smf.ols("y ~ x", frame).fit().params["x"],
        _on_our_columns("y ~ x", frame)[1],
    )
    return _row("`ols`, offset of 1e9: digits of the slope", *(_digits(each, truth) for each in fits))


def _clusters(runs: int = 100) -> list[str]:
    """A/A tests assigned by cluster, as in the slow tests: how often p < 0.05."""
    return [
        _row(
            f"clusters: {groups}: false alarms at 5 %, {runs} experiments",
            *_false_alarms(groups, runs),
            "same",
        )
        for groups in (8, 20)
    ]


def _false_alarms(groups: int, runs: int) -> list[str]:
    rng, hits = np.random.default_rng(groups), [0, 0]
    firm = np.repeat(np.arange(groups), 25)
    for _ in range(runs):
        arm = rng.permutation(np.arange(groups) % 2)[firm]
        y = rng.normal(size=groups)[firm] * 0.3 + rng.normal(size=len(firm))
        frame = pd.DataFrame({"y": y, "arm": arm, "firm": firm})
        hits[0] += explore.ols("y ~ arm", frame, errors="cluster:firm").estimates[1].p < 0.05
        theirs = smf.ols("y ~ arm", frame).fit(cov_type="cluster", cov_kwds={"groups": firm})
        hits[1] += theirs.pvalues["arm"] < 0.05
    return [f"{100 * each / runs:.1f} %" for each in hits]


def _quantiles(runs: int = 40) -> list[str]:
    """How much more than the exact solution's the loss is, and how far apart estimates are."""
    excess, apart, warned = [], [], 0
    for seed in range(runs):
        frame, q = _outcomes(seed)
        ours = quantile("y ~ a + b", frame, q=q)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            theirs = smf.quantreg("y ~ a + b", frame).fit(q=q)
        warned += bool(caught)
        losses = [
            _loss(frame["y"] - params[0] - params[1] * frame["a"] - params[2] * frame["b"], q)
            for params in ([row.estimate for row in ours.estimates], theirs.params.tolist())
        ]
        excess.append(losses[1] / losses[0] - 1)
        apart.append(
            max(
                abs(row.estimate - other) / row.standard_error
                for row, other in zip(ours.estimates, theirs.params, strict=True)
            )
        )
    lowest = "exact" if min(excess) > -1e-12 else f"{min(excess):.0e} above"
    return [
        _row(
            f"`quantile`: largest relative excess of the loss, {runs} tables",
            lowest,
            f"{max(excess):.0e}",
            "same",
        ),
        _row(
            "`quantile`: largest distance from the exact estimate, in standard errors",
            0,
            f"{max(apart):.3f}",
            "same",
        ),
        _row("`quantile`: fits that warn", 0, warned, "same"),
    ]


def _outcomes(seed: int) -> tuple[pd.DataFrame, float]:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([60, 200, 2000]))
    draw: Callable[[], Array] = [
        lambda: rng.normal(size=n),
        lambda: rng.standard_t(2, n),
        lambda: 1e6 * rng.lognormal(0, 2, n),
    ][seed % 3]
    a, b = rng.normal(size=(2, n))
    return pd.DataFrame({"a": a, "b": b, "y": draw() + a}), float(rng.choice([0.1, 0.25, 0.5, 0.9]))


def _loss(residual: Any, q: float) -> float:
    return float(np.sum(residual * (q - (residual < 0))))


def _likelihoods(runs: int = 80) -> list[str]:
    """Long-tailed columns and steep effects: how fits end."""
    found: dict[str, list[Counter[str]]] = {verb: [Counter(), Counter()] for verb in _DISCRETE}
    for seed in range(runs):
        frame = _hard(seed)
        for verb, (_, names) in _DISCRETE.items():
            for name in names:
                found[verb][0][_our_end(verb, name, frame)] += 1
                found[verb][1][_their_end(verb, name, frame)] += 1
    return [
        _row(
            f"`{verb}`, {runs * len(_DISCRETE[verb][1])} hard tables: how fits end",
            *map(_told, ends),
            "(is Interlock)",
        )
        for verb, ends in found.items()
    ]


_DISCRETE: dict[str, tuple[Any, tuple[str, ...]]] = {
    "logit": (smf.logit, ("y",)),
    "poisson": (smf.poisson, ("p",)),
    "negative_binomial": (smf.negativebinomial, ("nb", "p")),
}


def _told(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {end}" for end, count in ends.most_common())


def _hard(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([12, 40, 200, 2000]))
    x = [
        lambda: rng.normal(size=(n, 2)),
        lambda: rng.lognormal(0, 2, size=(n, 2)),
        lambda: rng.standard_cauchy((n, 2)),
        lambda: np.where(rng.random((n, 2)) < 0.01, 1e4, rng.normal(size=(n, 2))),
    ][seed % 4]()
    centred = x - x.mean(axis=0)
    slope = rng.normal(size=2) * rng.choice([1, 5, 20])
    eta = np.minimum(3 * rng.normal() + centred / np.abs(centred).max() @ slope, 15)
    spread = np.exp(eta) * rng.gamma(0.7, 1 / 0.7, n)
    columns = {"a": x[:, 0], "b": x[:, 1], "p": rng.poisson(np.exp(eta)), "nb": rng.poisson(spread)}
    return pd.DataFrame({**columns, "y": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)})


def _our_end(verb: str, name: str, frame: pd.DataFrame) -> str:
    try:
        model = getattr(explore, verb)(f"{name} ~ a + b", frame, errors="classical")
    except InputError as error:
        return "separation named" if "told apart" in str(error) else "nothing to explain"
    return "unsure" if any(each.name == "convergence" for each in model.checks) else "fitted"


def _their_end(verb: str, name: str, frame: pd.DataFrame) -> str:
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            found = _DISCRETE[verb][0](f"{name} ~ a + b", frame).fit(disp=0)
            finite = bool(np.isfinite(found.params).all() and np.isfinite(found.bse).all())
        except (np.linalg.LinAlgError, ValueError) as error:
            return type(error).__name__
    if not finite:
        return "not finite"
    return "fitted" if not caught else "warned"


def _separation() -> str:
    """A column that knows the outcome."""
    rng = np.random.default_rng(2)
    y = (rng.random(200) < 0.5).astype(int)
    frame = pd.DataFrame({"y": y, "leak": rng.normal(size=200) + 100 * y})
    try:
        explore.logit("y ~ leak", frame)
    except InputError as error:
        ours = str(error).split("\n", maxsplit=1)[0].split(":", maxsplit=1)[0]
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        found = smf.logit("y ~ leak", frame).fit(disp=0)
        theirs = f"{found.params['leak']:.2g} ± {found.bse['leak']:.2g}"
    kinds = ", ".join(sorted({each.category.__name__ for each in caught})) or "no warning"
    return _row(
        "`logit`, a column that knows the outcome", f"error: {ours}", f"{theirs}, {kinds}", "(is Interlock)"
    )


def _gaps() -> str:
    """Rows that lack a value."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=80), "y": rng.normal(size=80)})
    frame.loc[[1, 5], "x"] = np.nan
    try:
        explore.ols("y ~ x", frame)
    except InputError as error:
        ours = str(error).split("\n", maxsplit=1)[0]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        used = int(smf.ols("y ~ x", frame).fit().nobs)
    said = f"{len(caught)} warnings" if caught else "without a word"
    return _row(
        "2 of 80 rows lack a value", f"error: {ours}", f"fits {used} rows {said}", "the error is `prepare`'s"
    )
