"""The model card as a value: what it says, part by part, each number beside the place it is from.

Its parts follow Mitchell et al. (2019), Model Cards for Model Reporting, Hugging Face's annotated card, and
Annex IV of the EU AI Act.
"""

from __future__ import annotations

from collections.abc import Sequence

from interlock.contract import Column, Contract
from interlock.contract.description import description
from interlock.profile import Profile
from interlock.report import format as form
from interlock.said import Said
from interlock.validate.card_annex import annex
from interlock.validate.card_blocks import (
    Block,
    Fact,
    Facts,
    Grid,
    Missing,
    Part,
    Picture,
    Quote,
    Words,
    source,
)
from interlock.validate.card_charts import calibration_chart, scores_chart, slices_chart
from interlock.validate.card_decision import decision_blocks, interval_blocks, is_elsewhere
from interlock.validate.card_fairness import fairness_blocks
from interlock.validate.card_glossary import glossary
from interlock.validate.card_training import candidates, importance_blocks, making, training_rows
from interlock.validate.card_trust import (
    privacy_blocks,
    production_blocks,
    robustness_blocks,
    stability_blocks,
)
from interlock.validate.evidence import Evidence, Gate, Measurement, bracketed
from interlock.validate.said import said_blocks
from interlock.validate.slices import SLICE_METRICS, Slice

__all__ = [
    "Block",
    "Fact",
    "Facts",
    "Grid",
    "Missing",
    "Part",
    "Picture",
    "Quote",
    "Words",
    "card",
    "lead",
    "source",
    "title",
]

_SHOWN_SLICES = 12
#: What the card says of a check, by whether somebody should look.
_FOUND = {True: "look", False: "fine", None: "not told"}
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


def card(
    evidence: Evidence, contract: Contract, scores: Profile, said: Said | None = None
) -> tuple[Part, ...]:
    """Return the card's content.

    Args:
        evidence: What validation found.
        contract: What the model takes.
        scores: The profile of the holdout's predictions.
        said: What people said; None where they said nothing.
    """
    told = said or Said()
    parts = (
        Part("Gates", (_gates(evidence.gates),)),
        *_given("Checks of method", _checks(evidence)),
        Part("Model details", _details(evidence, told)),
        Part("Intended use", said_blocks(told, "intended_use", "users", "out_of_scope")),
        Part("How to use", _usage(evidence)),
        Part("Factors: the worst slices", _slices(evidence)),
        *_given("Factors: fairness", fairness_blocks(evidence) if evidence.fairness else ()),
        Part("Metrics", (_chosen_metrics(evidence), *said_blocks(told, "metric_choice"))),
        Part("Evaluation data", (_rows(evidence), *_verdicts(evidence))),
        Part("Training data", (*training_rows(evidence, told), *_cleaning(contract), *_declared(evidence))),
        Part("Training", (*making(evidence), *candidates(evidence))),
        Part("Quantitative analyses: metrics", _metrics(evidence, scores)),
        Part("Quantitative analyses: calibration", _calibration(evidence)),
        *_given("Quantitative analyses: decisions", decision_blocks(evidence)),
        *_given("Quantitative analyses: intervals", interval_blocks(evidence)),
        *_given(
            "Quantitative analyses: against production",
            production_blocks(evidence) if evidence.production else (),
        ),
        *_given(
            "Quantitative analyses: robustness", robustness_blocks(evidence) if evidence.robustness else ()
        ),
        *_given("Quantitative analyses: stability", stability_blocks(evidence) if evidence.stability else ()),
        Part("What the model uses", importance_blocks(evidence.made)),
        Part("Ethical considerations", said_blocks(told, "risks", "human_oversight")),
        Part("Bias, risks and limitations", _limits(evidence, told)),
        Part("Environmental impact", _environment(evidence, told)),
        Part("Technical specifications", (_columns(contract), *_service(evidence))),
        Part(
            "Caveats and recommendations",
            (*said_blocks(told, "recommendations"), _independence(evidence)),
        ),
        Part("Citation and contact", said_blocks(told, "citation", "contact")),
        *annex(evidence, told),
    )
    return (*parts, *glossary(parts))


def _given(title: str, blocks: tuple[Block, ...]) -> list[Part]:
    """Leave a section out that has nothing to say."""
    return [Part(title, blocks)] if blocks else []


