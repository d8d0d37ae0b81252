"""How many rows a question needs: power, sample size and the smallest effect that can be found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from interlock.errors import InputError
from interlock.explore.statistics.designs import Design, Variance, power_of
from interlock.report.format import count, number, percent
from interlock.report.values import Line, Lines

__all__ = ["Plan", "detectable_effect", "power", "sample_size"]

_SIZE = "give a larger n, or ask `sample_size` how many it takes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A design, its size and its power.

    Args:
        design: What was asked for.
        n: Rows of the first group (or pairs, or rows) as the formula gives them, not rounded.
        sizes: Whole rows of each group, rounded up.
        effect: The effect to find, in the unit of the design.
        power: The chance to find it at `n`.
        text: Two or three plain sentences.
    """

    design: Design
    n: float
    sizes: tuple[int, ...]
    effect: float
    power: float
    text: str

    @property
    def total(self) -> int:
        """Whole rows of all groups."""
        return sum(self.sizes)

    @property
    def clusters(self) -> tuple[int, ...]:
        """Whole clusters of each group, where rows come in clusters."""
        return tuple(math.ceil(size / self.design.cluster_size) for size in self.sizes)

    @property
    def picture(self) -> Lines:
        """The power over the size of the first group."""
        sizes = np.unique(np.geomspace(max(self.n / 8, 3), max(self.n * 3, 9), 60).round())
        values = tuple(power_of(self.design, float(n), self.effect) for n in sizes)
        return Lines(
            title=f"Power to find {_effect_in_words(self.design, self.effect)}",
            x_title="rows of the first group" if self.design.groups > 1 else "rows",
            y_title="power",
            note=f"{self.design.formula}; the line is at {percent(self.power)}",
            x=tuple(sizes.tolist()),
            lines=(Line("power", values),),
            baseline=self.power,
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib axes; None makes new ones."""
        return self.picture.plot(ax)

    def __str__(self) -> str:
        return f"{self.text}\n{self.design.formula}"

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.text)}</p><p><small>{html.escape(self.design.formula)}</small></p>"


Kind = Literal["means", "paired", "proportions", "correlation", "anova"]


def power(
    kind: Kind,
    *,
    n: float,
    effect: float,
    sd: float = 1.0,
    baseline: float | None = None,
    relative: bool = False,
    variance: Variance = "pooled",
    margin: float = 0.0,
    groups: int = 2,
    ratio: float = 1.0,
    sides: Literal[1, 2] = 2,
    alpha: float = 0.05,
    covariate_r: float = 0.0,
    cluster_size: float = 1.0,
    icc: float = 0.0,
) -> Plan:
    """Return the chance to find an effect of a given size.

    Args:
        kind: `means` of two groups, `paired` differences (or one group against a number), `proportions` of
            two groups, a `correlation`, or `anova` of several groups.
        n: Rows of the first group; pairs for `paired`, rows for `correlation`, rows a group for `anova`.
        effect: The true difference of means in their unit, of proportions (see `relative`), the correlation,
            or Cohen's f for `anova`.
        sd: The standard deviation of a row; for `paired` of the differences. With 1, `effect` is Cohen's d.
        baseline: The share of the second group, for `proportions`.
        relative: Whether `effect` is a share of the baseline.
        variance: For `proportions`: which variance the test uses when there is no difference: `pooled` is
            R's power.prop.test and the chi-square test, `unpooled` Wald's, `baseline` twice the baseline's
            (Evan Miller's calculator), `arcsine` Cohen's h.
        margin: What is tested is `effect > margin`; -0.05 asks for non-inferiority by 0.05, with `sides=1`.
        groups: How many, for `anova`.
        ratio: Rows of the second group for one of the first.
        sides: 2, or 1 where only an effect above the margin counts.
        alpha: The level of the test.
        covariate_r: The correlation with a covariate that is adjusted for (CUPED), for `means`.
        cluster_size: Rows a cluster, where whole clusters are assigned.
        icc: The intraclass correlation within them.

    Returns:
        The plan; `Plan.n`, `Plan.sizes`, `Plan.power`.

    Raises:
        InputError: If an argument makes no sense for the design.

    Source:
        J. Cohen, Statistical Power Analysis for the Behavioral Sciences (1988); for each design's formula
        see `designs.power_of`.

    Example:
        >>> round(power("means", n=20, effect=1.0).power, 4)
        0.869
    """
    design = _design(
        kind, sd, baseline, variance, margin, groups, ratio, sides, alpha, covariate_r, cluster_size, icc
    )
    absolute = _absolute(design, effect, relative=relative)
    if not (math.isfinite(n) and n >= 2):
        raise InputError("a group needs at least 2 rows", where="n", got=n, next_step=_SIZE)
    found = power_of(design, n, absolute)
    text = (
        f"With {_sizes_in_words(design, n)}, an effect of {_effect_in_words(design, absolute)} is found in "
        f"{percent(found)} of such studies ({_level(design)})."
    )
    return Plan(design=design, n=n, sizes=_sizes(design, n), effect=absolute, power=found, text=text)


def sample_size(
    kind: Kind,
    *,
    effect: float,
    power: float = 0.8,
    sd: float = 1.0,
    baseline: float | None = None,
    relative: bool = False,
    variance: Variance = "pooled",
    margin: float = 0.0,
    groups: int = 2,
    ratio: float = 1.0,
    sides: Literal[1, 2] = 2,
    alpha: float = 0.05,
    covariate_r: float = 0.0,
    cluster_size: float = 1.0,
    icc: float = 0.0,
) -> Plan:
    """Return how many rows are needed to find an effect.

    Args:
        kind: As for `power`.
        effect: The true effect to find.
        power: The chance to find it that is wanted.
        sd: As for `power`.
        baseline: As for `power`.
        relative: As for `power`.
        variance: As for `power`.
        margin: As for `power`.
        groups: As for `power`.
        ratio: As for `power`.
        sides: As for `power`.
        alpha: As for `power`.
        covariate_r: As for `power`.
        cluster_size: As for `power`.
        icc: As for `power`.

    Returns:
        The plan; `Plan.sizes` is what to collect, in whole rows.

    Raises:
        InputError: If an argument makes no sense for the design, or no number of rows is enough.

    Source:
        See `power`.

    Example:
        >>> plan = sample_size("means", effect=0.5)
        >>> round(plan.n, 5), plan.sizes
        (63.76561, (64, 64))
        >>> print(plan.text)
        64 and 64 rows in two groups (128 in all) find an effect of 0.5 (standard deviation 1, so Cohen's d 0.5) in 80 % of such studies (two-sided, level 5 %). Were the effect half as large, the same rows would find it in 28.9 % of them.
    """  # noqa: E501 - the text is one line
    design = _design(
        kind, sd, baseline, variance, margin, groups, ratio, sides, alpha, covariate_r, cluster_size, icc
    )
    absolute = _absolute(design, effect, relative=relative)
    _check_power(power, alpha)
    n = _least_n(design, absolute, power)
    sizes = _sizes(design, n)
    half = power_of(design, float(sizes[0]), absolute / 2)
    text = (
        f"{_sizes_in_words(design, sizes[0])} find an effect of {_effect_in_words(design, absolute)} in "
        f"{percent(power)} of such studies ({_level(design)})."
    )
    if margin == 0:
        text += f" Were the effect half as large, the same rows would find it in {percent(half)} of them."
    return Plan(design=design, n=n, sizes=sizes, effect=absolute, power=power, text=text)


def detectable_effect(
    kind: Kind,
    *,
    n: float,
    power: float = 0.8,
    sd: float = 1.0,
    baseline: float | None = None,
    variance: Variance = "pooled",
    margin: float = 0.0,
    groups: int = 2,
    ratio: float = 1.0,
    sides: Literal[1, 2] = 2,
    alpha: float = 0.05,
    covariate_r: float = 0.0,
    cluster_size: float = 1.0,
    icc: float = 0.0,
) -> Plan:
    """Return the smallest effect above the margin that so many rows can find.

    Args:
        kind: As for `power`.
        n: As for `power`.
        power: The chance to find it that is wanted.
        sd: As for `power`.
        baseline: As for `power`.
        variance: As for `power`.
        margin: As for `power`.
        groups: As for `power`.
        ratio: As for `power`.
        sides: As for `power`.
        alpha: As for `power`.
        covariate_r: As for `power`.
        cluster_size: As for `power`.
        icc: As for `power`.

    Returns:
        The plan; `Plan.effect`, in the unit of `power`'s `effect`.

    Raises:
        InputError: If an argument makes no sense for the design, or no effect is large enough.

    Source:
        See `power`.

    Example:
        >>> round(detectable_effect("means", n=10_000).effect, 7)
        0.0396223
    """
    design = _design(
        kind, sd, baseline, variance, margin, groups, ratio, sides, alpha, covariate_r, cluster_size, icc
    )
    _check_power(power, alpha)
    if not (math.isfinite(n) and n >= 2):
        raise InputError("a group needs at least 2 rows", where="n", got=n, next_step=_SIZE)
    most = _most_effect(design)
    if power_of(design, n, most) < power:
        step = "take more rows, or a lower power"
        raise InputError("no effect is large enough to be found", where="n", got=number(n), next_step=step)
    effect = _root(lambda e: power_of(design, n, e) - power, margin + 1e-12 * (most - margin), most)
    text = (
        f"With {_sizes_in_words(design, n)}, the smallest effect that is found in {percent(power)} of such "
        f"studies is {_effect_in_words(design, effect)} ({_level(design)})."
    )
    return Plan(design=design, n=n, sizes=_sizes(design, n), effect=effect, power=power, text=text)


def _design(kind: Kind, *args: Any) -> Design:
    if kind not in get_args(Kind):
        raise InputError("there is no such design", got=kind, next_step=f"one of {', '.join(get_args(Kind))}")
    sd, baseline, variance, margin, groups, ratio, sides, alpha, covariate_r, cluster_size, icc = args
    two = kind in {"means", "proportions"}
    many = groups if kind == "anova" else 2 if two else 1
    return Design(
        kind, sd, baseline, variance, margin, many, ratio if two else 1.0, sides, alpha, covariate_r,
        cluster_size, icc,
    ).checked()  # fmt: skip


def _absolute(design: Design, effect: float, *, relative: bool) -> float:
    if relative and design.kind != "proportions":
        step = "use proportions with a baseline, or give the effect in its own unit"
        raise InputError(
            "a relative effect needs a baseline", where="relative", got=design.kind, next_step=step
        )
    absolute = effect * design.baseline if relative and design.baseline is not None else effect
    if design.kind == "proportions" and not 0 < (design.baseline or 0) + absolute < 1:
        got = f"{number(design.baseline or 0)} and {number((design.baseline or 0) + absolute)}"
        step = "give a baseline and an effect that add up to less than 1 and more than 0"
        raise InputError("both shares lie between 0 and 1", where="effect", got=got, next_step=step)
    if design.kind == "correlation" and not -1 < absolute < 1:
        step = "give the correlation to find, such as 0.3"
        raise InputError("a correlation lies between -1 and 1", where="effect", got=absolute, next_step=step)
    return absolute


def _check_power(wanted: float, alpha: float) -> None:
    if not alpha < wanted < 1:
        raise InputError("a power lies between the level and 1", where="power", got=wanted, next_step="0.8")


def _least_n(design: Design, effect: float, wanted: float) -> float:
    most = 1e12
    if power_of(design, most, effect) < wanted:
        step = "an effect at (or, with sides=1, below) the margin cannot be found"
        raise InputError("no number of rows is enough", where="effect", got=number(effect), next_step=step)
    # The smallest size at which the formulas hold may be enough already.
    least = 4.0 if design.kind == "correlation" else 2.0
    if power_of(design, least, effect) >= wanted:
        return least
    logs = _root(
        lambda log_n: power_of(design, math.exp(log_n), effect) - wanted, math.log(least), math.log(most)
    )
    return math.exp(logs)


def _most_effect(design: Design) -> float:
    if design.kind == "proportions":
        return 1 - (design.baseline or 0) - 1e-9
    if design.kind == "correlation":
        return 1 - 1e-9
    return design.margin + 1e6 * (design.sd if design.kind != "anova" else 1.0)


def _sizes(design: Design, n: float) -> tuple[int, ...]:
    # 64.0000001 is the solver's 64.
    first = math.ceil(n - 1e-6)
    if design.kind == "anova":
        return (first,) * design.groups
    return (first, math.ceil(n * design.ratio - 1e-6)) if design.groups == 2 else (first,)


def _sizes_in_words(design: Design, n: float) -> str:
    sizes = _sizes(design, n)
    if design.kind == "paired":
        return f"{count(sizes[0])} pairs"
    if design.kind == "correlation":
        return f"{count(sizes[0])} rows"
    if design.kind == "anova":
        return f"{count(sizes[0])} rows in each of {design.groups} groups ({count(sum(sizes))} in all)"
    of_clusters = ""
    if design.cluster_size > 1:
        each = [math.ceil(size / design.cluster_size) for size in sizes]
        of_clusters = f", {count(each[0])} and {count(each[1])} clusters"
    rows = f"{count(sizes[0])} and {count(sizes[1])} rows in two groups"
    return f"{rows} ({count(sum(sizes))} in all{of_clusters})"


def _effect_in_words(design: Design, effect: float) -> str:
    if design.kind == "proportions":
        base = design.baseline or 0
        told = f"{number(effect, 3)} (from {percent(base)} to {percent(base + effect)})"
    elif design.kind == "correlation":
        told = f"r = {number(effect, 3)}"
    elif design.kind == "anova":
        told = f"Cohen's f {number(effect, 3)}"
    else:
        d = number(effect / design.sd, 3)
        told = f"{number(effect, 3)} (standard deviation {number(design.sd, 3)}, so Cohen's d {d})"
    return told if design.margin == 0 else f"{told} against a margin of {number(design.margin, 3)}"


def _level(design: Design) -> str:
    return f"{'two' if design.sides == 2 else 'one'}-sided, level {percent(design.alpha)}"


def _root(difference: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(difference, low, high, xtol=1e-14, rtol=1e-13))
