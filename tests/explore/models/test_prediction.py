from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import ols


def test_a_rows_prediction_does_not_hang_on_the_rows_beside_it() -> None:
    model = ols("Y ~ poly(EP, 3) + No", petrol(), errors="classical")
    together = model.predict(petrol()).value
    alone = [model.predict(petrol()[place : place + 1]).value[0] for place in range(32)]
    assert together.tolist() == alone


def test_missing_values_are_an_error_or_nan() -> None:
    model = ols("Y ~ EP", petrol())
    new = pd.DataFrame({"EP": [300.0, None, 400.0]})
    with pytest.raises(InputError, match="1 of 3 rows lack a value that the model needs: `EP` in 1"):
        model.predict(new)
    found = model.predict(new, missing="nan")
    assert np.isnan(found.value).tolist() == [False, True, False]
    assert np.isnan(found.high).tolist() == [False, True, False]
    assert found.value[[0, 2]].tolist() == model.predict(new.dropna()).value.tolist()


def test_an_intercept_alone_predicts_the_mean() -> None:
    found = ols("Y ~ 1", petrol()).predict(petrol()[:3])
    np.testing.assert_allclose(found.value, petrol()["Y"].mean())


def test_arguments_are_checked() -> None:
    model = ols("Y ~ EP", petrol())
    with pytest.raises(InputError, match='missing is "error" or "nan"'):
        model.predict(petrol(), missing="drop")
    with pytest.raises(InputError, match="no interval of this kind"):
        model.predict(petrol(), interval="quantile")
    with pytest.raises(InputError, match="there is no column 'EP'"):
        model.predict(pd.DataFrame({"x": [1.0]}))
