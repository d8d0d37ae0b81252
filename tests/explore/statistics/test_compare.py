from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, get_args

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from interlock.errors import InputError
from interlock.explore.statistics.compare import Method, compare

mpl.use("Agg")

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(0, 1, 30), RNG.normal(1, 2, 20), RNG.lognormal(0, 1, 25)
WORDS = (["x", "y", "z"] * 10, ["x", "x", "y", "z"] * 9)

#: What each type of data is compared by, unless asked otherwise.
DEFAULTS: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    ((A, B), {}, "Welch's t-test"),
    ((A, B, C), {}, "Welch's ANOVA"),
    ((A, C[:20]), {}, "Welch's t-test"),
    ((A[:20], B), {"paired": True}, "paired t-test"),
    ((A > 0, B > 0), {}, "score test"),
    ((A[:5] > 9, B > 0), {}, "score test"),
    ((A > 0, B > 0, C > 1), {}, "chi-square test"),
    ((A[:20] > 0, B > 0), {"paired": True}, "McNemar's test"),
    (WORDS, {}, "chi-square test"),
    ((["x", "y"], ["y", "z"]), {}, "chi-square test by random tables"),
]


@pytest.mark.parametrize(("data", "options", "method"), DEFAULTS)
def test_the_type_of_the_data_chooses_the_method_and_says_why(
    data: tuple[Any, ...], options: dict[str, Any], method: str
) -> None:
    found = compare(*data, **options)
    assert found.method == method
    assert ":" in found.reason
    assert found.text.endswith(".")
    assert method in str(found)


FORCED: list[tuple[Method, tuple[Any, ...], dict[str, Any], float]] = [
    ("welch", (A, B), {}, stats.ttest_ind(A, B, equal_var=False).pvalue),
    ("student", (A, B), {}, stats.ttest_ind(A, B).pvalue),
    ("mann-whitney", (A, B), {}, stats.mannwhitneyu(A, B, method="exact").pvalue),
    ("brunner-munzel", (A, B), {}, stats.brunnermunzel(A, B).pvalue),
    ("anova", (A, B, C), {}, stats.f_oneway(A, B, C).pvalue),
    ("kruskal", (A, B, C), {}, stats.kruskal(A, B, C).pvalue),
    ("paired-t", (A[:20], B), {"paired": True}, stats.ttest_rel(A[:20], B).pvalue),
    ("wilcoxon", (A[:20], B), {"paired": True}, stats.wilcoxon(A[:20], B, method="exact").pvalue),
    ("fisher", (A > 0, B > 0), {}, None),  # type: ignore[list-item]
    ("welch", (A > 0, B > 0), {}, None),  # type: ignore[list-item]
    ("mcnemar-exact", (A[:20] > 0, B > 0), {"paired": True}, None),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("method", "data", "options", "p"), FORCED)
def test_a_method_can_be_asked_for(
    method: Method, data: tuple[Any, ...], options: dict[str, Any], p: float | None
) -> None:
    if method == "welch" and p is None:
        with pytest.raises(InputError, match="welch does not fit 2 groups of yes and no"):
            compare(*data, method=method)
        found = compare(*(each.astype(int) for each in data), method=method)
        assert "all 0 or 1" in found.reason
        return
    found = compare(*data, method=method, **options)
    assert found.reason == "asked for"
    if p is not None:
        assert found.p == pytest.approx(p)


def test_a_table_and_its_columns_give_the_same_as_sequences() -> None:
    delay = [1.0, 5.0, None, 2.0, 9.0, 7.0, 3.0]
    carrier = ["AA", "UA", "AA", "AA", "UA", "UA", None]
    sequences = compare([1.0, None, 2.0], [5.0, 9.0, 7.0])
    for table in ({"delay": delay, "by": carrier}, pd.DataFrame({"delay": delay, "by": carrier}),
                  pl.DataFrame({"delay": delay, "by": carrier})):  # fmt: skip
        found = compare(table, value="delay", by="by")
        assert found.effects == sequences.effects
        assert (found.n, found.missing) == (5, 2)
        assert [each.name for each in found.groups] == ["AA", "UA"]
        assert any(each.text == "1 rows have no `by` and belong to no group." for each in found.checks)


