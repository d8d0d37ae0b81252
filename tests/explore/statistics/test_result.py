from __future__ import annotations

import math

import pytest

from interlock.explore.statistics.result import Check, Effect, Group, Pair, Result, span
from interlock.report.values import Intervals

EFFECT = Effect("difference of means", -1.58, -3.37, 0.205, "Welch")
RESULT = Result(
    question="Does `<b>` differ?",
    method="Welch's t-test",
    reason="because",
    text="It does.",
    statistic=("t", -1.86),
    df=(17.78,),
    log_p=-804.0,
    effects=(EFFECT,),
    groups=(Group("<i>", 10, 2, 0.75, 1.8, 0.35),),
    pairs=(Pair("a", "b", EFFECT, math.log(0.04)),),
    checks=(Check("rows", concern=True, text="Few rows."), Check("ties", concern=False, text="No ties.")),
    n=10,
    missing=2,
    picture=Intervals(title="t", labels=("a",), values=(1.0,), low=(0.0,), high=(2.0,)),
)


def test_text_holds_the_numbers_in_order() -> None:
    assert str(RESULT).splitlines() == [
        "Does `<b>` differ?",
        "",
        "It does.",
        "",
        "Welch's t-test: t(17.78) = -1.86, p = 7e-350; n = 10",
        "  because",
        "effects:",
        "  difference of means -1.58 (95 % interval -3.37 to 0.205; Welch)",
        "groups:",
        "  <i>: n = 10, 2 missing, mean 0.75, sd 1.8, median 0.35",
        "pairs:",
        "  a − b: difference of means -1.58 (95 % interval -3.37 to 0.205; Welch), adjusted p = 0.04",
        "checks:",
        "  ! Few rows.",
        "  No ties.",
    ]


def test_a_notebook_shows_the_same_and_names_are_only_text() -> None:
    shown = RESULT._repr_html_()
    assert "<td>&lt;i&gt;</td>" in shown
    assert "Does `&lt;b&gt;` differ?" in shown
    assert "p = 7e-350" in shown
    assert "<li><strong>Few rows.</strong></li><li>No ties.</li>" in shown
    assert "<td>95 %, Welch</td>" in shown


def test_a_result_is_frozen_and_short_to_ask() -> None:
    assert RESULT.effect is EFFECT
    assert RESULT.p == 0.0
    assert RESULT.p_text == "p = 7e-350"
    assert RESULT.concerns == ("Few rows.",)
    with pytest.raises(AttributeError):
        RESULT.n = 3  # type: ignore[misc]


def test_an_interval_that_is_not_there_is_said() -> None:
    assert span(Effect("d", 1.0, math.nan, math.nan)) == "no interval"
    assert span(Effect("d", 1.0, -math.inf, 2.0, confidence=0.9)) == "90 % interval -∞ to 2"
