from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.datasets import longley
from tests.datasets import rdataset
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import Model, ols

RNG = np.random.default_rng(3)


def table(n: int = 80) -> pd.DataFrame:
    x, g = RNG.normal(size=n), RNG.choice(list("abc"), n)
    y = 1 + 2 * x + (g == "b") + RNG.normal(size=n) * (1 + np.abs(x))
    return pd.DataFrame({"y": y, "x": x, "g": g, "z": RNG.normal(size=n)})


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


@pytest.mark.parametrize("errors", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_estimates_and_errors_are_statsmodels(errors: str) -> None:
    frame = table()
    theirs = smf.ols("y ~ x * C(g) + z", frame).fit()
    if errors != "classical":
        theirs = theirs.get_robustcov_results(errors, use_t=True)
    rename = {name: re.sub(r"\[T\.(.)\]", r"[\1]", name) for name in theirs.model.exog_names}
    ours = {row.term: row for row in ols("y ~ x * C(g) + z", frame, errors=errors).estimates}
    for place, name in enumerate(theirs.model.exog_names):
        row = ours.get(rename[name]) or ours[":".join(reversed(rename[name].split(":")))]
        assert row.estimate == pytest.approx(float(np.asarray(theirs.params)[place]), rel=1e-9)
        assert row.standard_error == pytest.approx(float(np.asarray(theirs.bse)[place]), rel=1e-9)
        assert row.p == pytest.approx(float(np.asarray(theirs.pvalues)[place]), rel=1e-8)
        low, high = np.asarray(theirs.conf_int())[place]
        assert (row.low, row.high) == pytest.approx((low, high), rel=1e-8)


def test_longleys_data_are_as_nist_certifies() -> None:
    """NIST Statistical Reference Datasets, Longley: six columns that nearly depend on each other."""
    frame = longley.load_pandas().data
    model = ols("TOTEMP ~ GNPDEFL + GNP + UNEMP + ARMED + POP + YEAR", frame, errors="classical")
    certified = [
        (-3482258.63459582, 890420.383607373),
        (15.0618722713733, 84.9149257747669),
        (-0.0358191792925910, 0.0334910077722432),
        (-2.02022980381683, 0.488399681651699),
        (-1.03322686717359, 0.214274163161675),
        (-0.0511041056535807, 0.226073200069370),
        (1829.15146461355, 455.478499142212),
    ]
    for row, expected in zip(model.estimates, certified, strict=True):
        assert (row.estimate, row.standard_error) == pytest.approx(expected, rel=1e-10)
    assert math.sqrt(model.scale) == pytest.approx(304.854073561965, rel=1e-10)
    assert check(model, "collinearity")[0] == "warning"


def test_the_fit_is_statsmodels() -> None:
    frame = table()
    theirs = smf.ols("y ~ x + g", frame).fit()
    model = ols("y ~ x + g", frame, errors="classical")
    found = {each.name: each.value for each in model.figures}
    assert found["R²"] == pytest.approx(theirs.rsquared)
    assert found["adjusted R²"] == pytest.approx(theirs.rsquared_adj)
    assert found["residual standard deviation"] == pytest.approx(math.sqrt(theirs.scale))
    assert model.log_likelihood == pytest.approx(theirs.llf)
    anova = theirs.wald_test_terms(skip_single=True, scalar=True).table
    assert model.test("g").statistic == pytest.approx(float(anova.loc["g", "statistic"]))
    assert math.exp(model.test("g").log_p) == pytest.approx(float(anova.loc["g", "pvalue"]))


def test_predictions_are_rs() -> None:
    # predict(lm(Y ~ SG + VP + EP + V10, petrol), petrol[1:2, ], interval = ...), R 4.2.2
    model = ols("Y ~ SG + VP + EP + V10", petrol(), errors="classical")
    first = petrol()[:2]
    mean, outcome = model.predict(first), model.predict(first, interval="outcome")
    assert mean.value == pytest.approx([12.7768674312, 23.6023739816])
    assert mean.standard_error == pytest.approx([1.19300201034, 1.03211422840])
    assert mean.low == pytest.approx([10.3290295002, 21.4846505112])
    assert mean.high == pytest.approx([15.2247053623, 25.7200974519])
    assert outcome.low == pytest.approx([7.57961954889, 18.55220292401])
    assert outcome.high == pytest.approx([17.9741153136, 28.6525450391])


def test_cooks_distance_and_breusch_pagan_are_rs() -> None:
    # max(cooks.distance(m)) = 0.0964; lmtest::bptest(m): p-value = 0.908855
    model = ols("Y ~ SG + VP + EP + V10", petrol())
    assert "0.096" in check(model, "influence")[1]
    assert check(model, "constant spread") == (
        "fine",
        "no sign of a changing spread (Breusch-Pagan p = 0.91)",
    )


def test_an_offset_has_no_coefficient() -> None:
    frame = table()
    shifted = frame.assign(y=frame["y"] + 3 * frame["z"])
    ours, plain = ols("y ~ x + offset(3 * z)", shifted), ols("y ~ x", frame)
    assert [row.estimate for row in ours.estimates] == pytest.approx(
        [row.estimate for row in plain.estimates]
    )
    assert ours.predict(shifted).value == pytest.approx(
        plain.predict(frame).value + 3 * frame["z"].to_numpy()
    )


@given(st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    frame = petrol()
    order = list(range(32))
    random.shuffle(order)
    for errors in ("HC3", "cluster:No"):
        ours = ols("Y ~ EP * VP", frame, errors=errors).estimates
        theirs = ols("Y ~ EP * VP", frame.iloc[order], errors=errors).estimates
        for a, b in zip(ours, theirs, strict=True):
            assert a[1:] == pytest.approx(b[1:], rel=1e-8)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
@settings(max_examples=25)
def test_units_scale_the_estimates_and_leave_p(shift: float, factor: float) -> None:
    frame = petrol()
    plain = ols("Y ~ EP + VP", frame).estimates[1]
    moved = ols("Y ~ EP + VP", frame.assign(EP=frame["EP"] * factor + shift)).estimates[1]
    assert moved.estimate * factor == pytest.approx(plain.estimate, rel=1e-5)
    assert moved.log_p == pytest.approx(plain.log_p, rel=1e-5)


def test_a_large_offset_costs_no_digits() -> None:
    """Trap 2: values of 1e9 plus noise, in a column and in the response."""
    x = RNG.normal(size=200).round(6)
    y = (3 * x + RNG.normal(size=200)).round(6)
    plain = ols("y ~ x", pa.table({"x": x, "y": y})).estimates[1]
    far = ols("y ~ x", pa.table({"x": x + 1e9, "y": y + 1e9})).estimates[1]
    assert far.estimate == pytest.approx(plain.estimate, rel=1e-6)
    assert far.standard_error == pytest.approx(plain.standard_error, rel=1e-6)


def test_every_column_type_gives_the_same() -> None:
    """Trap 3: small integers, decimals, booleans and categories, in float64 inside."""
    k, flag = RNG.integers(-100, 100, 60), RNG.random(60) < 0.5
    y = RNG.normal(size=60) + k / 50
    wide = ols("y ~ k + flag", pa.table({"y": y, "k": k, "flag": flag}))
    narrow = pa.table({"y": y, "k": pa.array(k, pa.int8()), "flag": pa.array(flag)})
    decimal = pa.table({"y": y, "k": pa.array(k, pa.int64()).cast(pa.decimal128(20, 0)), "flag": flag})
    polars = pl.DataFrame({"y": y, "k": k.astype(np.int16), "flag": flag})
    for other in (narrow, decimal, polars):
        assert [tuple(row) for row in ols("y ~ k + flag", other).estimates] == [
            tuple(row) for row in wide.estimates
        ]


def test_missing_rows_are_an_error_or_said() -> None:
    """Trap 1."""
    frame = table()
    frame.loc[[1, 5], "y"] = None
    frame.loc[5, "x"] = None
    with pytest.raises(
        InputError, match="2 of 80 rows lack a value that the model needs: `y` in 2, `x` in 1"
    ):
        ols("y ~ x", frame)
    model = ols("y ~ x", frame, missing="drop")
    assert (model.used.n, model.used.total, model.used.missing) == (78, 80, {"y": 2, "x": 1})
    assert "78 rows; 2 of 80 left out, which lack a value (`y` in 2, `x` in 1)" in model.text
    assert model.estimates[1].estimate == pytest.approx(ols("y ~ x", frame.dropna()).estimates[1].estimate)


def test_no_p_value_is_0() -> None:
    """Trap 10."""
    x = np.arange(5000.0)
    model = ols("y ~ x", pa.table({"x": x, "y": x + RNG.normal(size=5000)}))
    row = model.estimates[1]
    assert row.p == 0.0
    assert -50_000 < row.log_p < -10_000
    assert re.search(r"p = \d(\.\d)?e-\d{4,}", model.text)


def test_the_text_says_what_was_found() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4.5, 5, 6] * 5, "x": range(30), "g": list("ab") * 15})
    text = ols("y ~ x + g", frame, errors="classical").text
    assert text.startswith("Ordinary least squares: y ~ x + g\n30 rows; errors classical")
    assert "one more `x`: `y` is " in text
    assert "`g` = b rather than a: `y` is " in text
    together = ols("y ~ x * g", frame).text
    assert "`x:g`: these work together; read predictions, not single rows" in together
    assert "one more `x`" not in together


