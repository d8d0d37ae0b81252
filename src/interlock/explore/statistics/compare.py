"""Do groups differ? One verb for two or more, numbers or categories, apart or in pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple, cast, get_args

from interlock.errors import InputError
from interlock.explore.statistics.answer import Answer
from interlock.explore.statistics.compare_categories import crossed, crossed_table
from interlock.explore.statistics.compare_means import analysis_of_variance, paired_t, two_means
from interlock.explore.statistics.compare_proportions import ShareMethod, paired_shares, two_shares
from interlock.explore.statistics.compare_ranks import kruskal_wallis, two_orders, wilcoxon
from interlock.explore.statistics.compared import compared
from interlock.explore.statistics.observations import Floats, Observations, observations
from interlock.explore.statistics.result import Result

__all__ = ["Method", "compare", "with_last"]

Method = Literal[
    "auto",
    "welch",
    "student",
    "mann-whitney",
    "brunner-munzel",
    "welch-anova",
    "anova",
    "kruskal",
    "paired-t",
    "wilcoxon",
    "score",
    "pearson",
    "newcombe",
    "fisher",
    "chi-square",
    "mcnemar",
    "mcnemar-exact",
]


#: Larger tables are not drawn at random unless asked for: minutes, for what is near to chi-square anyway.
_CELLS, _ROWS = 60, 5_000


class _Case(NamedTuple):
    """What the data are like, as far as the choice of a method goes."""

    kind: str
    many: bool
    paired: bool


#: The methods that fit, the first by default, and why that one.
_METHODS: dict[_Case, tuple[tuple[Method, ...], str]] = {
    _Case("number", many=False, paired=False): (
        ("welch", "student", "mann-whitney", "brunner-munzel"),
        "two groups of numbers: Welch's t-test, which needs no equal spread",
    ),
    _Case("number", many=True, paired=False): (
        ("welch-anova", "anova", "kruskal"),
        "several groups of numbers: Welch's ANOVA, which needs no equal spread",
    ),
    _Case("number", many=False, paired=True): (
        ("paired-t", "wilcoxon"),
        "two numbers of the same units: the paired t-test",
    ),
    _Case("boolean", many=False, paired=False): (("score", "pearson", "newcombe", "fisher"), ""),
    _Case("boolean", many=True, paired=False): (
        ("chi-square", "fisher"),
        "several groups of yes and no: the chi-square test",
    ),
    _Case("boolean", many=False, paired=True): (
        ("mcnemar", "mcnemar-exact"),
        "two answers, yes or no, of the same units: McNemar's test",
    ),
    _Case("category", many=False, paired=False): (
        ("chi-square", "fisher"),
        "groups of categories: the chi-square test",
    ),
    _Case("category", many=True, paired=False): (
        ("chi-square", "fisher"),
        "groups of categories: the chi-square test",
    ),
}


def compare(
    *data: Any,
    value: str | None = None,
    by: str | None = None,
    pair: str | None = None,
    paired: bool = False,
    names: Sequence[str] | None = None,
    reference: str | None = None,
    method: Method = "auto",
    confidence: float = 0.95,
) -> Result:
    """Compare two or more groups: how far apart, how sure, and by which test.

    Numbers are compared by their means, yes and no by their shares, categories by how often each occurs. The
    method follows from the type of the data alone, never from a test of normality on the same rows.

    Args:
        data: One table, with `value` and `by`; one mapping of group names to sequences; or two or more
            sequences. Numbers of any type become double precision; None and NaN are left out, counted and
            said.
        value: The measured column of the table.
        by: The column that makes the groups.
        pair: The column that says which rows belong together, such as the person measured twice.
        paired: Whether the sequences are measurements of the same units, place by place.
        names: Of the groups, where sequences are given.
        reference: The group that is subtracted; by default the last of two, in the order given or sorted.
        method: `auto`, or one of the methods for this type of data: see `docs/statistics.md`.
        confidence: Of the intervals, 0.5 to 1.

    Returns:
        The effect with its interval, the p-value (as a logarithm, so it is never 0), each group, every pair
        of several groups, and the assumptions held against the data. Groups that are empty, constant or of
        one row give a result that says so.

    Raises:
        InputError: If there are no two groups, the values are of several types or infinite, or the method
            does not fit the data.

    Example:
        >>> before, after = [5.1, 4.9, 6.2, 5.8, 6.0], [5.9, 6.1, 6.3, 7.0, None]
        >>> found = compare(after, before, names=["after", "before"])
        >>> print(found.effect)
        difference of means 0.725 (95 % interval -0.103 to 1.55; Welch's t-test)
        >>> found.missing, found.p_text
        (1, 'p = 0.077')
    """
    if not 0.5 < confidence < 1:
        raise InputError(
            "a confidence lies between 0.5 and 1", where="confidence", got=confidence, next_step="0.95"
        )
    found = observations(data, value=value, by=by, pair=pair, names=names, paired=paired)
    found = with_last(found, reference)
    pairs = paired or pair is not None
    chosen, reason = _chosen(found, method, paired=pairs)
    groups = found.complete if pairs else found.groups
    answer, reason = _answered(found, groups, chosen, reason, confidence, auto=method == "auto")
    return compared(found, groups, answer, reason, unit=pair or "", paired=pairs)


def _chosen(found: Observations, method: Method, *, paired: bool) -> tuple[Method, str]:
    case = _Case(found.kind, len(found.names) > 2, paired)
    if case not in _METHODS:
        what = "categories" if found.kind == "category" else f"{len(found.names)} groups"
        step = "compare two at a time, or use a mixed model for several measurements of a unit"
        raise InputError(f"there is no paired test of {what}", got=found.kind, next_step=step)
    fitting, reason = _METHODS[case]
    if method == "auto":
        return _by_default(found, fitting, reason)
    if method not in get_args(Method):
        raise InputError("there is no such method", got=method, next_step=f"one of {', '.join(fitting)}")
    if method in fitting:
        return method, "asked for"
    if found.kind == "boolean" and found.levels == ("0", "1"):
        numbers = _METHODS[_Case("number", case.many, paired)][0]
        if method in numbers:
            return method, "asked for, on numbers that are all 0 or 1"
    many = f"{'paired ' if paired else ''}{len(found.names)} groups of {_KINDS[found.kind]}"
    raise InputError(
        f"{method} does not fit {many}", where="method", got=method, next_step=f"one of {', '.join(fitting)}"
    )


_KINDS = {"number": "numbers", "boolean": "yes and no", "category": "categories"}


def _by_default(found: Observations, fitting: Sequence[Method], reason: str) -> tuple[Method, str]:
    if fitting[0] != "chi-square":
        return fitting[0], reason
    table = crossed_table(found.groups, len(found.levels))
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if table.size == 0:
        return "chi-square", reason
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    full = expected.min() >= 1 and (expected < 5).mean() <= 0.2
    if full or table.size > _CELLS or table.sum() > _ROWS:
        return "chi-square", reason
    return "fisher", "groups of categories with small expected counts: an exact test"


def _answered(
    found: Observations,
    groups: Sequence[Floats],
    method: Method,
    reason: str,
    confidence: float,
    *,
    auto: bool,
) -> tuple[Answer, str]:
    if method in _OF_VALUES:
        return _OF_VALUES[method](found.names, groups, confidence), reason
    if found.kind == "boolean" and len(found.names) == 2:
        counts, totals = [int(each.sum()) for each in groups], [len(each) for each in groups]
        chosen = "auto" if auto else cast("ShareMethod", method)
        return two_shares(found.names, counts, totals, chosen, confidence)
    levels = found.levels or ("",)
    table = crossed_table(groups, len(levels))
    return crossed(found.names, levels, table, confidence, exact=method == "fisher"), reason


#: The methods that take the values as they are.
_OF_VALUES: dict[str, Callable[[Sequence[str], Sequence[Floats], float], Answer]] = {
    "welch": two_means,
    "student": partial(two_means, pooled=True),
    "welch-anova": analysis_of_variance,
    "anova": partial(analysis_of_variance, pooled=True),
    "mann-whitney": two_orders,
    "brunner-munzel": partial(two_orders, brunner_munzel=True),
    "kruskal": kruskal_wallis,
    "paired-t": paired_t,
    "wilcoxon": wilcoxon,
    "mcnemar": paired_shares,
    "mcnemar-exact": partial(paired_shares, exact=True),
}


def with_last(found: Observations, reference: str | None) -> Observations:
    """Return the observations with one group moved to the end, where it is subtracted.

    Args:
        found: With a group of that name.
        reference: Its name; None leaves the order as it is.

    Raises:
        InputError: If there is no such group.

    Example:
        >>> with_last(observations([[1, 2], [3]], names=["a", "b"]), "a").names
        ('b', 'a')
    """
    if reference is None:
        return found
    if reference not in found.names:
        raise InputError(
            "there is no such group",
            where="reference",
            got=reference,
            next_step=f"one of {', '.join(found.names)}",
        )
    order = [place for place, name in enumerate(found.names) if name != reference]
    order.append(found.names.index(reference))
    names = tuple(found.names[place] for place in order)
    return replace(found, names=names, rows=tuple(found.rows[place] for place in order))
