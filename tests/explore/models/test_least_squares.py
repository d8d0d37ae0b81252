from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.least_squares import check_rank, collinearity, standardise, triangle

RNG = np.random.default_rng(1)


def test_blocks_solve_as_one_matrix_does() -> None:
    matrix = np.column_stack([np.ones(150_000), RNG.normal(size=(150_000, 3))])
    response = RNG.normal(size=150_000)
    found = triangle(matrix, response)
    expected, rss, *_ = np.linalg.lstsq(matrix, response)
    np.testing.assert_allclose(found.solve(), expected, rtol=1e-10, atol=1e-14)
    assert found.rss == pytest.approx(float(rss[0]), rel=1e-12)
    np.testing.assert_allclose(found.inverse() @ found.r, np.eye(4), atol=1e-12)


def test_nearly_dependent_columns_keep_their_digits() -> None:
    """A Vandermonde matrix of condition 1e7, whose cross product would keep two digits of sixteen."""
    x = np.linspace(0, 1, 60)
    matrix = np.column_stack([x**power for power in range(10)])
    truth = np.arange(1.0, 11.0)
    np.testing.assert_allclose(triangle(matrix, matrix @ truth).solve(), truth, rtol=1e-7)


def test_weights_weigh() -> None:
    matrix, response = RNG.normal(size=(50, 2)), RNG.normal(size=50)
    root = RNG.uniform(0.5, 2, 50)
    expected = np.linalg.lstsq(matrix * root[:, None], response * root)[0]
    np.testing.assert_allclose(triangle(matrix, response, root).solve(), expected, rtol=1e-12)


def test_standardised_coefficients_come_back() -> None:
    matrix = np.asfortranarray(np.column_stack([np.ones(40), RNG.normal(5, 3, (40, 2))]))
    response, plain = RNG.normal(size=40), matrix.copy()
    scaling = standardise(matrix, intercept=True)
    np.testing.assert_allclose(matrix[:, 1:].mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(matrix[:, 1:].std(axis=0), 1, rtol=1e-12)
    found = scaling.back() @ triangle(matrix, response).solve()
    np.testing.assert_allclose(found, np.linalg.lstsq(plain, response)[0], rtol=1e-10)


def _standardised(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.asfortranarray(np.column_stack([np.ones(30), *columns]))
    standardise(matrix, intercept=True)
    return triangle(matrix, np.zeros(30)).r


def test_a_dependent_column_is_named_with_what_it_follows_from() -> None:
    a, b, c = RNG.normal(size=(3, 30))
    with pytest.raises(InputError, match="column `d` of the model is a combination of others") as caught:
        check_rank(_standardised(a, b, c, 2 * a - c + 7), ["Intercept", "a", "b", "c", "d"])
    assert caught.value.got == "it follows from `a`, `c`"


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_a_constant_column_is_named(value: float) -> None:
    with pytest.raises(InputError, match="column `b` of the model is the same in all rows"):
        check_rank(_standardised(RNG.normal(size=30), np.full(30, value)), ["Intercept", "a", "b"])


def test_a_large_offset_is_no_dependence() -> None:
    r = _standardised(1e9 + RNG.normal(size=30))
    check_rank(r, ["Intercept", "a"])
    assert abs(r[1, 1]) == pytest.approx(np.sqrt(30), rel=1e-6)  # all of the column is its own


def test_collinearity_names_the_columns() -> None:
    a, b, noise = RNG.normal(size=(3, 30))
    names = ["Intercept", "a", "b", "c"]
    condition, near = collinearity(_standardised(a, b, a + 1e-3 * noise), names, intercept=True)
    assert condition > 500
    assert near == ("a", "c")
    x = np.column_stack([a - a.mean(), b - b.mean()])
    expected = np.linalg.cond(x / np.linalg.norm(x, axis=0))
    assert collinearity(_standardised(a, b), names[:3], intercept=True)[0] == pytest.approx(expected)
