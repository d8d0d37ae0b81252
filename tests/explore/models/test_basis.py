"""Polynomials and splines are R's (4.2.2): `lm(Y ~ poly(EP, 3), petrol)` and with `bs(EP, df = 5)`."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import ols

NEW = pd.DataFrame({"EP": [250.0, 400.0]})


def test_orthogonal_polynomials_are_rs() -> None:
    model = ols("Y ~ poly(EP, 3)", petrol())
    expected = [19.659375, 42.478036578482, 0.634826804643, -7.193523045323]
    assert [row.estimate for row in model.estimates] == pytest.approx(expected, rel=1e-10)
    assert model.predict(NEW).value == pytest.approx([9.391771659973, 27.935380992486], rel=1e-10)


def test_splines_are_rs() -> None:
    model = ols("Y ~ bs(EP, df=5)", petrol())
    expected = [11.388873544451, -12.916248719347, 9.828665736187, 7.271866207155, 24.160635269587]
    assert [row.estimate for row in model.estimates][:5] == pytest.approx(expected, rel=1e-9)
    assert model.predict(NEW).value == pytest.approx([7.161514204466, 29.005854547764], rel=1e-10)


def test_a_spline_does_not_speak_beyond_its_range() -> None:
    model = ols("Y ~ bs(EP, df=5)", petrol())
    with pytest.raises(InputError, match="outside the range that the spline was learned on") as caught:
        model.predict(pd.DataFrame({"EP": [300.0, 500.0]}))
    assert (caught.value.where, "205 to 444" in caught.value.next_step) == ("row 1", True)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("Y ~ poly(k, 3)", "needs more than 3 distinct values"),
        ("Y ~ bs(EP, df=2)", "df of at least 3"),
        ("Y ~ bs(one, df=4)", "values that differ"),
        ("Y ~ scale(one)", "a constant cannot be scaled"),
    ],
)
def test_what_cannot_be_learned_is_refused(formula: str, message: str) -> None:
    table = petrol().assign(k=[0, 1] * 16, one=1.0)
    with pytest.raises(InputError, match=message):
        ols(formula, table)