# ---- the traps that tools for experiments fall into today


def test_trap_1_nulls_never_inflate_n() -> None:
    rng = np.random.default_rng(1)
    full = rng.normal(0, 1, 200), rng.normal(0.1, 1, 200)
    half = [np.where(np.arange(200) % 2 == 0, each, np.nan) for each in full]
    found = compare(*half)
    assert found.p == pytest.approx(stats.ttest_ind(full[0][::2], full[1][::2], equal_var=False).pvalue)
    assert (found.n, found.missing) == (200, 200)
    assert "200 rows without a value were left out." in found.text
    lopsided = compare(half[0], full[1])
    assert any("not missing alike" in each for each in lopsided.concerns)


def test_trap_1_a_a_tests_with_gaps_keep_their_level() -> None:
    rng = np.random.default_rng(2)
    values = rng.exponential(1, (2, 400, 60))
    values[rng.random(values.shape) < 0.75] = np.nan
    hits = 0
    for a, b in zip(*values, strict=True):
        one, other = a[~np.isnan(a)], b[~np.isnan(b)]
        hits += stats.ttest_ind(one, other, equal_var=False).pvalue < 0.05
    assert hits / 400 < 0.085  # within three standard errors of 5 %
    a, b = values[:, 0]
    theirs = stats.ttest_ind(a, b, equal_var=False, nan_policy="omit").pvalue
    assert compare(a, b).p == pytest.approx(theirs)


def test_trap_2_an_offset_of_1e9_costs_nothing() -> None:
    near = RNG.integers(-999, 999, (3, 80)) / 1024
    here, far = compare(*near[:2]), compare(*(near[:2] + 1e9))
    assert far.effect == here.effect
    assert far.log_p == here.log_p
    assert compare(*(near + 1e9)).statistic[1] == pytest.approx(compare(*near).statistic[1], rel=1e-9)


@pytest.mark.parametrize(
    "cast",
    [
        lambda each: each.astype(np.float32),
        lambda each: [Decimal(int(x)) for x in each],
        lambda each: each.astype(np.int8),
        lambda each: pl.Series(each.astype(np.int8)),
    ],
)
def test_trap_3_every_type_of_number_is_double_precision_inside(cast: Any) -> None:
    a, b = RNG.integers(-120, 127, 50).astype(float), RNG.integers(-120, 127, 50).astype(float)
    assert compare(cast(a), cast(b)).log_p == pytest.approx(compare(a, b).log_p, rel=1e-12)


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        (([], A), "first has no value."),
        (([None, None], A), "first has no value."),
        (([1.5], A), "first has one value, so its spread is not known."),
        (([1.0, 1.0], [1.0, 1.0]), "Every value is 1: there is no difference."),
        (([1.0, 1.0], [2.0, 2.0]), "The values are the same within each group"),
        (([], A, B), "group 1 has no value."),
        (([], ["x", "y"]), "first has no value."),
        (([], [True, False]), "first has no value."),
        (([], []), "first has no value."),
        ((["x", "x"], ["x"]), "Every value is x: there is no difference."),
    ],
)
def test_trap_4_degenerate_groups_give_a_result_with_words(groups: tuple[Any, ...], text: str) -> None:
    found = compare(*groups)
    assert found.text.startswith(text)
    assert "No test is possible." in found.text
    assert math.isnan(found.log_p)
    assert found.p_text == "p is not defined"
    assert len(found.groups) == len(groups)
    assert "<table>" in found._repr_html_()
    assert str(found)


def test_trap_5_a_negative_or_vanishing_control_mean_is_no_exception() -> None:
    negative = compare(A - 9, A - 10)
    relative = next(each for each in negative.effects if each.name == "relative difference")
    assert relative.value > 0
    near = compare(A + 1, A - A.mean())
    assert not [each for each in near.effects if each.name == "relative difference"]
    assert any("cannot be told from 0" in each.text for each in near.checks)


