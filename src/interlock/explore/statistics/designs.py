"""The power of one test at one size, for each kind of design: closed forms and noncentral distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self, get_args

from scipy.special import fdtri, ndtr, ndtri, stdtrit

from interlock.errors import InputError
from interlock.explore.statistics.score import restricted_share

__all__ = ["Design", "Variance", "power_of"]

Variance = Literal["pooled", "unpooled", "baseline", "arcsine"]


@dataclass(frozen=True, slots=True)
class Design:
    """What is measured and tested.

    Args:
        kind: `means`, `paired`, `proportions`, `correlation` or `anova`.
        sd: The standard deviation of a row, or of the differences.
        baseline: The share of the second group; None for other kinds.
        variance: Of a difference of proportions where there is none.
        margin: What the effect is tested against.
        groups: How many.
        ratio: Rows of the second group for one of the first.
        sides: Of the test.
        alpha: Its level.
        covariate_r: The correlation with a covariate that is adjusted for.
        cluster_size: Rows a cluster.
        icc: The intraclass correlation.
    """

    kind: str
    sd: float = 1.0
    baseline: float | None = None
    variance: Variance = "pooled"
    margin: float = 0.0
    groups: int = 2
    ratio: float = 1.0
    sides: Literal[1, 2] = 2
    alpha: float = 0.05
    covariate_r: float = 0.0
    cluster_size: float = 1.0
    icc: float = 0.0

    @property
    def design_effect(self) -> float:
        """By how much clusters multiply the variance (Donner and Klar)."""
        return 1 + (self.cluster_size - 1) * self.icc

    @property
    def formula(self) -> str:
        """How the power is computed, in words."""
        told = _FORMULAS[self.kind]
        if self.kind == "proportions":
            told = _VARIANCES["margin" if self.margin else self.variance]
        if self.covariate_r:
            told += f"; variance times 1 - r² = {1 - self.covariate_r**2:.4g} for the covariate"
        if self.cluster_size > 1:
            told += f"; variance times the design effect {self.design_effect:.4g} for the clusters"
        return told

    def checked(self) -> Self:
        """Return this.

        Raises:
            InputError: If a field makes no sense.
        """
        wrong = [(name, getattr(self, name), said) for name, fine, said in self._rules() if not fine]
        if wrong:
            name, got, said = wrong[0]
            raise InputError(
                said, where=name, got=got, next_step="`help(interlock.explore.power)` describes it"
            )
        return self

    def _rules(self) -> list[tuple[str, bool, str]]:
        share = self.baseline is not None and 0 < self.baseline < 1
        return [
            ("sd", self.sd > 0, "a standard deviation is above 0"),
            ("baseline", share or self.kind != "proportions", "a baseline share lies between 0 and 1"),
            ("variance", self.variance in get_args(Variance), "there is no such variance"),
            (
                "groups",
                self.kind != "anova" or self.groups >= 2,
                "an analysis of variance has 2 groups or more",
            ),
            ("ratio", 0 < self.ratio < math.inf, "a ratio of sizes is above 0"),
            ("sides", self.sides in (1, 2), "a test has 1 side or 2"),
            ("alpha", 0 < self.alpha < 1, "a level lies between 0 and 1"),
            ("covariate_r", -1 < self.covariate_r < 1, "a correlation lies between -1 and 1"),
            ("cluster_size", self.cluster_size >= 1, "a cluster has at least one row"),
            ("icc", 0 <= self.icc <= 1, "an intraclass correlation lies between 0 and 1"),
            (
                "margin",
                self.margin == 0 or self.kind in ("means", "paired", "proportions"),
                "this design has no margin",
            ),
            (
                "covariate_r",
                self.covariate_r == 0 or self.kind == "means",
                "only a difference of means is adjusted for a covariate",
            ),
            (
                "cluster_size",
                self.cluster_size == 1 or self.kind in ("means", "proportions"),
                "only two groups come in clusters",
            ),
        ]


def power_of(design: Design, n: float, effect: float) -> float:
    """Return the chance to find an effect.

    Args:
        design: What is tested.
        n: Rows of the first group, not necessarily whole.
        effect: The true effect.

    Source:
        J. Cohen (1988); noncentral t and F for means and analysis of variance; C. P. Farrington,
        G. Manning (1990) for proportions against a margin; P. Champely's pwr, after Cohen, for correlations;
        A. Donner, N. Klar (2000) for clusters; A. Deng et al. (2013) for a covariate.

    Example:
        >>> round(power_of(Design("means"), 64, 0.5), 4)
        0.8015
    """
    if design.kind == "proportions":
        return _of_proportions(design, n, effect)
    if design.kind == "correlation":
        return _of_correlation(design, n, effect)
    if design.kind == "anova":
        return _of_anova(design, n, effect)
    return _of_means(design, n, effect)


_FORMULAS = {
    "means": "two-sample t-test, noncentral t",
    "paired": "paired t-test, noncentral t",
    "correlation": "test of a correlation, Fisher's z with its bias",
    "anova": "one-way ANOVA, noncentral F",
    "proportions": "",
}
_VARIANCES = {
    "pooled": "normal test of two proportions, pooled variance where there is no difference",
    "unpooled": "normal test of two proportions, unpooled variance",
    "baseline": "normal test of two proportions, twice the baseline's variance where there is no difference",
    "arcsine": "two proportions on the arcsine scale, Cohen's h",
    "margin": "score test of two proportions against the margin (Farrington-Manning)",
}


def _of_means(design: Design, n: float, effect: float) -> float:
    paired = design.kind == "paired"
    n2 = n * design.ratio
    sd = design.sd * math.sqrt((1 - design.covariate_r**2) * design.design_effect)
    error = sd / math.sqrt(n) if paired else sd * math.sqrt(1 / n + 1 / n2)
    df = n - 1 if paired else n + n2 - 2
    return _of_t((effect - design.margin) / error, df, design)


def _of_t(ncp: float, df: float, design: Design) -> float:
    from scipy.stats import nct

    limit = float(stdtrit(df, 1 - design.alpha / design.sides))
    if df > 1e7 or abs(ncp) > 1e3:  # where the noncentral t is normal to more digits than it is computed
        return _of_z(ncp, limit, limit, design)
    above = float(nct.sf(limit, df, ncp))
    below = float(nct.cdf(-limit, df, ncp)) if design.sides == 2 else 0.0
    return (0.0 if math.isnan(above) else above) + (0.0 if math.isnan(below) else below)


def _of_z(ncp: float, upper: float, lower: float, design: Design) -> float:
    above = float(ndtr(ncp - upper))
    return above + float(ndtr(-ncp - lower)) if design.sides == 2 else above


def _of_proportions(design: Design, n: float, effect: float) -> float:
    p2 = design.baseline or 0.0
    p1, n = p2 + effect, n / design.design_effect
    n2 = n * design.ratio
    z = float(ndtri(1 - design.alpha / design.sides))
    if design.variance == "arcsine" and design.margin == 0:
        h = 2 * math.asin(math.sqrt(p1)) - 2 * math.asin(math.sqrt(p2))
        return _of_z(h / math.sqrt(1 / n + 1 / n2), z, z, design)
    spread = math.sqrt(p1 * (1 - p1) / n + p2 * (1 - p2) / n2)
    ratio = z * _null_spread(design, p1, p2, n, n2) / spread
    return _of_z((effect - design.margin) / spread, ratio, ratio, design)


def _null_spread(design: Design, p1: float, p2: float, n: float, n2: float) -> float:
    """Return the standard error that the test uses."""
    if design.margin:
        at2 = restricted_share(p1 * n, n, p2 * n2, n2, design.margin)
        at1 = at2 + design.margin
        return math.sqrt(at1 * (1 - at1) / n + at2 * (1 - at2) / n2)
    if design.variance == "unpooled":
        return math.sqrt(p1 * (1 - p1) / n + p2 * (1 - p2) / n2)
    common = p2 if design.variance == "baseline" else (p1 * n + p2 * n2) / (n + n2)
    return math.sqrt(common * (1 - common) * (1 / n + 1 / n2))


def _of_correlation(design: Design, n: float, effect: float) -> float:
    t = float(stdtrit(n - 2, 1 - design.alpha / design.sides))
    limit = math.atanh(math.sqrt(t * t / (t * t + n - 2)))
    true = math.atanh(effect) + effect / (2 * (n - 1))
    scale = math.sqrt(n - 3)
    return _of_z(true * scale, limit * scale, limit * scale, design)


def _of_anova(design: Design, n: float, effect: float) -> float:
    from scipy.stats import ncf

    df1, df2 = design.groups - 1, design.groups * (n - 1)
    limit = float(fdtri(df1, df2, 1 - design.alpha))
    nc = max(design.groups * n * effect * effect, 1e-12)
    if nc > 1e4:  # beyond any power that is asked for
        return 1.0
    return float(ncf.sf(limit, df1, df2, nc))
