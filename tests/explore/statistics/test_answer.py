from __future__ import annotations

import math

from interlock.explore.statistics.answer import found_in_words, untested, verdict
from interlock.explore.statistics.result import Effect

EFFECT = Effect("difference", 1.0, 0.5, 1.5, confidence=0.9)


def test_the_verdict_keeps_to_the_level_of_the_interval() -> None:
    assert verdict(math.log(0.08), EFFECT) == "That is more than chance alone would give, at the 10 % level."
    assert verdict(math.log(0.2), EFFECT).startswith("No difference is shown: anything from 0.5 to 1.5")
    assert verdict(math.log(0.2), Effect("d", 1.0, math.nan, math.nan)) == "No difference is shown."


def test_an_effect_is_told_in_one_breath() -> None:
    told = found_in_words(EFFECT, "Welch's t-test", -800.0)
    assert told == "1 (90 % interval 0.5 to 1.5; Welch's t-test, p = 4e-348)"


def test_what_was_not_tested_has_no_p_value_and_a_reason() -> None:
    found = untested("Welch's t-test", "a has no value.", Effect("d", math.nan, math.nan, math.nan), "t")
    assert math.isnan(found.log_p)
    assert found.statistic[0] == "t"
    assert found.checks[0].text == "a has no value."
