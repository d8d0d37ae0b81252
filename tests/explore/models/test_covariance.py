"""Covariances are those of R 4.2.2: sandwich 3.0-2 and clubSandwich 0.5.8, on MASS::petrol (10 clusters).

m <- lm(Y ~ SG + VP + EP + V10, MASS::petrol)
sqrt(diag(vcovHC(m, type = "HC3"))); sqrt(diag(vcovCL(m, ~ No, type = "HC1")))
coef_test(m, vcovCR(m, petrol$No, "CR2"), test = "Satterthwaite")
Wald_test(m, constrain_zero(c("SG", "VP", "V10")), vcovCR(m, petrol$No, "CR2"), test = "HTZ")
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from tests.datasets import rdataset
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import Model, ols
from interlock.explore.models.covariance import errors_of

FORMULA = "Y ~ SG + VP + EP + V10"


def standard_errors(model: Model) -> list[float]:
    return [row.standard_error for row in model.estimates]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (
            "classical",
            [10.1231518169, 0.09993663869988, 0.3697519398475, 0.006445844968822, 0.02922919802085],
        ),
        ("HC0", [6.62447998979, 0.06833468096279, 0.2410499274358, 0.005191755632044, 0.01984944280473]),
        ("HC1", [7.211820349453, 0.07439337781987, 0.2624219221123, 0.005652067630102, 0.02160933624452]),
        ("HC2", [7.525504342559, 0.07478414718859, 0.2711239049044, 0.005661986769014, 0.02237267193442]),
        ("HC3", [8.574406688733, 0.08218870310994, 0.3060895234423, 0.006197141875185, 0.02527845032643]),
        (
            "cluster-CR1:No",
            [5.04787342712, 0.0958829268833, 0.22541474002, 0.005988324158099, 0.0115140692102],
        ),
        ("cluster:No", [6.06131168725, 0.10463108624333, 0.25411544798, 0.00586304733843, 0.01429455015777]),
    ],
)
def test_standard_errors_are_rs(errors: str, expected: list[float]) -> None:
    assert standard_errors(ols(FORMULA, petrol(), errors=errors)) == pytest.approx(expected, rel=1e-9)


def test_satterthwaite_degrees_of_freedom_are_clubsandwichs() -> None:
    rows = ols(FORMULA, petrol(), errors="cluster:No").estimates
    expected = [1.83861227726, 2.72524634390, 2.02645109309, 6.59135387305, 1.86244140105]
    assert [row.df for row in rows] == pytest.approx(expected, rel=1e-9)
    p = [3.85959997385e-01, 1.27265115040e-01, 1.59515523856e-01, 6.24285207766e-08, 1.14383823947e-02]
    assert [row.p for row in rows] == pytest.approx(p, rel=1e-8)


def test_the_test_of_several_coefficients_is_clubsandwichs() -> None:
    # m <- lm(Y ~ VP + poly(EP, 2), petrol)
    # Wald_test(m, constrain_zero("EP", reg_ex = TRUE), vcovCR(m, petrol$No, "CR2"), test = "HTZ")
    test = ols("Y ~ VP + poly(EP, 2)", petrol(), errors="cluster:No").test("poly(EP, 2)")
    assert (test.df, test.method) == (2, "cluster-robust F")
    assert test.statistic == pytest.approx(64.0537032121, rel=1e-9)
    assert test.rest == pytest.approx(5.50187448616, rel=1e-9)
    assert math.exp(test.log_p) == pytest.approx(1.54545105701e-04, rel=1e-9)


@pytest.mark.slow
def test_petersens_data() -> None:
    """T12: Petersen (2009), `sandwich::PetersenCL`."""
    table = rdataset("sandwich", "PetersenCL")
    row = ols("y ~ x", table, errors="classical").estimates[1]
    assert (row.estimate, row.standard_error) == pytest.approx((1.034833439, 0.028583288), abs=1e-8)
    row = ols("y ~ x", table, errors="cluster-CR1:firm").estimates[1]
    assert row.standard_error == pytest.approx(0.050595726, abs=1e-8)
    row = ols("y ~ x", table, errors="cluster:firm").estimates[1]  # clubSandwich: 0.0507, 309 d.f.
    assert row.standard_error == pytest.approx(0.0507, abs=5e-5)
    assert row.df == pytest.approx(309, abs=0.5)


def test_clusters_of_one_row_are_hc2() -> None:
    table = petrol().assign(row=np.arange(32))
    clustered = ols(FORMULA, table, errors="cluster:row")
    assert standard_errors(clustered) == pytest.approx(standard_errors(ols(FORMULA, table, errors="HC2")))


def test_a_cluster_with_a_column_of_its_own_has_an_answer() -> None:
    # Fixed effects of the clusters, so I - H is singular within each: lm(Y ~ 0 + No + EP, petrol).
    row = ols("Y ~ 0 + No + EP", petrol(), errors="cluster:No").estimates[-1]
    assert row.standard_error == pytest.approx(0.00638514979495, rel=1e-9)
    assert row.df == pytest.approx(6.12393341430092, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [8, 10, 20])
def test_few_clusters_keep_their_promise(groups: int) -> None:
    """A/A tests assigned by cluster; the tolerance is 3 standard errors of the simulation."""
    rng, runs = np.random.default_rng(groups), 400
    hits = {"cluster:firm": 0, "cluster-CR1:firm": 0}
    firm = np.repeat(np.arange(groups), 25)
    for _ in range(runs):
        arm = rng.permutation(np.arange(groups) % 2)[firm]
        y = rng.normal(size=groups)[firm] * 0.3 + rng.normal(size=len(firm))
        table = pd.DataFrame({"y": y, "arm": arm, "firm": firm})
        for errors in hits:
            row = ols("y ~ arm", table, errors=errors).estimates[1]
            hits[errors] += row.p < 0.05 if errors == "cluster:firm" else abs(row.statistic) > 1.96
    chance = math.sqrt(0.05 * 0.95 / runs)
    assert abs(hits["cluster:firm"] / runs - 0.05) < 3 * chance
    if groups <= 10:  # what other software does by default: CR1 against the normal distribution
        assert hits["cluster-CR1:firm"] / runs > 0.05 + 3 * chance


@pytest.mark.parametrize("text", ["HC4", "cluster", "cluster:", "robust", "", "cluster-CR3:firm"])
def test_unknown_errors_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="these errors are not known") as caught:
        errors_of(text)
    assert "HC3" in caught.value.next_step


def test_one_cluster_is_none() -> None:
    with pytest.raises(InputError, match="at least two clusters"):
        ols(FORMULA, petrol().assign(all="same"), errors="cluster:all")


def test_a_row_that_determines_a_coefficient_has_no_robust_error() -> None:
    table = petrol().assign(alone=[1.0, *[0.0] * 31])
    with pytest.raises(InputError, match="HC3 errors do not exist") as caught:
        ols("Y ~ EP + alone", table)
    assert "row 0" in caught.value.where
    assert ols("Y ~ EP + alone", table, errors="HC1").estimates[1].standard_error > 0


def test_a_missing_cluster_is_a_missing_row() -> None:
    table = petrol()
    table.loc[3, "No"] = None
    with pytest.raises(InputError, match="`No` in 1"):
        ols("Y ~ EP", table, errors="cluster:No")
