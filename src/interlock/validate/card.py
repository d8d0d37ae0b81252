"""The model card as a value: what it says, part by part, each number beside the place it is from.

Its parts follow Mitchell et al. (2019), Model Cards for Model Reporting, and Hugging Face's annotated card.
"""

from __future__ import annotations

from collections.abc import Sequence

from interlock.contract import Column, Contract
from interlock.contract.description import description
from interlock.profile import Profile
from interlock.report import format as form
from interlock.validate.card_blocks import (
    Block,
    Fact,
    Facts,
    Grid,
    Missing,
    Part,
    Picture,
    Words,
    source,
)
from interlock.validate.card_charts import calibration_chart, leaderboard_chart, scores_chart, slices_chart
from interlock.validate.card_decision import decision_blocks, interval_blocks, is_elsewhere
from interlock.validate.card_fairness import fairness_blocks
from interlock.validate.card_trust import (
    privacy_blocks,
    production_blocks,
    robustness_blocks,
    stability_blocks,
)
from interlock.validate.evidence import Evidence, Gate, Measurement, bracketed
from interlock.validate.slices import SLICE_METRICS, Slice

__all__ = [
    "Block",
    "Fact",
    "Facts",
    "Grid",
    "Missing",
    "Part",
    "Picture",
    "Words",
    "card",
    "lead",
    "source",
    "title",
]

_SHOWN_SLICES = 12
_SHOWN_VERDICTS = 10


def title(evidence: Evidence) -> str:
    """Return the card's heading."""
    return f"Model card: {evidence.target}"


def lead(evidence: Evidence) -> str:
    """Return the sentence under the heading."""
    failed = [gate.name for gate in evidence.gates if not gate.passed]
    if not failed:
        return "Every gate is passed; each number says where it is from."
    return f"Not fit for release: {', '.join(failed)}. Each number says where it is from."


def card(evidence: Evidence, contract: Contract, scores: Profile) -> tuple[Part, ...]:
    """Return the card's content.

    Args:
        evidence: What validation found.
        contract: What the model takes.
        scores: The profile of the holdout's predictions.
    """
    return (
        Part("Gates", (_gates(evidence.gates),)),
        Part("Model details", _details(evidence)),
        Part("Intended use", (Missing("what it is for, who uses it, and what it must not be used for"),)),
        Part("Evaluation data", (_rows(evidence), *_verdicts(evidence))),
        Part("Metrics", _metrics(evidence, scores)),
        Part("Calibration", _calibration(evidence)),
        *([Part("Decisions", decision)] if (decision := decision_blocks(evidence)) else []),
        *([Part("Intervals", intervals)] if (intervals := interval_blocks(evidence)) else []),
        Part("Factors: the worst slices", _slices(evidence)),
        *([Part("Against production", production_blocks(evidence))] if evidence.production else []),
        *([Part("Fairness", fairness_blocks(evidence))] if evidence.fairness else []),
        *([Part("Robustness", robustness_blocks(evidence))] if evidence.robustness else []),
        *([Part("Stability", stability_blocks(evidence))] if evidence.stability else []),
        *([Part("Privacy", privacy_blocks(evidence))] if evidence.membership or evidence.readable else []),
        Part("Training: the candidates", _leaderboard(evidence)),
        Part("What a row looks like", (_columns(contract), *_cleaning(contract), *_declared(evidence))),
        Part("The service", _service(evidence)),
        Part("Ethical considerations", (Missing("risks, whom a wrong prediction harms, human oversight"),)),
        Part(
            "Caveats and recommendations",
            (Missing("known limits, and what to watch"), _independence(evidence)),
        ),
    )


def _gates(gates: Sequence[Gate]) -> Grid:
    rows = tuple((gate.name, "passed" if gate.passed else "FAILED", gate.sentence) for gate in gates)
    return Grid(
        ("gate", "verdict", "why"),
        rows,
        "lll",
        "What a release has to satisfy, as it was asked.",
        source("gates"),
    )


