from __future__ import annotations

from interlock.explore.findings.finding import finding
from interlock.explore.findings_section import FIRST, findings_note, findings_section
from interlock.explore.statistics.estimate import Estimate
from interlock.report import Bars, Distribution

SHARE = Estimate(0.5, 0.4, 0.6, 100)
BARS = Bars(title="t", labels=("a",), values=(0.5,), n=100)


def test_the_first_dozen_have_a_chart_and_the_others_a_small_picture_behind_a_fold() -> None:
    found = [finding("missing", (f"c{i}",), f"`c{i}` has gaps", SHARE, "m", 0.5, BARS) for i in range(20)]
    html = findings_section(found)
    assert html.count('<figure class="chart">') == FIRST == 12
    before, _, after = html.partition("8 more, less serious")
    assert before.count("has gaps") == 12
    assert after.count('<svg class="spark"') == 8


def test_without_a_script_all_pictures_are_small() -> None:
    html = findings_section([finding("missing", ("c",), "s", SHARE, "m", 0.5, BARS)], charts=False)
    assert "<figure" not in html
    assert '<svg class="spark"' in html


def test_thousands_of_findings_are_cut_and_that_is_said() -> None:
    found = [finding("missing", (f"c{i}",), f"`c{i}` has gaps", SHARE, "m", 0.5) for i in range(5000)]
    html = findings_section(found)
    assert html.count("has gaps") == 112
    assert "4,888 more stand in exploration.json." in html
    assert findings_note(found).startswith("5,000, the most serious first")


def test_each_says_its_effect_its_interval_n_and_method() -> None:
    html = findings_section([finding("missing", ("c",), "`<b>` has gaps", SHARE, "counted", 0.9)])
    assert "effect 0.5 (0.4 to 0.6) · n = 100 · counted" in html
    assert "<code>&lt;b&gt;</code> has gaps" in html
    assert '<span class="tag bad">missing</span>' in html


def test_a_histogram_of_one_bin_is_not_worth_a_chart() -> None:
    one = Distribution(title="t", left=(0.0,), right=(1.0,), counts=(9,))
    assert "<figure" not in findings_section([finding("constant", ("c",), "s", SHARE, "m", 0.5, one)])


def test_nothing_found_says_so() -> None:
    assert findings_note([]) == "Nothing stood out."
    assert findings_section([]) == ""
