from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from interlock.contract.learn import learn
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.outliers import outliers
from interlock.table import open_table
from interlock.table.profiling import profile


def _found(**columns: np.ndarray) -> list[Finding]:
    found = profile(open_table(pa.table(columns)))
    return list(outliers(found, learn(found)))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_share_beyond_the_fences_is_numpys(seed: int) -> None:
    values = np.random.default_rng(seed).standard_cauchy(3000)
    lower, upper = np.quantile(values, [0.25, 0.75])
    span = upper - lower
    beyond = np.mean((values < lower - 3 * span) | (values > upper + 3 * span))
    (found,) = _found(x=values)
    assert found.effect == pytest.approx(beyond, abs=0.001)
    assert found.low < beyond < found.high
    assert found.n == 3000


def test_a_value_on_the_fence_is_inside() -> None:
    values = np.concatenate([np.repeat(np.arange(0.0, 101.0), 5), [250.0]])
    # Quartiles 25 and 75: the upper fence is 225.
    assert _found(x=np.append(values[:-1], 225.0)) == []
    assert len(_found(x=np.append(values, 226.0))) == 1


def test_a_normal_column_a_code_and_a_constant_have_none() -> None:
    rng = np.random.default_rng(3)
    assert _found(x=rng.normal(size=2000), code=rng.choice([1, 2, 1000], 2000), same=np.ones(2000)) == []


def test_the_further_the_more_serious() -> None:
    base = np.random.default_rng(4).normal(size=500)
    near, far = _found(a=np.append(base, 20.0), b=np.append(base, 1e9))
    assert near.severity < far.severity <= 0.3


def test_it_says_where_the_others_lie() -> None:
    ages = np.append(np.random.default_rng(5).integers(18, 80, 2000), [999] * 40 + [-1000])
    others = ages[(ages > -1000) & (ages < 999)]
    (found,) = _found(age=ages)
    assert found.sentence == (
        "`age` has 41 values far from the rest: it reaches from -1000 to 999, "
        f"all others lie in {others.min()} to {others.max()}."
    )