def test_trap_6_absolute_and_relative_have_one_p_value() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = compare(rng.gamma(0.3, 4, 60), rng.gamma(0.3, 2.5, 60))
        relative = [each for each in found.effects if each.name == "relative difference"]
        for each in (found.effect, *relative):
            assert (each.low > 0 or each.high < 0) == (found.log_p <= math.log(0.05))


def test_trap_8_a_unit_that_occurs_twice_is_found() -> None:
    table = {"y": [1.0, 2, 3, 4], "when": list("aabb"), "who": list("ppqp")}
    with pytest.raises(InputError, match="`who` occurs more than once in a group of `when`"):
        compare(table, value="y", by="when", pair="who")


def test_trap_9_the_group_that_is_subtracted_is_named() -> None:
    table = {"y": [*A, *B], "arm": ["control"] * 30 + ["treatment"] * 20}
    by_order, chosen = (compare(table, value="y", by="arm", reference=each) for each in (None, "control"))
    assert by_order.effect.value == pytest.approx(A.mean() - B.mean())
    assert chosen.effect.value == pytest.approx(B.mean() - A.mean())
    assert [each.name for each in chosen.groups] == ["treatment", "control"]
    with pytest.raises(InputError, match="no such group\n  where: reference\n  got: b\n  next: one of c"):
        compare(table, value="y", by="arm", reference="b")


def test_trap_10_no_p_value_is_ever_zero() -> None:
    x = RNG.normal(0, 1, 4000)
    for found in (
        compare(x, x + 3),
        compare(x, x + 3, x + 6),
        compare(x, x + 30, method="mann-whitney"),
        compare(x, x + 30, x + 60, method="kruskal"),
        compare(x, x + 3 + RNG.normal(0, 0.1, 4000), paired=True),
        compare(x > 2, x > -2),
        compare(["x"] * 3000 + ["z"] * 50, ["y"] * 3000 + ["z"] * 50, ["z"] * 50),
    ):
        assert -math.inf < found.log_p < -700, found.method
        assert "p = 0" not in str(found) + found._repr_html_()


HOSTILE: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((A * 1e69, A * 1e69 + B.mean()), {}),
    ((A * 1e-69, A[::-1] * 2e-69), {}),
    ((A * 1e69, A * 3e69, A * 2e69), {}),
    (([1.0, 1.0, 1.0, 1 + 1e-15], [1.0, 1.0, 1.0, 1.0]), {}),
    (([2**63 - 1, 2**63 - 2, 5], [1, 2, 3]), {}),
    ((np.array([2**64 - 1, 3, 4], dtype=np.uint64), [1, 2, 3]), {}),
    (((x for x in range(5)), range(3, 9)), {}),
    (([1, 2], [3, 5]), {"method": "mann-whitney"}),
    (([1.0], [1.0, 2, 3]), {"method": "student"}),
    (({"y": [1, 2, 3, 4], "<script>": ["<b>", "<b>", "c", "c"]},), {"value": "y", "by": "<script>"}),
    (({"y": [1, 2, 3] * 4},), {"value": "y", "by": "y"}),
    (([True, False], [0, 1]), {}),
    (([None] * 5, [None] * 5), {}),
    (([0.0, -0.0, 0.0], [0.0, 1e-60]), {}),
]


@pytest.mark.parametrize(("data", "options"), HOSTILE)
def test_hostile_values_give_a_result_without_a_warning(
    data: tuple[Any, ...], options: dict[str, Any]
) -> None:
    found = compare(*data, **options)
    assert found.text.endswith(".")
    assert "nan" not in str(found).lower()
    assert "<script>" not in found._repr_html_()
    axes = found.plot()
    plt.close(axes.figure)


# ---- algebra

VALUES = st.lists(st.integers(-50, 50), min_size=3, max_size=20).map(lambda each: np.array(each, dtype=float))


