"""The technical documentation that the EU AI Act asks for, as far as evidence can fill it.

Source:
    Regulation (EU) 2024/1689, Annex IV, points 1, 2, 3, 4, 6 and 9. The others (the risk management system,
    harmonised standards, the declaration of conformity) are documents of people.
"""

from __future__ import annotations

from collections.abc import Iterable

from interlock.report import format as form
from interlock.said import Said
from interlock.validate.card_blocks import Block, Fact, Facts, Part, Words, source
from interlock.validate.card_training import making, training_rows
from interlock.validate.evidence import Evidence, Measurement, bracketed
from interlock.validate.said import said_blocks

__all__ = ["annex"]

_HEAD = "EU AI Act, Annex IV, point"


def annex(evidence: Evidence, said: Said) -> tuple[Part, ...]:
    """Return the points that evidence has something to say on.

    Args:
        evidence: What validation found.
        said: What people said.
    """
    return (
        Part(f"{_HEAD} 1: general description", _general(evidence, said)),
        Part(f"{_HEAD} 2: elements and development", _development(evidence, said)),
        Part(f"{_HEAD} 3: monitoring, functioning and control", _control(evidence, said)),
        Part(f"{_HEAD} 4: appropriateness of the metrics", _metrics(evidence, said)),
        Part(f"{_HEAD} 6: changes through the lifecycle", _changes(evidence, said)),
        Part(f"{_HEAD} 9: monitoring after deployment", _monitoring(evidence, said)),
    )


