from __future__ import annotations

import msgspec
from matplotlib import pyplot as plt

from interlock.explore.findings.finding import finding, from_plain, ranked, to_plain
from interlock.explore.statistics.estimate import Estimate
from interlock.report import Bars

SHARE = Estimate(0.5, 0.4, 0.6, 100)


def test_the_most_serious_comes_first_and_equal_ones_keep_a_fixed_order() -> None:
    found = [
        finding("missing", ("b",), "", SHARE, "", 0.2),
        finding("missing", ("a",), "", SHARE, "", 0.2),
        finding("leakage", ("c",), "", SHARE, "", 0.9),
    ]
    assert [each.columns for each in ranked(found)] == [("c",), ("a",), ("b",)]
    assert ranked(found) == ranked(found[::-1])


def test_severity_stays_on_its_scale() -> None:
    assert finding("missing", (), "", SHARE, "", 7.0).severity == 1.0
    assert finding("missing", (), "", SHARE, "", -1.0).severity == 0.0


def test_the_estimate_is_carried_whole() -> None:
    found = finding("missing", (), "", SHARE, "counted", 0.1)
    assert (found.effect, found.low, found.high, found.n, found.method) == (0.5, 0.4, 0.6, 100, "counted")


def test_it_comes_back_from_json_with_its_picture() -> None:
    picture = Bars(title="t", labels=("a",), values=(0.5,), n=100)
    for found in (
        finding("missing", ("a",), "half", SHARE, "counted", 0.1, picture),
        finding("missing", ("a",), "half", SHARE, "counted", 0.1),
    ):
        assert from_plain(msgspec.json.decode(msgspec.json.encode(to_plain(found)))) == found


def test_it_is_plotted_by_its_picture_or_else_by_its_effect() -> None:
    picture = Bars(title="t", labels=("a",), values=(0.5,), n=100)
    with_picture = finding("missing", ("a",), "`a` is half missing", SHARE, "counted", 0.1, picture)
    assert with_picture.plot().get_title(loc="left") == "t"
    ax = finding("missing", ("a",), "`a` is half missing", SHARE, "counted", 0.1).plot()
    assert ax.get_title(loc="left") == "a is half missing"
    assert ax.collections[0].get_segments()[0][:, 0].tolist() == [0.4, 0.6]
    assert any("n = 100" in text.get_text() for text in ax.texts)
    plt.close("all")
