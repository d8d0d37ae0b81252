"""What the card says of decisions and intervals."""

from __future__ import annotations

from interlock.report import Line, Lines
from interlock.report import format as form
from interlock.validate.card_blocks import Block, Fact, Facts, Grid, Picture, source
from interlock.validate.evidence import Evidence, Measurement, ValueCurve, bracketed

__all__ = ["decision_blocks", "interval_blocks", "is_elsewhere", "value_chart"]

_SHOWN_SLICES = 12
_DECISION, _INTERVAL = ("acted_share", "value_per_1000"), ("interval_",)


def is_elsewhere(measurement: Measurement) -> bool:
    """Whether a measurement stands in one of these two parts."""
    return measurement.name.startswith((*_DECISION, *_INTERVAL))


def decision_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return what acting on the model is worth; nothing where nothing is decided."""
    facts = _facts(evidence, _DECISION)
    if not facts:
        return ()
    curve = evidence.value_curve
    if curve is None:
        return (Facts(facts),)
    caption = f"The model acts from {form.number(curve.chosen, 4)} on."
    return Facts(facts), Picture(value_chart(curve), caption, source("value_curve"))


def value_chart(curve: ValueCurve) -> Lines:
    """Return what acting is worth by threshold."""
    unit = f", {curve.unit}" if curve.unit else ""
    constant = {"acting on all": curve.all, "acting on none": curve.none}
    lines = [Line("acting on the model", curve.values, curve.low, curve.high)]
    lines += [Line(name, (value,) * len(curve.values)) for name, value in constant.items()]
    return Lines(
        title="What acting is worth, by the probability from which on",
        n=curve.n,
        note="95 % band",
        x_title="threshold",
        y_title=f"value per 1,000 cases{unit}",
        x=curve.thresholds,
        lines=tuple(lines),
    )


def interval_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return how often intervals hold the truth; nothing where there are none."""
    facts = _facts(evidence, _INTERVAL)
    if not facts:
        return ()
    rows = tuple(
        (
            each.name,
            form.count(each.n),
            bracketed(each.share, each.low, each.high),
            form.number(each.width, 3),
        )
        for each in evidence.covered[:_SHOWN_SLICES]
    )
    caption = (
        "The slices in which the fewest rows lie inside, with 95 % intervals. What is promised holds for "
        "all rows together, so these inform and are no gate."
    )
    header = ("slice", "rows", "share inside", "mean width")
    return Facts(facts), *([Grid(header, rows, "lrrr", caption, source("covered"))] if rows else [])


def _facts(evidence: Evidence, names: tuple[str, ...]) -> tuple[Fact, ...]:
    return tuple(
        Fact(each.label, each.text, source(each.name), f"{each.source}, n={each.n:,}, {each.method}")
        for each in evidence.measurements
        if each.name.startswith(names)
    )