def test_a_condition_and_a_quoted_name_are_read_as_they_stand() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4.5, 5, 6] * 5, "Q 1": range(30), "items": [1, 5, 2, 7, 3] * 6})
    text = ols("y ~ `Q 1` + I(items > 3)", frame).text
    assert "one more `Q 1`: `y` is " in text
    assert "where `items > 3`: `y` is " in text
    assert "``" not in text


def test_the_checks_speak_when_they_should() -> None:
    x = np.linspace(0, 1, 300)
    spread = ols("y ~ x", pa.table({"x": x, "y": RNG.normal(size=300) * (0.1 + x)}), errors="classical")
    assert check(spread, "constant spread")[0] == "warning"
    assert 'pass errors="HC3"' in check(spread, "constant spread")[1]
    y = RNG.normal(size=30)
    lone = ols("y ~ x", pa.table({"x": [*np.zeros(28), 1, 50.0], "y": [*y[:29], 80.0]}), errors="classical")
    assert check(lone, "influence")[0] == "warning"
    assert "row 29" in check(lone, "influence")[1]
    assert (
        check(ols("y ~ x", pa.table({"x": x, "y": np.exp(3 * RNG.normal(size=300))})), "residuals")[0]
        == "warning"
    )
    few = ols("Y ~ poly(EP, 6)", petrol())
    assert check(few, "rows")[0] == "warning"
    twin = table().assign(w=lambda frame: frame["x"] + 1e-3 * RNG.normal(size=80))
    assert check(ols("y ~ x + w", twin), "collinearity")[0] == "warning"
    assert "`x` and `w`" in check(ols("y ~ x + w", twin), "collinearity")[1]
    assert check(ols("Y ~ EP", petrol(), errors="cluster-CR1:No"), "clusters")[0] == "warning"
    assert check(ols("Y ~ SG", petrol(), errors="cluster:No"), "clusters")[1].startswith("10 clusters, worth")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x + w", "column `w` of the model is a combination of others"),
        ("y ~ one", "column `one` of the model is the same in all rows"),
        ("one ~ x", "`one` is the same in all rows"),
        ("y ~ 0", "nothing on its right side"),
        ("y ~ x + y", "`y` follows exactly from the columns of the model"),
        ("I(2 * x + 1) ~ x", "follows exactly from the columns of the model"),
        ("y ~ C(row)", "80 rows cannot determine 80 coefficients"),
    ],
)
def test_what_cannot_be_estimated_is_refused(formula: str, message: str) -> None:
    frame = table().assign(w=lambda frame: 3 - frame["x"], one=1.0, row=range(80))
    with pytest.raises(InputError, match=message):
        ols(formula, frame)


