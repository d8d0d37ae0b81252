"""A fitted model in plain words, as a small page, and as a picture."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from interlock.explore.models.design import Block
from interlock.explore.models.expression import parse
from interlock.explore.models.model import MULTIPLY, Coefficient, Model, TermTest
from interlock.explore.statistics.log_tail import p_text
from interlock.report.format import count, interval, number, percent
from interlock.report.values import Intervals

__all__ = ["html", "meanings", "picture", "test_text", "text"]

_TITLES = {
    "ols": "Ordinary least squares",
    "logit": "Logistic regression",
    "poisson": "Poisson regression",
    "negative_binomial": "Negative binomial regression",
    "quantile": "Quantile regression",
    "mixed": "Linear mixed model",
}
_MOST = 12
_MARKS = {"fine": "✓", "note": "·", "warning": "!"}


def text(model: Model) -> str:
    """Return the model as lines of text."""
    parts = [
        f"{_TITLES[model.kind]}: {model.formula}",
        rows_text(model),
        _figures(model),
        "",
        *_table(model),
    ]
    sentences = meanings(model)
    if sentences:
        parts += ["", "In words", *(f"  {each}" for each in sentences)]
    parts += [
        "",
        "Checked",
        *(f"  {_MARKS[each.state]} {each.name}: {each.sentence}" for each in model.checks),
    ]
    return "\n".join(parts)


def rows_text(model: Model) -> str:
    """Return which rows were used, and which errors."""
    used = model.used
    words = f"{count(used.n)} rows"
    left_out = used.total - used.n
    if left_out:
        each = ", ".join(f"`{name}` in {count(rows)}" for name, rows in used.missing.items())
        words += f"; {count(left_out)} of {count(used.total)} left out, which lack a value ({each})"
    clusters = f", {count(model.clusters)} clusters" if model.clusters else ""
    return f"{words}; errors {model.errors}{clusters}"


def meanings(model: Model) -> list[str]:
    """Return what coefficients mean, one sentence each, the largest statistic first, twelve at most.

    A column that is part of an interaction has no meaning alone, so it has no sentence.
    """
    rows = [(row, words) for block, row in _each(model) if (words := _alone(model, block, row)) is not None]
    rows.sort(key=lambda pair: -abs(pair[0].statistic))
    sentences = [words for _, words in rows[:_MOST]]
    if len(rows) > _MOST:
        sentences.append(f"and {len(rows) - _MOST} more columns")
    together = sorted({block.term for block in model.design.blocks if len(block.factors) > 1})
    sentences += [f"`{term}`: these work together; read predictions, not single rows" for term in together]
    return sentences + [_effect_sentence(model, row) for row in model.effects[:_MOST]]


def test_text(test: TermTest) -> str:
    """Return a test in one line."""
    if test.rest == 0:
        return f"{test.term}: {test.method}"
    rest = "" if test.rest is None else f", {number(test.rest, 3)}"
    return f"{test.term}: {test.method}({test.df}{rest}) = {number(test.statistic, 3)}, {p_text(test.log_p)}"


def picture(model: Model) -> Intervals:
    """Return the coefficients with their intervals, without the intercept."""
    multiply = model.kind in MULTIPLY
    rows = (model.ratios if multiply else model.estimates)[int(model.design.intercept) :]
    name = {"logit": "odds ratio"}.get(model.kind, "rate ratio") if multiply else "coefficient"
    return Intervals(
        title=f"What goes with {model.response}",
        n=model.used.n,
        labels=tuple(row.term for row in rows),
        values=tuple(row.estimate for row in rows),
        low=tuple(row.low for row in rows),
        high=tuple(row.high for row in rows),
        baseline=1.0 if multiply else 0.0,
        x_title=f"{name}, {percent(model.confidence)} interval",
        note=f"errors {model.errors}",
    )


def html(model: Model) -> str:
    """Return the model as a notebook shows it."""
    from interlock.report import Section, bullets, notebook, page, prose, table

    header = ["term", *_header(model)]
    cells = [[row.term, *_cells(row, ratio)] for row, ratio in _with_ratios(model)]
    checks = [[_MARKS[each.state], each.name, each.sentence] for each in model.checks]
    sections = [Section("Estimates", table(header, cells, "l" + "r" * (len(header) - 1)))]
    sentences = meanings(model)
    if sentences:
        sections.append(Section("In words", bullets(prose(each) for each in sentences)))
    sections.append(Section("Checked", table(["", "what", "found"], checks)))
    lead = f"{model.formula}. {rows_text(model)}. {_figures(model)}."
    return notebook(page(_TITLES[model.kind], lead, sections), height=480)


def _figures(model: Model) -> str:
    return ", ".join(f"{each.name} {number(each.value)}" for each in model.figures)


def _header(model: Model) -> list[str]:
    ratio = {"logit": ["odds ratio"]}.get(model.kind, ["rate ratio"]) if model.kind in MULTIPLY else []
    share = percent(model.confidence)
    return ["estimate", "standard error", f"{share} interval", "df", "p", *ratio]


def _cells(row: Coefficient, ratio: Coefficient | None) -> list[str]:
    df = "∞" if math.isinf(row.df) else number(row.df, 3)
    cells = [number(row.estimate), number(row.standard_error, 3), interval(row.low, row.high), df]
    cells.append(p_text(row.log_p).removeprefix("p = "))
    return [*cells, f"{number(ratio.estimate, 3)} ({interval(ratio.low, ratio.high)})"] if ratio else cells


def _with_ratios(model: Model) -> Iterator[tuple[Coefficient, Coefficient | None]]:
    ratios = model.ratios if model.kind in MULTIPLY else (None,) * len(model.estimates)
    yield from zip(model.estimates, ratios, strict=True)


def _table(model: Model) -> list[str]:
    lines = [["", *_header(model)]]
    lines += [[row.term, *_cells(row, ratio)] for row, ratio in _with_ratios(model)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [_line(line, widths) for line in lines]


def _line(cells: list[str], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(width) if not place else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def _each(model: Model) -> Iterator[tuple[Block, Coefficient]]:
    place = 0
    for block, names in model.design.grouped:
        for _ in names:
            yield block, model.estimates[place]
            place += 1


def _alone(model: Model, block: Block, row: Coefficient) -> str | None:
    """Return what one column means; None where it means nothing by itself."""
    design = model.design
    if len(block.factors) != 1 or block.full[0]:
        return None
    (place,) = block.factors
    if any(place in other.factors for other in design.blocks if other is not block):
        return None
    factor = design.factors[place]
    if factor.levels:
        level = row.term[len(factor.text) + 1 : -1]
        where = f"{_quoted(factor.text)} = {level} rather than {factor.levels[0]}"
    elif factor.width == 1:
        where = _one_more(factor.text)
    else:
        return None
    return f"{where}: {_effect(model, row)}"


def _one_more(expression: str) -> str:
    """Return what a column of numbers being larger by one means; of a condition: where it holds."""
    node, text = parse(expression).node, expression
    if isinstance(node, ast.Call) and text.startswith("I("):
        node, text = node.args[0], text[2:-1]
    if isinstance(node, ast.Compare):
        return f"where {_quoted(text)}"
    return f"one more {_quoted(expression)}"


def _quoted(expression: str) -> str:
    """Return an expression between backticks, once where its names stand between some already."""
    return expression if "`" in expression else f"`{expression}`"


def _effect(model: Model, row: Coefficient) -> str:
    sure = f"({percent(model.confidence)} interval {{}}, {p_text(row.log_p)})"
    if model.kind in MULTIPLY:
        ratio = next(each for each in model.ratios if each.term == row.term)
        what = "the odds of" if model.kind == "logit" else "the mean of"
        around = sure.format(interval(ratio.low, ratio.high))
        return f"{what} `{model.response}` times {number(ratio.estimate, 3)} {around}"
    what = "on average" if model.quantile is None else f"at the {percent(model.quantile)} quantile"
    way = "higher" if row.estimate >= 0 else "lower"
    ends = (row.low, row.high) if row.estimate >= 0 else (-row.high, -row.low)
    around = sure.format(interval(*ends))
    return f"`{model.response}` is {number(abs(row.estimate), 3)} {way} {what} {around}"


def _effect_sentence(model: Model, row: Coefficient) -> str:
    unit = "the probability" if model.kind == "logit" else f"`{model.response}`"
    ends = interval(row.low, row.high)
    return f"averaged over the rows, {row.term} moves {unit} by {number(row.estimate, 3)} ({ends})"