def _details(evidence: Evidence) -> tuple[Block, ...]:
    chosen = [entry.name for entry in evidence.leaderboard if entry.chosen]
    digests = evidence.digests.items()
    facts = [
        Fact("predicts", evidence.target, "contract.toml"),
        Fact("task", evidence.task, "contract.toml"),
        *([Fact("classes", ", ".join(evidence.classes), "contract.toml")] if evidence.classes else []),
        *[Fact("model", name, source("leaderboard")) for name in chosen],
        *[Fact(f"digest of the {name}", _short(text), source("digests")) for name, text in digests],
        Fact("measured at", evidence.measured_at, source("measured_at")),
        Fact("measured with", _versions(evidence), source("versions")),
        Fact("seed", str(evidence.seed), source("seed")),
    ]
    return Facts(tuple(facts)), Missing("owners, contact, licence, references")


def _short(digest: str) -> str:
    return f"{digest[:19]}…"


def _versions(evidence: Evidence) -> str:
    return ", ".join(f"{name} {version}" for name, version in evidence.versions.items())


def _rows(evidence: Evidence) -> Facts:
    rows = evidence.rows
    counts = (
        ("rows in the holdout", rows.total),
        ("refused by the contract", rows.rejected),
        ("without a known target", rows.unlabelled),
        ("rows that the metrics rest on", rows.used),
    )
    facts = [Fact(label, form.count(count), source("rows")) for label, count in counts]
    if rows.first is not None and rows.last is not None:
        span = f"{form.moment(rows.first)} to {form.moment(rows.last)} UTC"
        facts.insert(1, Fact("time", span, source("rows")))
    return Facts(tuple(facts))


def _verdicts(evidence: Evidence) -> tuple[Block, ...]:
    if not evidence.verdicts:
        return (Words("The contract found nothing wrong with any row."),)
    shown = evidence.verdicts[:_SHOWN_VERDICTS]
    rows = tuple((each.column, each.code, each.action, form.count(each.rows)) for each in shown)
    caption = "What the contract found in these rows."
    return (Grid(("column", "what was wrong", "done", "rows"), rows, "lllr", caption, source("verdicts")),)


def _metrics(evidence: Evidence, scores: Profile) -> tuple[Block, ...]:
    shown = [each for each in evidence.measurements if each.source == "holdout" and not _elsewhere(each)]
    facts = tuple(_fact(each) for each in shown)
    pictures = (
        (
            Picture(
                scores_chart(evidence, scores),
                "Predictions by what came true, as shares of each.",
                "scores.bin",
            ),
        )
        if evidence.task == "binary"
        else ()
    )
    return Facts(facts), *pictures, Missing("why these metrics are the right ones for the purpose")


def _elsewhere(measurement: Measurement) -> bool:
    return (
        measurement.name.startswith("calibration")
        or is_elsewhere(measurement)
        or measurement.name == "rejected_share"
    )


def _fact(measurement: Measurement) -> Fact:
    n = f"n={measurement.n:,}" if measurement.n > 1 else ""
    how = ", ".join(part for part in (measurement.source, n, measurement.method) if part)
    return Fact(measurement.label, measurement.text, source(measurement.name), how)


def _calibration(evidence: Evidence) -> tuple[Block, ...]:
    named = [each for each in evidence.measurements if each.name.startswith("calibration")]
    caption = "Where points lie on the diagonal, what was predicted happened as often as predicted."
    return (
        Picture(calibration_chart(evidence), caption, source("calibration")),
        Facts(tuple(_fact(each) for each in named)),
    )


def _slices(evidence: Evidence) -> tuple[Block, ...]:
    if not evidence.slices:
        return (Words("No slice has enough rows to judge."),)
    looked_at = sorted({column for each in evidence.slices for column in each.columns})
    worse = sum(each.worse and each.adjusted < 0.05 for each in evidence.slices)
    facts = (
        Fact("looked at", f"{len(evidence.slices)} slices over {', '.join(looked_at)}", source("slices")),
        Fact("of which", _kinds(evidence.slices), source("slices")),
        Fact(
            "worse than the rest",
            f"{worse} of them, at a false discovery rate of 5 % (Benjamini and Hochberg)",
            source("slices"),
        ),
    )
    caption = f"The {min(_SHOWN_SLICES, len(evidence.slices))} worst, worst first; 95 % intervals."
    return (
        Facts(facts),
        Picture(slices_chart(evidence), "Each slice against the rest of the holdout.", source("slices")),
        _slice_grid(evidence, caption),
    )


def _kinds(slices: Sequence[Slice]) -> str:
    pairs = sum(bool(each.conditions) for each in slices)
    declared = sum(not each.columns for each in slices)
    alone = len(slices) - pairs - declared
    return (
        f"{alone} of one column, {pairs} pairs (searched for on one half of the rows, measured on the "
        f"other), {declared} declared"
    )