def test_very_small_and_very_large_units_are_units() -> None:
    frame = table()
    plain = ols("y ~ x", frame).estimates[1]
    for unit in (1e-140, 1e140):
        row = ols("y ~ x", frame.assign(x=frame["x"] * unit)).estimates[1]
        assert row.estimate * unit == pytest.approx(plain.estimate, rel=1e-9)
        assert row.log_p == pytest.approx(plain.log_p, rel=1e-9)
    with pytest.raises(InputError, match="column `x` holds 80 values too large to square"):
        ols("y ~ x", frame.assign(x=frame["x"] + 1e160))


def test_arguments_are_checked() -> None:
    with pytest.raises(InputError, match='missing is "error" or "drop"'):
        ols("y ~ x", table(), missing="keep")
    with pytest.raises(InputError, match="confidence is a share"):
        ols("y ~ x", table(), confidence=95)
    with pytest.raises(InputError, match="no row is complete"):
        ols("y ~ x", pa.table({"x": [None, 1.0], "y": [1.0, None]}), missing="drop")
    with pytest.raises(InputError, match="the model has no such term") as caught:
        ols("y ~ x + C(g)", table()).test("g")
    assert "`x`, `C(g)`" in caught.value.next_step


def test_the_picture_is_the_coefficients() -> None:
    model = ols("y ~ x + g", table(), confidence=0.9)
    picture = model.picture
    assert picture.labels == ("x", "g[b]", "g[c]")
    assert picture.values == tuple(row.estimate for row in model.estimates[1:])  # noqa: PD011
    assert (picture.n, picture.baseline, picture.x_title) == (80, 0.0, "coefficient, 90 % interval")
    axes = model.plot()
    assert axes.get_xlabel() == "coefficient, 90 % interval"