def _usage(evidence: Evidence) -> tuple[Block, ...]:
    outputs = {
        "binary": "the probability of the positive class and a label",
        "multiclass": "a probability for each class and the likeliest label",
        "regression": "a number",
    }
    return (
        Words(
            "`interlock serve` answers POST requests, each row an object in JSON with the columns of the "
            "technical specifications; every answer names the release. The model file runs in any runtime "
            "of ONNX as well."
        ),
        Facts((Fact("an answer holds", outputs[evidence.task], "contract.toml"),)),
    )


def _chosen_metrics(evidence: Evidence) -> Facts:
    named = {gate.name: gate for gate in evidence.gates}
    asked = [name for name in named if name.endswith(("_above_baseline", "_minimum", "_maximum"))]
    shown = [each.label for each in evidence.measurements if each.source == "holdout"]
    facts = [Fact("decides", gate, source("gates")) for gate in asked]
    return Facts((*facts, Fact("measured", ", ".join(dict.fromkeys(shown)), source("measurements"))))


def _limits(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    private = privacy_blocks(evidence) if evidence.membership or evidence.readable else ()
    return (*said_blocks(said, "limitations"), *private)


def _environment(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    made = evidence.made
    spent = (
        ()
        if made is None
        else (
            Facts((Fact("wall time of development, seconds", form.number(made.seconds, 3), source("made")),)),
        )
    )
    return (*spent, *said_blocks(said, "environment"))


def _gates(gates: Sequence[Gate]) -> Grid:
    rows = tuple((gate.name, "passed" if gate.passed else "FAILED", gate.sentence) for gate in gates)
    return Grid(
        ("gate", "verdict", "why"),
        rows,
        "lll",
        "What a release has to satisfy, as it was asked.",
        source("gates"),
    )


def _checks(evidence: Evidence) -> tuple[Grid, ...]:
    rows = tuple((each.name, _FOUND[each.found], each.sentence) for each in evidence.checks)
    caption = "What may be wrong with how the model was made; it stops nothing."
    grid = Grid(("check", "verdict", "what was measured"), rows, "lll", caption, source("checks"))
    return (grid,) if rows else ()


def _details(evidence: Evidence, said: Said) -> tuple[Block, ...]:
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
    return (*said_blocks(said, "description", "owner", "licence"), Facts(tuple(facts)))


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
    return Facts(facts), *pictures


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
    happened = "the mean of the target is" if evidence.task == "regression" else "it happened as often"
    caption = f"Where points lie on the diagonal, {happened} as predicted; the axes end where the points do."
    return (
        Picture(calibration_chart(evidence), caption, source("calibration")),
        Facts(tuple(_fact(each) for each in named)),
    )


def _slices(evidence: Evidence) -> tuple[Block, ...]:
    declared = _declared_slices(evidence)
    rules = evidence.unjudged.sentence
    if not evidence.slices:
        told = (Facts((Fact("not judged", rules, source("unjudged")),)),) if rules else ()
        return (Words("No slice can be judged."), *told, *declared)
    looked_at = sorted({column for each in evidence.slices for column in each.columns})
    worse = sum(each.worse and each.adjusted < 0.05 for each in evidence.slices)
    facts = [
        Fact("looked at", f"{len(evidence.slices)} slices over {', '.join(looked_at)}", source("slices")),
        Fact("of which", _kinds(evidence.slices), source("slices")),
        Fact(
            "worse than the rest",
            f"{worse} of them, at a false discovery rate of 5 % (Benjamini and Hochberg)",
            source("slices"),
        ),
    ]
    facts += [Fact("not judged", rules, source("unjudged"))] if rules else []
    caption = f"The {min(_SHOWN_SLICES, len(evidence.slices))} worst, worst first; 95 % intervals."
    return (
        Facts(tuple(facts)),
        Picture(slices_chart(evidence), "Each slice against the rest of the holdout.", source("slices")),
        _slice_grid(evidence, caption),
        *declared,
    )


def _declared_slices(evidence: Evidence) -> tuple[Grid, ...]:
    """Return every slice that people declared, judged or not."""
    judged = (each for each in evidence.slices if not each.columns and not each.conditions)
    rows = [(each.name, form.count(each.n), form.number(each.skill.value, 3), "judged") for each in judged]
    left = evidence.unjudged.declared
    rows += [(each.name, form.count(each.n), "–", f"not judged: {each.why}") for each in left]
    caption = "The slices that people declared under [slices]."
    header = ("declared slice", "rows", "skill", "verdict")
    return (Grid(header, tuple(rows), "lrrl", caption, source("slices")),) if rows else ()


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
