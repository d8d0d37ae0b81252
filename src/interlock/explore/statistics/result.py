"""What a test found: effects with intervals first, then the p-value, then what to know of the data."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from interlock.explore.statistics.log_tail import p_text
from interlock.report.format import count, number
from interlock.report.values import Chart

__all__ = ["Check", "Effect", "Group", "Pair", "Result", "span", "to_mind"]


@dataclass(frozen=True, slots=True)
class Effect:
    """How large a difference or a relation is.

    Args:
        name: What is measured, such as `difference of means`.
        value: The point estimate; NaN where it is not defined.
        low: The lower end of the interval.
        high: The upper end.
        method: Of the interval.
        null: The value that stands for no effect.
        confidence: Of the interval, 0 to 1.

    Example:
        >>> print(Effect("difference of means", -1.58, -3.37, 0.205, "Welch"))
        difference of means -1.58 (95 % interval -3.37 to 0.205; Welch)
    """

    name: str
    value: float
    low: float
    high: float
    method: str = ""
    null: float = 0.0
    confidence: float = 0.95

    def __str__(self) -> str:
        method = f"; {self.method}" if self.method else ""
        return f"{self.name} {number(self.value, 3)} ({span(self)}{method})"


@dataclass(frozen=True, slots=True)
class Group:
    """One group in numbers.

    Args:
        name: What people call it.
        n: Rows with a value.
        missing: Rows without one.
        mean: Of the values, or the share of the true ones; NaN for categories.
        sd: The standard deviation (n - 1); NaN where there is none.
        median: Of the values; NaN for categories.
        low: The lower end of the mean's (t) or the share's (Wilson) 95 % interval.
        high: The upper end.
    """

    name: str
    n: int
    missing: int = 0
    mean: float = math.nan
    sd: float = math.nan
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of several groups compared.

    Args:
        first: The name of one.
        second: The name of the other; it is subtracted.
        effect: The difference, its interval simultaneous over all pairs where the method says so.
        log_p: The natural logarithm of the p-value, adjusted for all pairs.
    """

    first: str
    second: str
    effect: Effect
    log_p: float

    def __str__(self) -> str:
        return f"{self.first} − {self.second}: {self.effect}, adjusted {p_text(self.log_p)}"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the method takes for granted, held against the data.

    Args:
        name: Such as `spread` or `independence`.
        concern: Whether it may change what the reader concludes.
        text: One sentence with the numbers.
    """

    name: str
    concern: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a test found.

    Args:
        question: What was asked.
        method: The test, in words.
        reason: Why this one.
        text: The answer in two or three plain sentences.
        statistic: The name and value of the test's statistic.
        df: Its degrees of freedom; empty for none.
        log_p: The natural logarithm of the p-value, which is never minus infinity for finite data; NaN where
            no test is possible.
        effects: How large it is, the main one first.
        groups: Each group in numbers.
        pairs: Every two of several groups.
        checks: What the method takes for granted, held against the data.
        n: Rows in the test.
        missing: Rows left out, for want of a value, a group or a partner.
        picture: The numbers to draw.
    """

    question: str
    method: str
    reason: str
    text: str
    statistic: tuple[str, float]
    df: tuple[float, ...] = ()
    log_p: float
    effects: tuple[Effect, ...]
    groups: tuple[Group, ...] = ()
    pairs: tuple[Pair, ...] = ()
    checks: tuple[Check, ...] = ()
    n: int
    missing: int = 0
    picture: Chart

    @property
    def effect(self) -> Effect:
        """The main effect."""
        return self.effects[0]

    @property
    def p(self) -> float:
        """The p-value; 0.0 where it is below 1e-308, so print `p_text` and compare `log_p`."""
        return math.exp(self.log_p)

    @property
    def p_text(self) -> str:
        """The p-value as people read it, such as `p = 3e-350`."""
        return p_text(self.log_p)

    @property
    def concerns(self) -> tuple[str, ...]:
        """The checks that may change what the reader concludes."""
        return tuple(each.text for each in self.checks if each.concern)

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib axes.

        Args:
            ax: The axes; None makes new ones.

        Returns:
            The axes.
        """
        return self.picture.plot(ax)

    def __str__(self) -> str:
        return "\n".join(
            [
                self.question,
                "",
                self.text,
                "",
                f"{self.method}: {self._statistic()}, {self.p_text}; n = {count(self.n)}",
                f"  {self.reason}",
                *_block("effects", map(str, self.effects)),
                *_block("groups", map(_described, self.groups)),
                *_block("pairs", map(str, self.pairs)),
                *_block("checks", (("! " if each.concern else "") + each.text for each in self.checks)),
            ]
        )

    def _repr_html_(self) -> str:
        parts = [f"<h3>{html.escape(self.question)}</h3>", f"<p>{html.escape(self.text)}</p>"]
        parts.append(
            _table(
                ("effect", "value", "low", "high", "interval"),
                [(e.name, e.value, e.low, e.high, _kind(e)) for e in self.effects],
            )
        )
        if self.groups:
            rows = [(g.name, g.n, g.missing, g.mean, g.sd, g.median) for g in self.groups]
            parts.append(_table(("group", "n", "missing", "mean", "sd", "median"), rows))
        if self.pairs:
            pairs = [
                (f"{p.first} − {p.second}", p.effect.value, p.effect.low, p.effect.high, p_text(p.log_p))
                for p in self.pairs
            ]
            parts.append(_table(("pair", "difference", "low", "high", "adjusted"), pairs))
        notes = [f"{self.method}: {self._statistic()}, {self.p_text}; n = {count(self.n)}", self.reason]
        shown = [html.escape(note) for note in notes]
        for each in self.checks:
            text = html.escape(each.text)
            shown.append(f"<strong>{text}</strong>" if each.concern else text)
        parts.append("<ul>" + "".join(f"<li>{note}</li>" for note in shown) + "</ul>")
        return "<div>" + "".join(parts) + "</div>"

    def _statistic(self) -> str:
        name, value = self.statistic
        freedom = ", ".join(number(each) for each in self.df)
        return f"{name}{f'({freedom})' if freedom else ''} = {number(value)}"


def span(effect: Effect) -> str:
    """Return the interval of an effect in words.

    Example:
        >>> span(Effect("odds ratio", 2.0, 1.2, math.inf, null=1.0))
        '95 % interval 1.2 to ∞'
    """
    if math.isnan(effect.low) or math.isnan(effect.high):
        return "no interval"
    ends = f"{number(effect.low, 3)} to {number(effect.high, 3)}"
    return f"{number(100 * effect.confidence)} % interval {ends}"


def _kind(effect: Effect) -> str:
    return f"{number(100 * effect.confidence)} %, {effect.method}" if effect.method else ""


def to_mind(checks: Sequence[Check]) -> str:
    """Return a sentence, with a space before it, that names the checks of concern; empty where none is.

    Example:
        >>> to_mind([Check("rows", concern=True, text="Few rows.")])
        ' Mind the checks: rows.'
    """
    names = [each.name for each in checks if each.concern and each.name != "data"]
    return f" Mind the checks: {', '.join(names)}." if names else ""


def _block(title: str, lines: Iterable[str]) -> list[str]:
    shown = [f"  {line}" for line in lines]
    return [f"{title}:", *shown] if shown else []


def _described(group: Group) -> str:
    parts = [f"n = {count(group.n)}"]
    if group.missing:
        parts.append(f"{count(group.missing)} missing")
    if not math.isnan(group.mean):
        parts.append(f"mean {number(group.mean)}")
    if not math.isnan(group.sd):
        parts.append(f"sd {number(group.sd)}")
    if not math.isnan(group.median):
        parts.append(f"median {number(group.median)}")
    return f"{group.name}: {', '.join(parts)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    def cell(value: str | float) -> str:
        return html.escape(value) if isinstance(value, str) else number(value)

    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(each)}</td>" for each in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
