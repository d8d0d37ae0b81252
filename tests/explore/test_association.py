from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from matplotlib import pyplot as plt
from scipy import stats
from sklearn.metrics import roc_auc_score
from tests.explore.tables import measured, noise, penguins, sklearn_table

from interlock.explore.association import in_groups
from interlock.report import Intervals


def test_two_classes_and_numbers_give_sklearns_auc() -> None:
    table, x, y = sklearn_table("breast_cancer")
    _, _, found = measured(table, target="target")
    for place, name in enumerate(table.column_names[:-1]):
        each = found[name, "value"]
        if each.measure == "AUC":
            assert each.value == pytest.approx(roc_auc_score(y, x[:, place]))
            assert each.strength == pytest.approx(abs(2 * each.value - 1))
    assert sum(each.measure == "AUC" for each in found.values()) >= 25


def test_three_classes_and_numbers_give_scipys_kruskal() -> None:
    table, x, y = sklearn_table("wine")
    _, _, found = measured(table, target="target")
    for place, name in enumerate(table.column_names[:-1]):
        each = found[name, "value"]
        assert each.measure == "eta"
        assert each.p == pytest.approx(stats.kruskal(*(x[y == c, place] for c in range(3))).pvalue, rel=1e-6)


def test_two_numbers_give_scipys_spearman() -> None:
    table, x, y = sklearn_table("diabetes")
    _, _, found = measured(table, target="target")
    for place, name in enumerate(table.column_names[:-1]):
        each = found[name, "value"]
        if each.measure == "Spearman's rho":
            assert each.value == pytest.approx(stats.spearmanr(x[:, place], y).statistic)
    strongest = max(found.values(), key=lambda each: each.strength)
    assert strongest.column in ("bmi", "s5")
    assert strongest.discovered


def test_categories_and_classes_give_scipys_chi_square() -> None:
    table = penguins()
    _, _, found = measured(table, target="species")
    cross = table.to_pandas().groupby(["island", "species"]).size().unstack(fill_value=0)
    each = found["island", "value"]
    assert each.measure == "Cramér's V"
    assert each.p == pytest.approx(stats.chi2_contingency(cross, correction=False).pvalue, rel=1e-6)


def test_a_category_and_a_number_give_scipys_kruskal_over_the_rows_that_have_both() -> None:
    table = penguins().to_pandas()
    _, _, found = measured(table, target="body_mass_g")
    both = table.dropna(subset=["body_mass_g", "sex"])
    groups = [part["body_mass_g"] for _, part in both.groupby("sex")]
    each = found["sex", "value"]
    assert each.n == len(both)
    assert each.p == pytest.approx(stats.kruskal(*groups).pvalue, rel=1e-6)


def test_no_p_value_is_zero() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=20_000)
    columns = {"near": y + 0.1 * rng.normal(size=len(y)), "band": np.where(y > 0, "up", "down"), "y": y}
    _, _, found = measured(pa.table(columns), target="y")
    near, band = found["near", "value"], found["band", "value"]
    n, rho = near.n, near.value
    # Far out, a tail of Student's t is the density times (t + v / t) / v; two sides, two measures tried.
    v, t = n - 2, rho * np.sqrt((n - 2) / (1 - rho**2))
    log_density = stats.t.logpdf(t, v)
    assert near.log_p == pytest.approx(np.log(4) + log_density + np.log((t + v / t) / v), rel=1e-4)
    assert near.p == 0 > near.log_p > -np.inf
    h = stats.kruskal(y[y > 0], y[y <= 0]).statistic
    assert band.log_p == pytest.approx(np.log(2) + stats.norm.logsf(np.sqrt(h)), rel=1e-9)


def test_a_relation_that_turns_round_is_seen_by_groups() -> None:
    x = np.random.default_rng(0).normal(size=2000)
    _, _, binary = measured(pa.table({"x": x, "y": np.abs(x) > 1}), target="y")
    _, _, number = measured(pa.table({"x": x, "y": x**2}), target="y")
    assert binary["x", "value"].measure == "Cramér's V"
    assert number["x", "value"].measure == "eta"
    assert binary["x", "value"].strength > 0.8
    assert number["x", "value"].strength > 0.8


def test_gaps_that_go_with_the_target_are_a_relation_of_their_own() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(1000) < 0.5
    x = pa.array(rng.normal(size=1000), mask=y & (rng.random(1000) < 0.6))
    _, _, found = measured(pa.table({"x": x, "y": y}), target="y")
    assert found["x", "missing"].discovered
    assert not found["x", "value"].discovered
    cross = np.array([[(y & x.is_null().to_numpy(False)).sum(), y.sum()], [0, (~y).sum()]])
    assert found["x", "missing"].n == cross[:, 1].sum()


def test_rows_without_a_target_are_left_out() -> None:
    y = pa.array([True, False] * 100 + [None] * 300)
    x = np.concatenate([np.tile([1.0, 0.0], 100), np.full(300, 9.0)]) + np.linspace(0, 0.1, 500)
    _, _, found = measured(pa.table({"x": x, "y": y}), target="y")
    assert found["x", "value"].n == 200
    assert found["x", "value"].value == 1.0


def test_too_few_rows_or_too_rare_a_class_is_not_tested() -> None:
    x = np.linspace(0, 1, 30)
    assert measured(pa.table({"x": x[:19], "y": x[:19] > 0.3}), target="y")[2] == {}
    assert measured(pa.table({"x": x, "y": x > 0.9}), target="y")[2] == {}


def test_the_target_ids_and_ignored_columns_are_not_tested() -> None:
    table, _, _ = sklearn_table("wine")
    _, _, found = measured(table, target="target", ids=["alcohol"], ignore=["hue"])
    assert {name for name, _ in found} == set(table.column_names) - {"target", "alcohol", "hue"}


def test_groups_keep_the_order_and_are_of_like_size() -> None:
    numbers = np.random.default_rng(2).lognormal(size=5000)
    groups = in_groups(numbers)
    assert np.bincount(groups).tolist() == [500] * 10
    assert all(numbers[groups == g].max() < numbers[groups == g + 1].min() for g in range(9))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_on_pure_noise_nothing_is_discovered(task: str) -> None:
    for seed in range(3):
        found = measured(noise(3000, seed, task), target="target")[2]
        assert len(found) >= 18
        assert not any(each.discovered for each in found.values())


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_at_most_5_percent_of_explorations_of_noise_discover_anything(task: str) -> None:
    runs = [
        measured(noise(n, 100 + seed, task), target="target")[2] for seed in range(20) for n in (150, 4000)
    ]
    hits = sum(any(each.discovered for each in found.values()) for found in runs)
    assert hits <= 2


@pytest.mark.slow
def test_the_p_values_of_noise_are_uniform() -> None:
    values = [
        each.p
        for seed in range(40)
        for each in measured(noise(1000, 500 + seed), target="target")[2].values()
        if each.about == "value" and each.column.startswith(("level", "rare", "flag"))
    ]
    assert stats.kstest(values, "uniform").pvalue > 1e-3


def test_its_picture_shows_the_estimate_beside_no_relation() -> None:
    table, _, _ = sklearn_table("breast_cancer")
    _, _, found = measured(table, target="target")
    each = next(each for each in found.values() if each.measure == "AUC")
    picture = each.picture
    assert isinstance(picture, Intervals)
    assert (picture.values, picture.low, picture.high) == ((each.value,), (each.low,), (each.high,))
    assert picture.baseline == {"AUC": 0.5, "Spearman's rho": 0.0}.get(each.measure)
    assert picture.n == each.n
    assert each.plot().get_xlabel() == each.measure
    plt.close("all")
