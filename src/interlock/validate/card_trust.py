"""What the card says of how far the model can be trusted beyond the holdout as it is."""

from __future__ import annotations

from itertools import groupby

from interlock.report import Bars, Intervals, Line, Lines
from interlock.report import format as form
from interlock.validate.bootstrap import Estimate
from interlock.validate.card_blocks import Block, Fact, Facts, Grid, Picture, Words, source
from interlock.validate.evidence import Evidence, bracketed
from interlock.validate.production import Production
from interlock.validate.readable import Readable
from interlock.validate.robustness import Disturbance
from interlock.validate.stability import Stability

__all__ = [
    "gains_chart",
    "privacy_blocks",
    "production_blocks",
    "refits_chart",
    "robustness_blocks",
    "robustness_charts",
    "stability_blocks",
]

_KINDS = {
    "noise": ("Noise on every number", "standard deviations of the noise"),
    "missing": ("Missing cells", "share of the cells that is missing"),
    "shifted": ("Every number shifted", "standard deviations of the shift"),
    "unseen": ("Levels never seen", "share of the categories at a level never seen"),
}


def robustness_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return how the model falls, as a table and a curve for each kind of disturbance."""
    rows = tuple(_row(each) for each in evidence.robustness if each.strength)
    caption = (
        "Skill is the share of the baseline's squared error that is gone; lost is the share of the gain on "
        "the baseline that a disturbance takes. 95 % intervals."
    )
    header = ("disturbance", "strength", "columns", "rows", "skill", "lost")
    charts = robustness_charts(evidence.robustness)
    return (
        Grid(header, rows, "lrrrrr", caption, source("robustness")),
        *(Picture(chart, chart.title + ".", source("robustness")) for chart in charts),
    )


def robustness_charts(found: tuple[Disturbance, ...]) -> tuple[Lines, ...]:
    """Return one curve for each kind of disturbance: skill by strength."""
    return tuple(_curve(kind, tuple(steps)) for kind, steps in groupby(found, key=lambda each: each.kind))


def _curve(kind: str, steps: tuple[Disturbance, ...]) -> Lines:
    title, axis = _KINDS[kind]
    line = Line(
        "skill",
        tuple(each.skill.value for each in steps),
        tuple(each.skill.low for each in steps),
        tuple(each.skill.high for each in steps),
    )
    return Lines(
        title=f"{title}: what is left of the skill",
        n=steps[0].n,
        note="95 % band; the dashed line is the baseline",
        x_title=axis,
        y_title="share of the baseline's squared error that is gone",
        x=tuple(each.strength for each in steps),
        lines=(line,),
        baseline=0.0,
    )


def _row(each: Disturbance) -> tuple[str, ...]:
    cells = each.kind in ("missing", "unseen")
    strength = form.percent(each.strength) if cells else f"{each.strength:g} sd"
    gone = "–" if each.lost is None else bracketed(each.lost.value, each.lost.low, each.lost.high)
    return (
        _KINDS[each.kind][0],
        strength,
        form.count(each.columns),
        form.count(each.n),
        bracketed(each.skill.value, each.skill.low, each.skill.high),
        gone,
    )


def production_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return what the release in production answers on the same rows."""
    found = evidence.production
    if found is None:
        return (Words("There was no signed release to compare with."),)
    rows = tuple(
        (
            each.label,
            form.number(each.ours),
            form.number(each.theirs),
            bracketed(each.gain.value, each.gain.low, each.gain.high),
        )
        for each in found.metrics
    )
    refused = f"; its contract refuses {form.count(found.refused)} rows" if found.refused else ""
    caption = (
        f"This model and {found.release} on the same {form.count(found.n)} rows{refused}; the gain is "
        "positive where this model is better, with its paired 95 % interval."
    )
    return (
        Grid(("metric", "this model", "in production", "gain"), rows, "lrrr", caption, source("production")),
        Picture(gains_chart(found), "The paired gains.", source("production")),
    )


def gains_chart(found: Production) -> Intervals:
    """Return the paired gains on the release in production."""
    return Intervals(
        title=f"Gain on {found.release}",
        n=found.n,
        note="paired 95 % intervals; the dashed line is no difference",
        x_title="better by, in the metric's unit",
        labels=tuple(each.label for each in found.metrics),
        values=tuple(each.gain.value for each in found.metrics),
        low=tuple(each.gain.low for each in found.metrics),
        high=tuple(each.gain.high for each in found.metrics),
        baseline=0.0,
    )


def stability_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return what learning again changes."""
    found = evidence.stability
    if found is None:
        return (Words("The model was not learned again."),)
    facts = [
        _fact("predictions move by", found.apart, "stability", "mean over the refits, interval over rows"),
        *([_fact("labels that change", found.flips, "stability", "likewise")] if found.flips else []),
        *([Fact("not all refits", found.stopped, source("stability"))] if found.stopped else []),
    ]
    return (
        Facts(tuple(facts)),
        Picture(
            refits_chart(found),
            "The first metric after learning again.",
            source("stability"),
        ),
    )


def refits_chart(found: Stability) -> Bars:
    """Return the first metric of each refit beside the model's own."""
    return Bars(
        title="Learned again by other seeds and without a fifth of the rows",
        n=found.n,
        note="the line is the model itself",
        x_title=f"{found.metric} on the holdout",
        labels=tuple(f"{place + 1}: {each.how}" for place, each in enumerate(found.refits)),
        values=tuple(each.value for each in found.refits),
        baseline=found.value,
    )


def privacy_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return what was found of training rows, and what was not looked for."""
    attack, found = evidence.membership, evidence.readable
    blocks: list[Block] = []
    if attack is not None:
        how = f"{attack.members:,} training rows, {attack.others:,} of the holdout; a threshold on the loss"
        blocks.append(
            Facts(
                (
                    _fact("membership, advantage", attack.advantage, "membership", how),
                    _fact("membership, AUC", attack.auc, "membership", how),
                )
            )
        )
    if found is not None:
        blocks += _read(found)
    blocks.append(
        Words(
            "Not covered: attacks that train models of their own, attacks by many questions to the service, "
            "rows rebuilt from several releases, and texts that name persons without looking like an address "
            "or a number."
        )
    )
    return tuple(blocks)


def _read(found: Readable) -> list[Block]:
    where = source("readable")
    facts = (
        Fact("golden rows that equal a training row", f"{found.exact} of {found.golden}", where),
        Fact("golden rows that nearly do", f"{found.near} of {found.golden}", where),
        Fact("training rows in the model's bytes", f"{found.found} of {found.searched}", where),
    )
    rows = tuple(
        (
            each.column,
            each.where,
            form.count(each.values),
            form.count(each.rare),
            ", ".join(each.personal) or "–",
        )
        for each in found.listed
        if each.rare or each.personal
    )
    if not rows:
        return [Facts(facts)]
    caption = (
        f"Listed values that fewer than {found.fewest} training rows have, or that look like a person's; of "
        f"{len(found.listed)} lists of values in the release these have some."
    )
    header = ("column", "in", "values", "rare", "look like")
    return [Facts(facts), Grid(header, rows, "llrrl", caption, where)]


def _fact(label: str, estimate: Estimate, where: str, how: str) -> Fact:
    return Fact(label, bracketed(estimate.value, estimate.low, estimate.high), source(where), how)
