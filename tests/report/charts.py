"""One value of each kind, for the tests of every way to draw them."""

from __future__ import annotations

import math

from interlock.report.values import (
    Bars,
    Calibration,
    Chart,
    Compare,
    Distribution,
    Intervals,
    Line,
    Lines,
    Matrix,
    Ranking,
    Scatter,
)

__all__ = ["CHARTS", "TIMES"]

TIMES = (1357016400.0, 1357102800.0)
CHARTS: dict[str, Chart] = {
    "bars": Bars(
        title="Late",
        labels=("EWR", "JFK"),
        values=(0.27, 0.22),
        low=(0.2, 0.2),
        high=(0.3, 0.3),
        baseline=0.2,
        n=9,
    ),
    "distribution": Distribution(
        title="Delay", left=(0.0, 1.0), right=(1.0, 2.0), counts=(3, 4), n=8, outside=1
    ),
    "times": Distribution(
        title="When", left=TIMES, right=(*TIMES[1:], 1357189200.0), counts=(3, 4), time=True
    ),
    "compare": Compare(
        title="Then and now",
        left=(0.0, 1.0),
        right=(1.0, 2.0),
        first=(0.5, 0.5),
        second=(0.2, 0.8),
        names=("then", "now"),
    ),
    "compare levels": Compare(
        title="Then", labels=("a", "b"), first=(0.5, 0.5), second=(0.2, 0.8), names=("then", "now")
    ),
    "lines": Lines(
        title="AUC",
        x=TIMES,
        lines=(Line("estimate", (0.7, 0.6), (0.6, 0.5), (0.8, 0.7)), Line("truth", (0.7, math.nan))),
        time=True,
        baseline=0.5,
    ),
    "calibration": Calibration(
        title="Calibration",
        predicted=(0.1, 0.9),
        observed=(0.2, 0.8),
        low=(0.1, 0.7),
        high=(0.3, 0.9),
        counts=(5, 6),
    ),
    "intervals": Intervals(
        title="Slices",
        labels=("a", "b"),
        values=(1.0, 2.0),
        low=(0.5, 1.5),
        high=(1.5, 2.5),
        counts=(3, 4),
        baseline=1.0,
    ),
    "ranking": Ranking(title="Models", labels=("tree", "dummy"), values=(0.7, 0.5), chosen="tree"),
    "matrix": Matrix(
        title="Pairs",
        rows=("a", "b"),
        columns=("c", "d"),
        values=((0.5, -1.0), (math.nan, 0.25)),
        measure="correlation",
        n=40,
    ),
    "scatter": Scatter(
        title="Residuals", x=(1.0, 2.0, 3.0), y=(0.1, -0.2, 0.1), groups=("p", "q", "p"), baseline=0.0, n=3
    ),
}
