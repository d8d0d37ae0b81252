from __future__ import annotations

import math
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.statistics.log_tail import (
    log_chi2_tail,
    log_f_tail,
    log_normal_tail,
    log_t_tail,
    p_text,
    two_sided,
)


def _t(t: float, df: float) -> Any:
    a = mpmath.mpf(df)
    half = mpmath.betainc(a / 2, 0.5, 0, a / (a + mpmath.mpf(t) ** 2), regularized=True) / 2
    return mpmath.log(half if t >= 0 else 1 - half)


def _f(f: float, df1: float, df2: float) -> Any:
    a, b = mpmath.mpf(df1), mpmath.mpf(df2)
    return mpmath.log(mpmath.betainc(b / 2, a / 2, 0, b / (b + a * f), regularized=True))


def _chi2(x: float, df: float) -> Any:
    return mpmath.log(mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, regularized=True))


@pytest.mark.parametrize("z", [-3.0, 0.0, 1.96, 10.6, 40.0, 1e4])
def test_a_normal_tail_is_mpmaths(z: float) -> None:
    with mpmath.workdps(60):
        theirs = mpmath.log(mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2)
        assert log_normal_tail(z) == pytest.approx(float(theirs), rel=1e-13)


@pytest.mark.parametrize("df", [0.7, 1.0, 2.5, 17.776474, 1e3, 1e5])
@pytest.mark.parametrize("t", [-5.0, -0.001, 0.0, 1e-9, 2.0, 40.0, 200.0, 1e12])
def test_students_tail_is_mpmaths(t: float, df: float) -> None:
    with mpmath.workdps(60):
        assert log_t_tail(t, df) == pytest.approx(float(_t(t, df)), rel=1e-11)


@pytest.mark.parametrize(("df1", "df2"), [(1, 1), (3, 7.7), (2, 1000), (50, 50), (400, 30), (9, 1e4)])
@pytest.mark.parametrize("f", [0.3, 1.0, 3.0, 40.0, 500.0])
def test_fishers_tail_is_mpmaths(f: float, df1: float, df2: float) -> None:
    with mpmath.workdps(60):
        assert log_f_tail(f, df1, df2) == pytest.approx(float(_f(f, df1, df2)), rel=1e-11)


@pytest.mark.parametrize("df", [1.0, 3.0, 50.0, 1000.0, 1e5])
@pytest.mark.parametrize("x", [1.0, 10.0, 1600.0, 1e4, 1e6])
def test_the_tail_of_chi_square_is_mpmaths(x: float, df: float) -> None:
    with mpmath.workdps(400):
        theirs = float(_chi2(x, df))
    assert log_chi2_tail(x, df) == pytest.approx(theirs, rel=1e-11, abs=1e-300)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.5, 1e5))
def test_a_tail_falls_and_is_never_zero(a: float, b: float, df: float) -> None:
    low, high = sorted([a, b])
    for at_low, at_high in (
        (log_t_tail(low, df), log_t_tail(high, df)),
        (log_f_tail(low, 3, df), log_f_tail(high, 3, df)),
        (log_chi2_tail(low, df), log_chi2_tail(high, df)),
    ):
        assert at_low <= 0
        assert -math.inf < at_high <= at_low + 1e-9 * abs(at_low)


def test_infinite_degrees_of_freedom_are_the_normal_and_chi_square() -> None:
    assert log_t_tail(40, math.inf) == log_normal_tail(40)
    assert log_f_tail(2.5, 4, math.inf) == log_chi2_tail(10, 4)


@given(st.floats(-1e9, 0))
def test_no_p_value_is_written_as_zero(log_p: float) -> None:
    text = p_text(log_p)
    if log_p > math.log(0.9999):
        assert text in ("p = 1", "p > 0.9999")
        return
    assert text.startswith("p = ")
    # Read back digit by digit: as a float it might be 0 again.
    lead, _, exponent = text.removeprefix("p = ").partition("e")
    assert float(lead) > 0
    back = math.log(float(lead)) + int(exponent or 0) * math.log(10)
    assert back == pytest.approx(log_p, abs=0.41)


@pytest.mark.parametrize(
    ("log_p", "text"),
    [
        (math.log(0.049996), "p = 0.049996"),
        (math.log(0.05), "p = 0.05"),
        (math.log(0.99996), "p > 0.9999"),
        (0.0, "p = 1"),
        (math.log(0.07939414), "p = 0.079"),
        (math.log(9.7e-6), "p = 1e-5"),
        (two_sided(log_normal_tail(40)), "p = 7e-350"),
        (math.nan, "p is not defined"),
        (-math.inf, "p is below every positive number"),
    ],
)
def test_a_p_value_is_written_for_people(log_p: float, text: str) -> None:
    assert p_text(log_p) == text