@given(VALUES, VALUES, st.sampled_from(["welch", "student", "mann-whitney", "brunner-munzel"]))
def test_swapping_the_groups_flips_the_sign_and_keeps_p(a: Any, b: Any, method: Method) -> None:
    assume(np.ptp(np.concatenate([a, b])) > 1)
    there, back = compare(a, b, method=method), compare(b, a, method=method)
    assert there.log_p == pytest.approx(back.log_p, rel=1e-12, nan_ok=True)
    opposite = {each.name: each for each in back.effects}
    for one in there.effects:
        if one.name == "relative difference":
            continue
        other = opposite[one.name]
        assert one.value - one.null == pytest.approx(other.null - other.value, abs=1e-9, nan_ok=True)


@given(VALUES, VALUES, st.sampled_from([0.001, 3.0, 1e6]), st.sampled_from([0.0, -7.0, 1e6]))
def test_scaling_and_shifting(a: Any, b: Any, scale: float, offset: float) -> None:
    assume(np.ptp(np.concatenate([a, b])) > 1)
    for method in ("welch", "kruskal"):
        data = (a, b) if method == "welch" else (a, b, a + 1)
        here = compare(*data, method=method)
        there = compare(*(each * scale + offset for each in data), method=method)
        assert there.log_p == pytest.approx(here.log_p, rel=1e-6, abs=1e-9, nan_ok=True)
        if method == "welch":
            assert there.effect.value == pytest.approx(here.effect.value * scale, rel=1e-7, abs=1e-7 * scale)


@settings(max_examples=25)
@given(VALUES, VALUES, VALUES, st.integers(0, 10**6))
def test_the_order_of_the_rows_does_not_matter(a: Any, b: Any, c: Any, seed: int) -> None:
    y, g = np.concatenate([a, b, c]), np.repeat(["a", "b", "c"], [len(a), len(b), len(c)])
    order = np.random.default_rng(seed).permutation(len(y))
    here = compare({"y": y, "g": g}, value="y", by="g")
    there = compare({"y": y[order], "g": g[order]}, value="y", by="g")
    assert there.log_p == pytest.approx(here.log_p, rel=1e-12, abs=1e-12, nan_ok=True)
    assert there.effect.value == pytest.approx(here.effect.value, rel=1e-12, abs=1e-12, nan_ok=True)


@given(VALUES)
def test_identical_groups_do_not_differ(a: Any) -> None:
    assume(np.ptp(a) > 0)
    found = compare(a, a)
    assert found.p == pytest.approx(1)
    assert found.effect.value == 0
    assert compare(a, a, a).effect.value == 0


@settings(max_examples=25)
@given(VALUES, VALUES, VALUES)
def test_groups_that_are_merged_are_one_group(a: Any, b: Any, c: Any) -> None:
    assume(np.ptp(np.concatenate([a, b])) > 0)
    names = np.repeat(["old", "old too", "new"], [len(a), len(b), len(c)])
    merged = np.where(names == "old too", "old", names)
    found = compare({"y": np.concatenate([a, b, c]), "g": merged}, value="y", by="g", reference="old")
    assert found.effects == compare(c, np.concatenate([a, b])).effects


# ---- what is wrong with the question


def test_a_method_that_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(InputError, match="kruskal does not fit 2 groups of numbers") as caught:
        compare(A, B, method="kruskal")
    assert caught.value.next_step == "one of welch, student, mann-whitney, brunner-munzel"
    with pytest.raises(InputError, match="there is no such method\n  got: t-test\n  next: one of welch"):
        compare(A, B, method="t-test")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no paired test of 3 groups\n  got: number\n  next: compare two"):
        compare(A, A, A, paired=True)
    with pytest.raises(InputError, match=r"a confidence lies between .* and 1\n  where: confidence"):
        compare(A, B, confidence=95)


def test_large_tables_are_not_drawn_at_random_unless_asked_for() -> None:
    rng = np.random.default_rng(3)
    words = rng.choice([f"w{place}" for place in range(90)], 400), rng.choice(["w0", "w1"], 400)
    found = compare(*words)
    assert found.method == "chi-square test"
    assert any("expect fewer than 5" in each for each in found.concerns)


def test_every_method_is_reachable() -> None:
    from interlock.explore.statistics.compare import _METHODS

    reachable = {method for fitting, _ in _METHODS.values() for method in fitting}
    assert reachable == set(get_args(Method)) - {"auto"}
