from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from interlock.errors import InputError
from interlock.explore.statistics.adjust import Adjustment, adjust

#: Benjamini and Hochberg (1995), section 3.2.
BH1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0,
]  # fmt: skip

_THEIRS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "bh": "fdr_bh",
    "by": "fdr_by",
}


@pytest.mark.parametrize(("method", "many"), [("bonferroni", 3), ("holm", 3), ("bh", 4), ("by", 3)])
def test_the_paper_of_benjamini_and_hochberg(method: Adjustment, many: int) -> None:
    assert sum(adjust(BH1995, method).rejected) == many


def test_single_values_are_rs() -> None:
    # R 4.2.2, p.adjust(p, method)
    assert adjust(BH1995, "bh").p[3] == pytest.approx(0.035625, abs=1e-9)
    assert adjust(BH1995, "holm").p[3] == pytest.approx(0.1140, abs=1e-9)
    assert adjust(BH1995, "hochberg").p[6] == pytest.approx(0.2682, abs=1e-9)


@settings(max_examples=40)
@given(st.lists(st.floats(1e-300, 1), min_size=1, max_size=30), st.sampled_from(get_args(Adjustment)))
def test_it_is_statsmodels(p: list[float], method: Adjustment) -> None:
    theirs = multipletests(p, 0.05, method=_THEIRS[method])[1]
    ours = adjust(p, method)
    assert ours.p == pytest.approx(theirs, rel=1e-9)
    assert ours.p == pytest.approx(adjust(np.log(p).tolist(), method, log=True).p, rel=1e-12)


@given(st.lists(st.floats(-1e6, 0), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_tests_does_not_matter(logs: list[float], chance: object) -> None:
    places = np.random.default_rng(getattr(chance, "randint")(0, 10**6)).permutation(len(logs))  # noqa: B009
    for method in get_args(Adjustment):
        straight = np.array(adjust(logs, method, log=True).log_p)
        shuffled = np.array(adjust([logs[place] for place in places], method, log=True).log_p)
        assert shuffled == pytest.approx(straight[places], rel=1e-12)
        assert (straight >= np.array(logs) - 1e-12).all()


def test_logarithms_far_below_the_smallest_number_stay_apart() -> None:
    found = adjust([-2000.0, -1000.0, -0.5], "holm", log=True)
    assert found.log_p[0] == pytest.approx(-2000 + math.log(3))
    assert "p = 8e-869" in str(found)
    assert found.p[0] == 0.0


def test_a_test_that_was_not_possible_counts_as_none_and_is_said() -> None:
    found = adjust([0.02, math.nan, 0.04], "bonferroni")
    assert found.p[0] == pytest.approx(0.04)
    assert math.isnan(found.log_p[1])
    assert found.rejected == (True, False, False)
    assert found.text.endswith("1 had no p-value.")


def test_no_tests_is_no_error() -> None:
    assert adjust([]).text.startswith("0 of 0 tests hold")


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(InputError, match=r"this is not a p-value\n  got: 1\.5"):
        adjust([0.1, 1.5])
    with pytest.raises(InputError, match=r"this is not a p-value\n  got: 0\.1"):
        adjust([0.1], log=True)
    with pytest.raises(InputError, match=r"no such adjustment\n  got: sidak\n  next: bonferroni, holm"):
        adjust([0.1], "sidak")  # type: ignore[arg-type]
