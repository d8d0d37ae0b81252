"""The story of an exploration: what a decision-maker reads, each number with its interval and n."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from interlock.explore.association import Association
from interlock.explore.findings.finding import Finding
from interlock.explore.relation import Relation
from interlock.explore.statistics.discoveries import RATE
from interlock.explore.summary import SERIOUS, summary
from interlock.report import Chart
from interlock.report.format import count, interval, listed, moment, number, percent
from interlock.report.story import Chapter, Story

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["story"]

#: Relations and findings that are told; what is left stands in the report.
_TOLD = 5

#: What each measure means, to be explained where it is used.
_WORDS = {
    "AUC": "AUC: of two rows, one of each class, how often the higher value belongs to the class that is "
    "followed; 50 % is chance, 100 % never errs, 0 % always.",
    "Cramér's V": "Cramér's V: how far one group determines the other, from 0 (not at all) to 1 (wholly).",
    "eta": "eta: how far groups tell the numbers in them apart, from 0 (not at all) to 1 (wholly).",
    "Spearman's rho": "Spearman's rho: how far two numbers rise together, from -1 (one falls as the other "
    "rises) over 0 (neither) to 1 (both rise).",
}

#: The same for what a model is judged by.
_SCORES = {
    "AUC": _WORDS["AUC"],
    "log loss": "Log loss: how surprised the model is by what happens, 0 where it was always sure and right; "
    "the less, the better.",
    "RMSE": "RMSE (root of the mean squared error): how far predictions typically lie from the truth, in the "
    "unit of what is predicted.",
}

#: Kinds of findings that ask for nothing by themselves: they are told among what was found.
_TOLD_ONLY = ("association", "constant", "drivers", "identifier", "interaction", "seasonality", "words")

#: What to do about every other kind.
_ACTIONS = {
    "entity": "Part by group: rows of one {columns} belong on one side of a split.",
    "few rows": "Gather more rows, or keep only the inputs that experience speaks for: rows are few.",
    "leakage": "Ask when these become known: {columns}. Leave out what comes only after the outcome.",
    "duplicates": "Find out why rows repeat; keep one of each before a model learns from them.",
    "missing target": "Leave out the rows whose outcome is unknown, and ask why it is.",
    "missing": "Ask why {columns} has gaps, and whether it will have them tomorrow.",
    "placeholder": "Read the words for “unknown” in {columns} as missing.",
    "mixed types": "Mend {columns} where it is written: it holds values of different types.",
    "infinite": "Find out what wrote infinite values into {columns}.",
    "outliers": "Look at the extreme values of {columns} one by one: errors, or the cases that matter most?",
    "conflicts": "Find out what tells rows apart that look alike and end differently: a column is missing.",
    "imbalance": "Judge a model by how it finds the rare outcome, not by its share of right answers.",
    "break": "Find out what changed at the break in {columns}; what came before may not tell what comes.",
    "trend": "Plan for a model that is renewed: {columns} moves over time.",
    "clock": "Mend the clock that wrote {columns}.",
    "gap": "Find out what happened in the time that {columns} does not cover.",
    "missing together": "Ask once why {columns} are missing in the same rows.",
    "unseen levels": "Group the rare levels of {columns}, or leave it out: new ones will come.",
    "redundant": "Keep one of {columns}: they say the same.",
    "personal data": "Ask whether {columns} may be used at all, and by whom; leave it out if in doubt.",
    "repeated text": "Find out who wrote the same text again and again into {columns}.",
    "broken text": "Read {columns} again in the right encoding.",
    "broken images": "Replace the files of {columns} that cannot be read.",
    "repeated images": "Keep copies of an image in {columns} on one side of the split.",
    "turned images": "Turn the images of {columns} as their cameras say.",
    "reversal": "Compare like with like: the relation of {columns} turns round within groups.",
}


def story(exploration: Exploration, results: Sequence[str] = (), *, sealed: int | None = None) -> Story:
    """Return the story of an exploration.

    Args:
        exploration: Of the table.
        results: Sentences on what development and validation came to, if they were run.
        sealed: Rows that a project set aside for the test before these were explored; None where unknown.

    Returns:
        Question, data, what we found, how sure we are, what we would do, what could be wrong. Its `save`
        writes Markdown, HTML or PDF.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore import explore
        >>> size = [float(x) for x in range(100)] * 4
        >>> table = pa.table({"size": size, "big": [x % 7 > 2 or x > 80 for x in size]})
        >>> [each.title for each in story(explore(table, target="big")).chapters][:3]
        ['The question', 'The data', 'What we found']
    """
    chapters = [
        Chapter("The question", tuple(_question(exploration))),
        Chapter("The data", tuple(_data(exploration))),
        Chapter("What we found", tuple(_found(exploration)), listed=True, chart=_chart(exploration)),
        *(
            [Chapter("What a model could do with it", tuple(_results(exploration, results)), listed=True)]
            if results
            else []
        ),
        Chapter("How sure we are", tuple(_sure(exploration)), listed=True),
        Chapter("What we would do", tuple(_actions(exploration, results)), listed=True),
        Chapter("What could be wrong", tuple(_doubts(exploration)), listed=True),
    ]
    footer = f"Interlock {metadata.version('interlock')} · profile {exploration.profile.digest}"
    aside = f" ({count(sealed)} more are sealed for the test)" if sealed else ""
    lead = f"What {count(exploration.rows)} explored rows say{aside}, for those who decide."
    return Story(exploration.name, lead, tuple(chapters), footer)


def _question(of: Exploration) -> Iterator[str]:
    target = of.contract.target
    if target is None:
        yield "What does this table hold, and can it be trusted?"
        yield "No column was named as the one to predict, so this tells of the data alone."
        return
    if of.contract.task == "regression":
        yield f"Can we tell `{target.name}`, a number, from what is known beforehand, and what moves it?"
    else:
        yield f"Can we tell `{target.name}` from what is known beforehand, and what goes with it?"
    yield summary(of.profile, of.contract, of.findings, of.associations)[1]


def _data(of: Exploration) -> Iterator[str]:
    first, _, gaps, *_ = of.summary
    yield first
    yield gaps
    time = next((each for each in of.contract.columns if each.role == "time"), None)
    if time is not None and of.profile[time.name].n:
        found = of.profile[time.name]
        yield f"The rows are from {moment(found.minimum / 1e6)} to {moment(found.maximum / 1e6)} (UTC)."
    if of.completeness is not None:
        whole = of.completeness.complete
        yield (
            f"{percent(whole.value)} of the rows miss nothing "
            f"(95 % interval {_shares(whole.low, whole.high)}, n = {count(whole.n)})."
        )


def _found(of: Exploration) -> Iterator[str]:
    told = [_relation(each) for each in _relations(of)[:_TOLD]]
    yield from told
    related = {"association", "drivers"} if told else set()
    others = [each for each in of.findings if each.kind not in {*related, "leakage"}]
    yield from (_finding(each) for each in others[:_TOLD])
    if not told and not others and _suspects(of):
        yield "Nothing stood out but what may have been written after the outcome: that is doubted below."
    elif not told and not others:
        yield "Nothing stood out: no gap, no oddity and no relation that chance would not bring about."


def _suspects(of: Exploration) -> set[str]:
    return {name for each in of.findings if each.kind == "leakage" for name in each.columns}


def _relations(of: Exploration) -> list[Relation]:
    """Return the relations without those of leakage suspects, which a finding tells."""
    return [each for each in of.relations if each.column not in _suspects(of)]


def _relation(each: Relation) -> str:
    low, high = (place(range(len(each.values)), key=each.values.__getitem__) for place in (min, max))
    share = each.shown.startswith("share of ")
    what = each.shown.removeprefix("share of ").removeprefix("mean of ")
    write = percent if share else number
    ends = [
        f"{write(each.values[at])} ({_ends(each, at, share=share)}, n = {count(each.counts[at])}) "
        f"where `{each.column}` is {'about ' if each.places else ''}{each.labels[at]}"
        for at in (low, high)
    ]
    begin = f"`{what}` holds in" if share else f"The mean of `{what}` is"
    return f"{begin} {ends[0]}, but {'in ' if share else ''}{ends[1]}."


def _ends(each: Relation, at: int, *, share: bool) -> str:
    low, high = each.low[at], each.high[at]
    return f"95 % interval {_shares(low, high) if share else interval(low, high)}"


def _shares(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}"


def _finding(each: Finding) -> str:
    return f"{each.sentence} ({_range(each)}n = {count(each.n)})"


def _range(each: Finding) -> str:
    """Return the interval of a share that the sentence names; any other is of a number no reader has met."""
    if each.low == each.high or f"{percent(each.effect)}" not in each.sentence:
        return ""
    return f"95 % interval {_shares(each.low, each.high)}, "


def _chart(of: Exploration) -> Chart | None:
    return next((each.picture for each in _relations(of)), None)


def _results(of: Exploration, results: Sequence[str]) -> Iterator[str]:
    yield from results
    inputs = {each.name for each in of.contract.inputs}
    suspects = [f"`{name}`" for name in sorted(_suspects(of) & inputs)]
    if suspects:
        yield (
            f"Do not rely on these figures yet: {listed(suspects, _TOLD)} may have been written after the "
            "outcome, and was not left out."
        )
    told = {each.measure for each in _strongest(of)}
    for measure, words in _SCORES.items():
        if measure not in told and any(f"{measure} " in each for each in results):
            yield words


def _sure(of: Exploration) -> Iterator[str]:
    yield (
        "A 95 % interval is the range of values that fit the data: of a hundred such ranges some 95 hold "
        "the true value. n is how many rows stand behind a number."
    )
    first = _strongest(of)
    held = [each for each in of.associations if each.discovered]
    if of.associations:
        yield (
            f"{len(of.associations)} relations with the target were tested and {len(held)} {_hold(held)}. Of "
            f"those at most {percent(RATE)} are expected to be chance, as testing many was allowed for."
        )
        yield from (_strength(each) for each in first)
    if of.sampled < of.rows:
        yield f"Relations were measured on {count(of.sampled)} rows drawn at random, all else on every row."
    yield from (_WORDS[each.measure] for each in first if each.measure in _WORDS)


def _strongest(of: Exploration) -> list[Association]:
    return [each for each in of.associations if each.column not in _suspects(of)][:1]


def _hold(held: Sequence[Association]) -> str:
    return "holds" if len(held) == 1 else "hold"


def _strength(each: Association) -> str:
    write = percent if each.measure == "AUC" else (lambda value: number(value, 3))
    gone = " being missing" if each.about == "missing" else ""
    sure = f"95 % interval {write(each.low)} to {write(each.high)}, n = {count(each.n)}"
    return f"The strongest is `{each.column}`{gone}: {each.measure} {write(each.value)} ({sure})."


def _actions(of: Exploration, results: Sequence[str]) -> Iterator[str]:
    serious = [each for each in of.findings if each.severity >= SERIOUS and each.kind in _ACTIONS]
    told: dict[str, list[str]] = {}
    for each in serious:
        told.setdefault(each.kind, []).extend(f"`{name}`" for name in each.columns)
    for kind, columns in told.items():
        named = list(dict.fromkeys(columns)) or ["the table"]
        yield _ACTIONS[kind].format(columns=listed(named, _TOLD))
    if of.contract.target is None:
        yield "Say which column is to be predicted, then explore again."
    elif not results:
        yield "Develop a first model (`interlock develop`) and validate it on the rows that were set aside."
    yield (
        f"Keep the contract: it checks {len(of.contract.inputs)} columns of every request against what these "
        "data hold, and says by name what is wrong."
    )


def _doubts(of: Exploration) -> Iterator[str]:
    yield "What goes together need not cause each other: a third thing may move both. Only a trial tells."
    yield "Tomorrow's rows may differ from these; monitoring compares them."
    suspects = [f"`{name}`" for name in sorted(_suspects(of))]
    if suspects:
        named = listed(suspects, _TOLD)
        yield f"If {named} became known after the outcome, all that rests on it is worth nothing."
    gaps = [each for each in of.findings if each.kind in ("missing", "missing target")]
    if gaps:
        yield "Rows with gaps may be special: what is missing is not always missing by chance."
    if any(each.kind == "duplicates" for each in of.findings):
        yield "Rows that repeat make everything look surer than it is."
    yield "Each column was measured alone or with one other; what takes three together was not looked for."
