"""What a cleaning step does, in words: for the service's description, the model card and the report."""

from __future__ import annotations

from collections.abc import Callable

from interlock.contract.step import Step

__all__ = ["description"]


def description(step: Step) -> str:
    """Return what a step does, as part of a sentence.

    Args:
        step: Any step.

    Example:
        >>> description(Step("number", "price", format="1,234.5", symbols=("$",)))
        'text such as 1,234.5 is read as a number, with or without $'
    """
    return _SAID[step.kind](step)


def _values(step: Step) -> str:
    shown = ", ".join(f"{value:g}" if isinstance(value, float) else f"“{value}”" for value in step.values[:6])
    return f"{shown}{', …' if len(step.values) > 6 else ''} mean null"


def _spellings(step: Step) -> str:
    many = len(step.spellings)
    return "1 spelling is united with another" if many == 1 else f"{many} spellings are united with others"


def _number(step: Step) -> str:
    symbols = f", with or without {' '.join(step.symbols)}" if step.symbols else ""
    return f"text such as {step.format} is read as a number{symbols}"


def _drop(step: Step) -> str:
    return f"it is not read, as a copy of {step.copy_of}" if step.copy_of else "it is not read"


def _end(bound: float | str | None) -> str:
    return "…" if bound is None else bound if isinstance(bound, str) else f"{bound:g}"


_SAID: dict[str, Callable[[Step], str]] = {
    "strip": lambda _: "blanks too many are removed",
    "missing": _values,
    "spelling": _spellings,
    "number": _number,
    "date": lambda step: f"dates are read as {' or '.join(step.formats)} or ISO 8601",
    "range": lambda step: f"what lies outside {_end(step.minimum)} to {_end(step.maximum)} becomes null",
    "drop": _drop,
    "duplicates": lambda _: "rows that repeat another one were left out before the table was parted",
}