def _slice_grid(evidence: Evidence, caption: str) -> Grid:
    slices = evidence.slices[:_SHOWN_SLICES]
    label = SLICE_METRICS[evidence.task][1]
    has_bias = evidence.task != "multiclass"
    header = (
        "slice",
        "rows",
        label,
        "against the rest",
        "adjusted p",
        *(["bias"] if has_bias else []),
        "skill",
        "elsewhere",
    )
    rows = tuple(_slice_row(each) for each in slices)
    return Grid(header, rows, "lr" + "r" * (len(header) - 2), caption, source("slices"))


def _slice_row(each: Slice) -> tuple[str, ...]:
    bias = (bracketed(each.bias.value, each.bias.low, each.bias.high),) if each.bias else ()
    return (
        each.name,
        form.count(each.n),
        bracketed(each.metric.value, each.metric.low, each.metric.high),
        bracketed(each.gap.value, each.gap.low, each.gap.high),
        "< 0.0001" if each.adjusted < 1e-4 else form.number(each.adjusted, 2),
        *bias,
        form.number(each.skill.value, 3),
        "–" if each.elsewhere is None else form.number(each.elsewhere.value, 3),
    )


def _leaderboard(evidence: Evidence) -> tuple[Block, ...]:
    if not evidence.leaderboard:
        return (Missing("how the candidates compared"),)
    rows = tuple(
        (
            f"{entry.name} (chosen)" if entry.chosen else entry.name,
            form.number(entry.value)
            if entry.low is None or entry.high is None
            else bracketed(entry.value, entry.low, entry.high),
            "–" if entry.seconds is None else form.number(entry.seconds, 2),
        )
        for entry in evidence.leaderboard
    )
    metric = evidence.leaderboard[0].metric
    caption = "The candidates as development compared them, before the holdout was opened."
    return (
        Picture(leaderboard_chart(evidence), caption, source("leaderboard")),
        Grid(("candidate", metric, "seconds to fit"), rows, "lrr", caption, source("leaderboard")),
    )


def _columns(contract: Contract) -> Grid:
    rows = tuple(
        (
            column.name,
            column.type,
            column.role,
            _domain(column),
            column.unit or "–",
            column.description or "–",
        )
        for column in contract.columns
    )
    header = ("column", "type", "role", "domain", "unit", "meaning")
    return Grid(
        header,
        rows,
        "llllll",
        "The contract: a request that breaks it is refused or flagged.",
        "contract.toml",
    )


def _cleaning(contract: Contract) -> tuple[Grid, ...]:
    """Return what is done to values before they are checked; nothing where there are no cleaning steps."""
    rows = tuple((step.column or "whole rows", step.kind, description(step)) for step in contract.clean)
    caption = "Cleaned first, in training and in the service alike."
    return (Grid(("column", "step", "what it does"), rows, "lll", caption, "contract.toml"),) if rows else ()


def _declared(evidence: Evidence) -> tuple[Grid, ...]:
    caption = "Declared features, computed from the columns in training and in the service alike."
    rows = evidence.declared
    return (Grid(("feature", "SQL"), rows, "ll", caption, source("declared")),) if rows else ()


def _domain(column: Column) -> str:
    if column.levels is not None:
        shown = ", ".join(column.levels[:6])
        return shown if len(column.levels) <= 6 else f"{shown}, … ({len(column.levels)} levels)"
    if column.minimum is None and column.maximum is None:
        return "any"
    written = form.moment if column.type == "timestamp" else form.number
    low, high = ("…" if end is None else written(end) for end in (column.minimum, column.maximum))
    return f"{low} to {high}"


def _service(evidence: Evidence) -> tuple[Block, ...]:
    shown = [
        each for each in evidence.measurements if each.source != "holdout" or each.name == "rejected_share"
    ]
    return (Facts(tuple(_fact(each) for each in shown)),)


def _independence(evidence: Evidence) -> Facts:
    rows = evidence.rows
    what = f"{form.count(rows.groups)} {rows.grouping} as independent of each other, the rows within them not"
    if rows.groups == rows.used:
        what = f"{form.count(rows.used)} rows as independent of each other"
    return Facts((Fact("intervals take", what, source("rows")),))
