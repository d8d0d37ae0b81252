"""All cleaning steps that a table asks for, each with its reason and what it would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interlock.contract import Column, Contract
from interlock.contract.cleaning import clean
from interlock.contract.step import KINDS, Step, stripped
from interlock.explore.cleaning.codes import impossible, is_bounded, missing_codes, number_profile
from interlock.explore.cleaning.dates import date_formats
from interlock.explore.cleaning.drops import constants, copies, repeated_rows
from interlock.explore.cleaning.effect import Effect, measure, written
from interlock.explore.cleaning.levels import Levels, column_levels
from interlock.explore.cleaning.numerals import Found, number_format
from interlock.explore.cleaning.proposal import Confidence, Proposal
from interlock.explore.cleaning.spelling import near, same
from interlock.explore.cleaning.words import missing_words
from interlock.explore.findings.mixed import UNKNOWN, shape
from interlock.explore.survey import Survey
from interlock.profile import ColumnProfile
from interlock.report.format import count

__all__ = ["proposals"]

#: A column of longer texts, in characters, is prose: its blanks and spellings are its author's.
_PROSE = 64
#: Whole numbers that are text for no visible reason are codes, such as post codes: their source says text.
_PLAIN = "1234.5"
#: A step with its reason and how sure it is, not measured yet.
_Reason = tuple[Step, str, Confidence]


def proposals(survey: Survey, contract: Contract) -> tuple[Proposal, ...]:
    """Return the cleaning steps that a table asks for.

    Args:
        survey: Of the table, seen through the steps that are accepted already.
        contract: Learned from it. Columns that people declared to be ids or to be ignored are left alone.

    Returns:
        By column as in the table, in the order in which the steps run; then whole columns, then rows.
    """
    profile, sample, duplicates = survey
    found: list[Proposal] = []
    dropped = [*constants(profile, contract), *copies(profile, contract, sample)]
    useless = {proposal.step.column for proposal in dropped}
    for column in contract.columns:
        declared = column.role == "id" or (column.role == "ignore" and not column.description)
        if not declared and column.name not in useless:
            levels = column_levels(column.name, profile[column.name], sample)
            found += _of_column(column, profile[column.name], levels)
    if not any(step.kind == "duplicates" for step in contract.clean):
        dropped += repeated_rows(duplicates, profile, sample)
    return (*found, *dropped)


def _of_column(column: Column, found: ColumnProfile, levels: Levels) -> Iterator[Proposal]:
    look = _of_text if found.kind == "string" else _of_numbers
    reasons = list(look(column, found, levels))
    steps: dict[str, Step] = {}
    for step, _, _ in reasons:
        steps.setdefault(step.kind, step)
    for step, why, confidence in sorted(reasons, key=lambda reason: KINDS.index(reason[0].kind)):
        others = [other for kind, other in steps.items() if kind != step.kind]
        if step.kind == "spelling" and step is not steps["spelling"]:
            others.append(steps["spelling"])
        effect = _measured(step, levels, others)
        if effect.rows:
            yield Proposal(step, why, effect, confidence)


def _measured(step: Step, levels: Levels, others: list[Step]) -> Effect:
    """Measure a step; a second one of its kind is measured on what the first one leaves."""
    first = [other for other in others if other.kind == step.kind]
    for other in first:
        left: dict[object, int] = {}
        for value, hits in levels.counts.items():
            said = clean(other, value)
            left[said] = left.get(said, 0) + hits
        levels = levels._replace(counts=left)
    return measure(step, levels, [other for other in others if other not in first])


def _of_text(column: Column, found: ColumnProfile, levels: Levels) -> Iterator[_Reason]:
    name = column.name
    texts = {str(text): hits for text, hits in levels.counts.items()}
    known = {text: hits for text, hits in texts.items() if not _is_unknown(text)}
    numbers = number_format(known) if known else None
    dates = date_formats(known) if known and numbers is None else ()
    short = found.lengths is not None and found.lengths.n > 0 and found.lengths.quantile(0.95) <= _PROSE
    words = missing_words(texts, alone=numbers is not None or bool(dates)) if short else ()
    if numbers is not None and numbers.format == _PLAIN and not numbers.symbols and not words:
        numbers = None if all(text.strip().lstrip("-").isdigit() for text in known) else numbers
    if numbers is not None:
        yield _number_step(name, numbers, known)
        yield from _number_codes(column, numbers, known, words)
    elif dates:
        why = f"`{name}` is text, but every value is a date, written like {_likes(dates)}."
        yield Step("date", name, formats=dates), why, "certain"
    if words and numbers is None:
        yield _missing_step(name, words)
    blanks = [text for text in texts if stripped(text) != text]
    converted = numbers is not None or bool(dates)
    if blanks and short and (not converted or any(stripped(text) in words for text in blanks)):
        why = f"`{name}` holds {_many(len(blanks), 'value')} with blanks too many, around or between words."
        yield Step("strip", name), why, "certain"
    if short and not converted and column.role != "ignore" and column.type != "text":
        yield from _spellings(name, known, words)


def _is_unknown(text: str) -> bool:
    plain = stripped(text)
    return not plain or shape(plain) == UNKNOWN


def _number_step(name: str, found: Found, texts: Mapping[str, int]) -> _Reason:
    step = Step("number", name, format=found.format, symbols=found.symbols)
    example = max(texts, key=lambda text: (len(set(text) - set("0123456789")), texts[text], text))
    why = f"`{name}` is text, but every value is a number, written like `{example.strip()}`."
    if found.symbols:
        why += f" The unit {' or '.join(found.symbols)} is left out, the number kept as it is written."
    if found.certain:
        return step, why, "certain"
    return step, f"{why} Another reading is possible: look at the examples first.", "possible"


def _number_codes(
    column: Column, found: Found, texts: Mapping[str, int], words: tuple[str, ...]
) -> Iterator[_Reason]:
    step = Step("number", column.name, format=found.format, symbols=found.symbols)
    counts: dict[float, int] = {}
    for text, hits in texts.items():
        number = clean(step, text)
        if isinstance(number, float):
            counts[number] = counts.get(number, 0) + hits
    said = missing_codes(number_profile(counts)) if column.role != "target" else ()
    if words or said:
        yield _missing_step(column.name, (*words, *said))
    yield from _range_step(column, counts, said)


def _of_numbers(column: Column, found: ColumnProfile, levels: Levels) -> Iterator[_Reason]:
    if found.kind == "boolean" or column.role not in ("feature", "time") or found.n == 0:
        return
    said = missing_codes(found)
    if said:
        yield _missing_step(column.name, said)
    if found.kind != "timestamp":
        yield from _range_step(column, levels.counts, said)


def _missing_step(name: str, values: tuple[str | float, ...]) -> _Reason:
    shown = ", ".join(f"`{written(value)}`" if value != "" else "the empty text" for value in values[:6])
    more = f" and {len(values) - 6} more" if len(values) > 6 else ""
    why = f"`{name}` says “unknown” as {shown}{more}; such values become null."
    sure = all(isinstance(value, str) for value in values)
    return Step("missing", name, values=values), why, "certain" if sure else "likely"


def _range_step(
    column: Column, counts: Mapping[Any, int], codes: tuple[str | float, ...]
) -> Iterator[_Reason]:
    if column.role == "target" or not is_bounded(column.name):
        return
    rest = {number: hits for number, hits in counts.items() if number not in codes}
    low, high = impossible(column.name, rest)
    if low is None and high is None:
        return
    beyond = [f"below {written(float(low))}"] if low is not None else []
    beyond += [f"above {written(float(high))}"] if high is not None else []
    why = f"`{column.name}` cannot be {' or '.join(beyond)}; such values become null."
    yield Step("range", column.name, minimum=low, maximum=high), why, "likely"


def _spellings(name: str, texts: Mapping[str, int], words: tuple[str, ...]) -> Iterator[_Reason]:
    counts: dict[str, int] = {}
    for text, hits in texts.items():
        if stripped(text) not in words:
            counts[stripped(text)] = counts.get(stripped(text), 0) + hits
    united = same(counts)
    if united:
        many = _many(len(united), "spelling")
        why = f"`{name}` holds {many} that only case, blanks or punctuation set apart from another one."
        yield Step("spelling", name, spellings=tuple(united.items())), why, "likely"
    left: dict[str, int] = {}
    for text, hits in counts.items():
        left[united.get(text, text)] = left.get(united.get(text, text), 0) + hits
    slips = near(left)
    if slips:
        why = f"`{name}` holds {_many(len(slips), 'spelling')}, perhaps a slip for another one: look first."
        yield Step("spelling", name, spellings=tuple(slips.items())), why, "possible"


def _many(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'s' if number > 1 else ''}"


def _likes(formats: tuple[str, ...]) -> str:
    return " or ".join(f"`{example}`" for example in formats)
