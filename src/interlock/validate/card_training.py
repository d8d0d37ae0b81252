"""What the card says of the rows that were learned from, and of how the model was made of them."""

from __future__ import annotations

from interlock.report import Bars
from interlock.report import format as form
from interlock.said import Said
from interlock.validate.card_blocks import Block, Fact, Facts, Grid, Missing, Picture, Words, source
from interlock.validate.card_charts import leaderboard_chart
from interlock.validate.evidence import Evidence, bracketed
from interlock.validate.made import Made
from interlock.validate.said import said_blocks

__all__ = ["candidates", "importance_blocks", "importance_chart", "making", "training_rows"]

_WHERE = source("made")


def training_rows(evidence: Evidence, said: Said) -> tuple[Block, ...]:
    """Return which rows the model learned from."""
    made = evidence.made
    if made is None:
        return (Missing("which rows it learned from"), *said_blocks(said, "data_provenance"))
    counts = (
        ("rows of the training table", made.total),
        ("refused by the contract", made.rejected),
        ("without a known target", made.unlabelled),
        ("only learned from in the comparison", made.learned),
        ("compared on, each by models that had not learned from it", made.compared),
    )
    facts = tuple(Fact(label, form.count(count), _WHERE) for label, count in counts)
    digest = evidence.digests.get("training rows")
    shown = (Fact("digest of the rows", f"{digest[:19]}…", source("digests")),) if digest else ()
    return (Facts((*facts, *shown)), *said_blocks(said, "data_provenance"), *_suspects(evidence))


def _suspects(evidence: Evidence) -> tuple[Block, ...]:
    if not evidence.suspects:
        return ()
    rows = tuple(
        (each.column, "confirmed by a person" if each.confirmed else "no answer", each.sentence)
        for each in evidence.suspects
    )
    caption = "Inputs that may be written after the outcome, and what people answered."
    return (Grid(("column", "answer", "why it is suspected"), rows, "lll", caption, source("suspects")),)


def making(evidence: Evidence) -> tuple[Block, ...]:
    """Return how it was made."""
    made = evidence.made
    if made is None:
        return (Missing("how the model was made"),)
    facts = [
        Fact("compared on", made.split, _WHERE),
        Fact("setting", made.setting or "no choice", _WHERE),
        *([Fact("rounds", form.count(made.rounds), _WHERE)] if made.rounds else []),
        Fact("calibration", made.calibration, _WHERE),
        *([] if made.threshold is None else [Fact("threshold", form.number(made.threshold), _WHERE)]),
        Fact("seed of the search", str(made.seed), _WHERE),
        Fact("made again", made.again or "interlock rebuild learns it without searching", _WHERE),
        *[Fact("note", note, _WHERE) for note in made.notes],
    ]
    return (Facts(tuple(facts)),)


def candidates(evidence: Evidence) -> tuple[Block, ...]:
    """Return how the candidates compared."""
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


def importance_blocks(made: Made | None) -> tuple[Block, ...]:
    """Return what the model uses."""
    if made is None or not made.importances:
        return (Words("What the columns are worth to it was not measured."),)
    rows = tuple(
        (each.column, bracketed(each.value, each.low, each.high), form.count(each.n))
        for each in made.importances
    )
    caption = "What a row loses once a column is shuffled; nothing is lost where the interval covers zero."
    return (
        Picture(importance_chart(made), "The columns that it uses most.", _WHERE),
        Grid(("column", "extra loss", "rows"), rows, "lrr", caption, _WHERE),
    )


def importance_chart(made: Made) -> Bars:
    """Return what each column is worth."""
    return Bars(
        title="What the model uses",
        n=made.importances[0].n,
        note="mean extra loss once the column is shuffled",
        x_title="extra loss a row",
        labels=tuple(each.column for each in made.importances),
        values=tuple(each.value for each in made.importances),
        baseline=0.0,
    )