def _general(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    facts = (
        Fact("what it predicts", f"{evidence.target}, {evidence.task}", "contract.toml"),
        Fact("version of the model", evidence.digests["model"], source("digests")),
        Fact("version of the software", evidence.versions.get("interlock", "–"), source("versions")),
        Fact("date of the assessment", evidence.measured_at, source("measured_at")),
        *_measured(evidence, "size_mb", "latency_p50", "rows_per_second"),
    )
    return (
        Facts(facts),
        Words(
            "It is handed over as a folder with one model file, a contract and this evidence, and is "
            "served over HTTP or asked in any runtime of ONNX. Instructions for use are the sections on "
            "intended use and on how to use it."
        ),
        *said_blocks(said, "owner", "intended_use", "integration", "hardware"),
    )


def _development(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    passed = sum(gate.passed for gate in evidence.gates)
    tested = (
        Fact("gates passed", f"{passed} of {len(evidence.gates)}", source("gates")),
        Fact("rows tested on", form.count(evidence.rows.used), source("rows")),
        Fact("slices tested", form.count(len(evidence.slices)), source("slices")),
        Fact("columns tested for fairness", _fair(evidence), source("fairness")),
        Fact("disturbances tested", form.count(len(evidence.robustness)), source("robustness")),
        *_measured(evidence, "holdout_looks", "holdout_optimism", "leak_suspects"),
    )
    return (
        Words("Methods and steps: settings were searched for, each judged on rows it had not learned from."),
        *making(evidence),
        *said_blocks(said, "design_choices"),
        Words("Data: what was learned from, and where it is from."),
        *training_rows(evidence, said),
        Words("Human oversight, and changes that are foreseen."),
        *said_blocks(said, "human_oversight", "planned_changes"),
        Words(
            "Validation and testing: the holdout was sealed before anyone looked at the rows. Who signs the "
            "release signs the digest of these results, with date and name."
        ),
        Facts(tested),
        Words("Cybersecurity: a signed digest covers every byte, and nothing that is loaded runs code."),
        *_attacked(evidence),
        *said_blocks(said, "cybersecurity"),
    )


def _fair(evidence: Evidence) -> str:
    return ", ".join(each.column for each in evidence.fairness) or "none is marked as sensitive"


def _attacked(evidence: Evidence) -> tuple[Block, ...]:
    if evidence.membership is None:
        return ()
    found = evidence.membership.advantage
    shown = bracketed(found.value, found.low, found.high)
    return (Facts((Fact("advantage of a membership attack", shown, source("membership")),)),)


def _control(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    first = evidence.measurements[0]
    facts = [
        _fact(first),
        *_worst_slice(evidence),
        *_groups(evidence),
        *_worst_disturbance(evidence),
        *_measured(evidence, "rejected_share", "caught_share"),
    ]
    return (
        Words("Capabilities and limits: how exact it is in all, and where it is worst."),
        Facts(tuple(facts)),
        *said_blocks(said, "limitations"),
        Words(
            "Unintended outcomes that can be foreseen: inputs unlike those of training. The contract "
            "refuses or flags them, and what is left is in the sections on robustness and slices."
        ),
        *said_blocks(said, "risks", "human_oversight"),
        Words("Input data: the contract says what each column takes; see the technical specifications."),
    )


def _worst_slice(evidence: Evidence) -> Iterable[Fact]:
    if evidence.slices:
        worst = evidence.slices[0]
        shown = bracketed(worst.metric.value, worst.metric.low, worst.metric.high)
        yield Fact(f"in the worst slice, {worst.name}", shown, source("slices"), f"n={worst.n:,}")


def _groups(evidence: Evidence) -> Iterable[Fact]:
    for each in evidence.fairness:
        for rate in each.rates:
            shown = bracketed(rate.estimate.value, rate.estimate.low, rate.estimate.high)
            label = f"{rate.measure}{f' of {rate.label}' if rate.label else ''}, {each.column} = {rate.group}"
            yield Fact(label, shown, source("fairness"), f"n={rate.n:,}")


def _worst_disturbance(evidence: Evidence) -> Iterable[Fact]:
    lost = [each for each in evidence.robustness if each.lost is not None]
    if lost:
        worst = max(lost, key=lambda each: each.lost.value if each.lost else 0.0)
        if worst.lost:
            shown = bracketed(worst.lost.value, worst.lost.low, worst.lost.high)
            label = f"gain lost to the worst disturbance, {worst.kind} at {worst.strength:g}"
            yield Fact(label, shown, source("robustness"), f"n={worst.n:,}")


def _metrics(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    holdout = [each for each in evidence.measurements if each.source == "holdout"]
    facts = tuple(Fact(each.label, each.text, source(each.name), each.method) for each in holdout)
    return (
        Words(
            "Each metric has an interval that counts rows of one day or group as one, and is set beside a "
            "baseline that says the same of every row. A gate asks for the gain and not for the figure."
        ),
        Facts(facts),
        *said_blocks(said, "metric_choice"),
    )


def _changes(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    digests = tuple(
        Fact(f"digest of the {name}", text, source("digests")) for name, text in evidence.digests.items()
    )
    compared = evidence.production
    gains: tuple[Fact, ...] = ()
    if compared is not None:
        gains = (
            Fact("compared with", compared.release, source("production"), f"n={compared.n:,}"),
            *(
                Fact(
                    f"gain in {each.label}",
                    bracketed(each.gain.value, each.gain.low, each.gain.high),
                    source("production"),
                )
                for each in compared.metrics
            ),
        )
    before = () if gains else (Words("There was no signed release before it to compare with."),)
    return (
        Words(
            "Every version is a folder of its own and is never altered: a change of the model, the contract "
            "or the rows gives another digest, which every answer of the service carries."
        ),
        Facts((*digests, *gains)),
        *before,
        *said_blocks(said, "changes", "planned_changes"),
    )


def _monitoring(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    profile = evidence.digests.get("profile")
    first = evidence.measurements[0]
    facts = [
        Fact("inputs are compared with", f"the training profile {profile or '–'}", source("digests")),
        Fact("predictions are compared with", "those of the holdout", "scores.bin"),
        Fact("outcomes are compared with", f"{first.label} {first.text}", source(first.name)),
    ]
    return (
        Words(
            "The service writes every request, refused ones included, into a ledger that accounts for all of "
            "them. `interlock monitor` compares the ledger with this evidence, and its exit code is an "
            "alarm for whatever scheduler runs it."
        ),
        Facts(tuple(facts)),
        *said_blocks(said, "monitoring_plan"),
    )


def _measured(evidence: Evidence, *names: str) -> Iterable[Fact]:
    found = (evidence.find(name) for name in names)
    return tuple(_fact(each) for each in found if each is not None)


def _fact(each: Measurement) -> Fact:
    n = f"n={each.n:,}" if each.n > 1 else ""
    how = ", ".join(part for part in (each.source, n, each.method) if part)
    return Fact(each.label, each.text, source(each.name), how)
