from dataclasses import replace

import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates import Limits
from interlock.develop.candidates.boosting import Boosting, Setting
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.edges import at_edge, edges

#: In the middle of every range of LightGBM.
MIDDLE = Setting(
    leaves=31,
    rate=0.05,
    least=15,
    rows=0.75,
    features=0.6,
    l1=0.1,
    l2=0.1,
    smooth=1.0,
    cat_smooth=9,
    cat_l2=9,
)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, ()),
        ({"leaves": 4}, ("leaves",)),
        ({"leaves": 255, "rate": 0.0151}, ("leaves", "rate")),
        ({"rows": 0.501}, ("rows",)),
        ({"rows": 0.999}, ()),  # all rows are all there are
        ({"l1": 0.0}, ()),  # never drawn: the range begins above it
    ],
)
def test_a_parameter_at_an_end_of_its_range_is_named(
    change: dict[str, float], named: tuple[str, ...]
) -> None:
    assert at_edge(Boosting(), replace(MIDDLE, **change), rows()) == named  # type: ignore[arg-type]


def test_what_has_no_setting_has_no_edge() -> None:
    assert at_edge(Baseline(), None, rows()) == ()
    assert edges(Constant((0.3,), "binary"), "baseline", rows()) == ()
    assert edges(Constant((0.3,), "binary"), "their model", rows()) == ()


def test_the_sentence_names_candidate_parameter_and_value() -> None:
    train = rows()
    fitted = Boosting().fit(train, train, contract(), Limits.of(30, seed=0), replace(MIDDLE, leaves=4))
    assert edges(fitted, "lightgbm", train) == ("`leaves` of lightgbm is 4, at the edge of what is searched",)
