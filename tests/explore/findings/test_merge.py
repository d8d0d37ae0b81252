from __future__ import annotations

from interlock.explore.findings.finding import Finding, Kind, finding
from interlock.explore.findings.merge import merged
from interlock.explore.statistics.estimate import wilson
from interlock.report import Intervals


def _some(kind: Kind, number: int, method: str = "fences") -> list[Finding]:
    return [
        finding(kind, (f"c{i}",), f"`c{i}`.", wilson(10 + i, 100), method, 0.1 + 0.01 * i)
        for i in range(number)
    ]


def test_three_of_a_sort_stay_and_four_become_one() -> None:
    assert merged(_some("outliers", 3)) == _some("outliers", 3)
    (whole,) = merged(_some("outliers", 4))
    assert whole.columns == ("c3", "c2", "c1", "c0")
    assert whole.sentence == (
        "4 columns have values far from the rest, most of all `c3` (13 %), `c2` (12 %) and `c1` (11 %)."
    )
    last = _some("outliers", 4)[-1]
    assert (whole.effect, whole.low, whole.high, whole.severity) == (
        last.effect,
        last.low,
        last.high,
        last.severity,
    )
    assert isinstance(whole.picture, Intervals)
    assert whole.picture.labels == whole.columns


def test_sorts_are_kept_apart() -> None:
    mixed = _some("placeholder", 4, "words") + _some("placeholder", 3, "codes")
    assert len(merged(mixed)) == 4


def test_what_each_calls_for_a_decision_of_its_own_stays() -> None:
    assert len(merged(_some("leakage", 9) + _some("association", 9) + _some("imbalance", 4))) == 22


def test_every_kind_that_is_merged_has_a_sentence_with_its_columns() -> None:
    kinds: list[Kind] = [
        "constant",
        "identifier",
        "infinite",
        "missing",
        "mixed types",
        "outliers",
        "placeholder",
    ]
    for kind in kinds:
        (whole,) = merged(_some(kind, 30))
        assert whole.sentence.startswith("30 ")
        # How many gaps stand beside a single value is no strength of it.
        assert ("`c29` (39 %)" in whole.sentence) == (kind != "constant")
        assert "`c29`" in whole.sentence
        assert len(whole.columns) == 30
        assert whole.sentence.endswith((".", "?"))