def test_a_notebook_shows_names_as_text() -> None:
    frame = table().rename(columns={"x": "<script>alert(1)</script>"})
    shown = ols("y ~ `<script>alert(1)</script>`", frame)._repr_html_()
    assert "<script>alert" not in shown
    assert len(shown) < 60_000


@pytest.mark.slow
def test_lalondes_experiment() -> None:
    """X01 and X02: the effect of a training programme; HC2 is Neyman's error."""
    table = rdataset("causaldata", "nsw_mixtape")
    expected = {"classical": 632.8534, "HC1": 670.8245, "HC2": 670.9965, "HC3": 672.6821}
    for errors, error in expected.items():
        row = ols("re78 ~ treat", table, errors=errors).estimates[1]
        assert (row.estimate, row.standard_error) == pytest.approx((1794.3424, error), abs=1e-3)
    lin = {row.term: row for row in ols("re78 ~ treat * center(re75)", table, errors="HC2").estimates}
    assert lin["treat"].estimate == pytest.approx(1749.05151, abs=1e-3)
    assert lin["treat"].standard_error == pytest.approx(669.52400, abs=1e-3)


@pytest.mark.slow
def test_anorexia() -> None:
    """T11: Venables and Ripley's analysis of covariance with an offset."""
    model = ols("Postwt ~ Prewt + Treat + offset(Prewt)", rdataset("MASS", "anorexia"), errors="classical")
    found = {row.term: (row.estimate, row.standard_error) for row in model.estimates}
    assert found["Treat[Cont]"] == pytest.approx((-4.0970655, 1.8934926), abs=1e-6)
    assert found["Treat[FT]"] == pytest.approx((4.5630627, 2.1333359), abs=1e-6)


@pytest.mark.slow
def test_thorntons_villages() -> None:
    """X05 and X06: learning one's HIV result, by village."""
    table = rdataset("causaldata", "thornton_hiv").to_pandas()
    row = ols("got ~ any", table, errors="HC2", missing="drop").estimates[1]
    assert (row.estimate, row.standard_error) == pytest.approx((0.4505518519, 0.0208652816), abs=1e-8)
    village = table.dropna(subset=["villnum", "got", "any"])
    row = ols("got ~ any", village, errors="cluster-CR1:villnum").estimates[1]
    assert (row.estimate, row.standard_error) == pytest.approx((0.45198227, 0.02268601), abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "formula", "term", "expected"),
    [
        ("kielmc", "rprice ~ y81 * nearinc", "y81:nearinc", (-11863.903, 7456.646)),
        ("injury", "ldurat ~ afchnge * highearn", "afchnge:highearn", (0.1906, 0.06851)),
    ],
)
def test_wooldridges_differences_in_differences(
    name: str, formula: str, term: str, expected: tuple[float, float]
) -> None:
    """X07 and X08: Wooldridge, examples 13.3 and 13.4."""
    frame = rdataset("wooldridge", name).to_pandas()
    frame = frame[frame["ky"] == 1] if name == "injury" else frame
    row = {row.term: row for row in ols(formula, frame, errors="classical").estimates}[term]
    assert (row.estimate, row.standard_error) == pytest.approx(expected, rel=2e-4)
