"""What columns of text hold that matters: private data, broken text, near repeats, telling words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.contract import Contract
from interlock.explore.content.distinctive import Word
from interlock.explore.content.text import Text
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import Estimate, wilson, z_value
from interlock.report import Bars
from interlock.report.format import count, percent

__all__ = ["writing"]

#: Shares from which private data, broken text and near repeats are told.
_PRIVATE, _BROKEN, _ALIKE = 0.001, 0.001, 0.01
_PERSONAL = ("an e-mail address", "a telephone number")


def writing(found: Sequence[Text], contract: Contract) -> Iterator[Finding]:
    """Yield findings about columns of text.

    Args:
        found: What the columns hold.
        contract: Of the table.
    """
    for text in found:
        yield from _private(text)
        yield from _broken(text)
        yield from _repeats(text)
        yield from _telling(text, contract)


def _private(text: Text) -> Iterator[Finding]:
    shares = {what: share for what, share in text.contains if what in _PERSONAL and share >= _PRIVATE}
    if not shares:
        return
    what, share = max(shares.items(), key=lambda item: item[1])
    also = "".join(f", {name} in {percent(hits)}" for name, hits in shares.items() if name != what)
    sentence = (
        f"`{text.column}` holds {what} in {percent(share)} of its texts{also}: personal data, to be left out "
        "or replaced before it goes on."
    )
    size = wilson(round(share * text.rows), text.rows)
    yield finding(
        "personal data", (text.column,), sentence, size, _method(text, "patterns"), 0.5, _held(text)
    )


def _broken(text: Text) -> Iterator[Finding]:
    share = dict(text.contains).get("broken encoding", 0.0)
    if share < _BROKEN:
        return
    sentence = (
        f"`{text.column}` looks wrongly decoded in {percent(share)} of its texts (Ã© in the place of é and "
        "the like): read the file in its own encoding."
    )
    size = wilson(round(share * text.rows), text.rows)
    yield finding("broken text", (text.column,), sentence, size, _method(text, "patterns"), 0.45, _held(text))


def _repeats(text: Text) -> Iterator[Finding]:
    if text.compared == 0 or text.alike < _ALIKE * text.compared:
        return
    size = wilson(text.alike, text.compared)
    sentence = (
        f"{percent(size.value)} of the different texts in `{text.column}` are nearly the same as another one "
        f"(the largest group has {count(text.sizes[0])}): keep each group on one side of a split."
    )
    method = _method(text, "Jaccard similarity of runs of three words from 0.8 on, found by MinHash")
    sizes = Bars(
        title=f"Largest groups of similar texts in {text.column}",
        labels=tuple(f"{place + 1}: {group[0][:40]}" for place, group in enumerate(text.groups)),
        values=tuple(map(float, text.sizes)),
        n=text.compared,
        x_title="different texts",
    )
    severity = 0.2 + 0.4 * size.value
    yield finding("repeated text", (text.column,), sentence, size, method, severity, sizes)


def _telling(text: Text, contract: Contract) -> Iterator[Finding]:
    if not text.telling or contract.target is None:
        return
    best = max(text.telling, key=lambda each: abs(each.z))
    half = z_value() * abs(best.effect / best.z)
    size = Estimate(
        best.effect,
        best.effect - half,
        best.effect + half,
        text.looked,
        best.log_p,
    )
    regression = contract.task == "regression"
    measure = "correlation, Fisher's z" if regression else "log-odds with an informative Dirichlet prior"
    told = _listed(text.telling, regression=regression)
    sentence = f"Words of `{text.column}` tell of `{contract.target.name}`: {told}."
    method = (
        f"{measure}, of the first word; a text counts a word once; false discovery rate 1 %; "
        f"{count(text.looked)} texts"
    )
    yield finding("words", (text.column,), sentence, size, method, 0.4, _words(text))


def _listed(telling: Sequence[Word], *, regression: bool) -> str:
    """Name three words of each of the four groups that words tell most of."""
    strongest: dict[str, float] = {}
    for each in telling:
        strongest[each.group] = max(abs(each.z), strongest.get(each.group, 0.0))
    groups = sorted(strongest, key=lambda group: -strongest[group])[:4]
    named = {group: [f"“{each.word}”" for each in telling if each.group == group][:3] for group in groups}
    verb = "with" if regression else "for"
    return "; ".join(f"{', '.join(words)} {verb} {group}" for group, words in named.items())


def _words(text: Text) -> Bars:
    shown = sorted(text.telling, key=lambda each: -abs(each.z))[:15]
    return Bars(
        title=f"Words of {text.column} that tell most of the target",
        labels=tuple(f"{each.word} ({each.group})" for each in shown),
        values=tuple(abs(each.z) for each in shown),
        n=text.looked,
        x_title="effect in standard errors",
    )


def _held(text: Text) -> Bars:
    return Bars(
        title=f"What the texts of {text.column} contain",
        labels=tuple(what for what, _ in text.contains),
        values=tuple(share for _, share in text.contains),
        n=text.rows,
        x_title="share of rows",
    )


def _method(text: Text, how: str) -> str:
    part = "" if text.looked == text.different else " drawn at random"
    return f"{how}, in {count(text.looked)} different texts{part}; Wilson interval"
