"""What a cleaning step does to a value: the only place that knows, in training and in the service.

Every step is idempotent, so that cleaned values can be cleaned again, and none raises, whatever the value:
what a step does not understand goes through as it is, and the contract judges it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from interlock.contract.dates import dated
from interlock.contract.moment import read_timestamp
from interlock.contract.numerals import numeral
from interlock.contract.step import Step, in_order, stripped

__all__ = ["Cleaner", "clean", "cleaner", "example"]

Clean = Callable[[object], object]

_REALS = (int, float, np.integer, np.floating)


def clean(step: Step, value: object) -> object:
    """Return what one step makes of one value.

    Args:
        step: Any step; `drop` and `duplicates` are not about values and leave them alone.
        value: Any object, as JSON or a table has it.

    Returns:
        The cleaned value: a string, a float, None, or the value itself.

    Example:
        >>> price = Step("number", "price", format="1,234.5", symbols=("$",))
        >>> [clean(price, value) for value in ("$1,234.50", 1234.5, "call us", None)]
        [1234.5, 1234.5, 'call us', None]
    """
    return _compiled(step)(value)


class Cleaner:
    """All steps on one column, made ready: a function of one value.

    Words for "unknown" are looked for before text becomes a number, and codes such as 999 after it.

    Args:
        steps: On one column.

    Example:
        >>> age = Cleaner([Step("number", "age", format="1234.5"), Step("missing", "age", values=("?", 999))])
        >>> [age(value) for value in (" 41", "?", "999", 999)]
        [41.0, None, None, None]
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = in_order(tuple(steps))
        converts = [step for step in self.steps if step.kind in ("number", "date")]
        again = [step for step in self.steps if step.kind == "missing"]
        after = [step for step in self.steps if step.kind == "range"]
        before = [step for step in self.steps if step not in (*converts, *after)]
        self._compiled = tuple(_compiled(step) for step in (*before, *converts, *again, *after))

    def __call__(self, value: object) -> object:
        """Return what the steps make of a value."""
        for one in self._compiled:
            value = one(value)
        return value

    @property
    def numbers(self) -> tuple[frozenset[float], float, float]:
        """Which numbers become null: these, and what lies below the first or above the second bound."""
        gone = frozenset(number for step in self.steps if step.kind == "missing" for number in _numbers(step))
        ranges = [_bounds(step) for step in self.steps if step.kind == "range" and not _is_time(step)]
        return gone, *(ranges[0] if ranges else (-np.inf, np.inf))

    def gone(self, data: NDArray[np.float64], *, time: bool) -> NDArray[np.bool_]:
        """Return which numbers, or moments, become null: all that the steps do to what is no text.

        Args:
            data: float64 [n]; moments in seconds since 1970.
            time: Whether these are moments.

        Returns:
            bool [n]; False for NaN.
        """
        found = np.zeros(len(data), dtype=np.bool_)
        for step in self.steps:
            if step.kind == "missing":
                found |= np.isin(data, list(_moments(step) if time else _numbers(step)))
            elif step.kind == "range" and _is_time(step) == time:
                low, high = _bounds(step)
                found |= (data < low) | (data > high)
        return found


def cleaner(steps: Sequence[Step], column: str) -> Cleaner | None:
    """Return the steps on the values of one column as one function; None where there are none.

    Args:
        steps: Of a contract.
        column: The column's name.
    """
    own = [step for step in steps if step.column == column and step.kind not in ("drop", "duplicates")]
    return Cleaner(own) if own else None


def example(step: Step) -> object:
    """Return a value that the step changes, as a request could hold it; None where it is not about values.

    Example:
        >>> example(Step("number", "price", format="1,234.5", symbols=("$",)))
        '$1,234.5'
    """
    if step.kind == "range":
        low, high = _bounds(step)
        beyond = low - 1 if step.minimum is not None else high + 1
        return datetime.fromtimestamp(beyond, UTC).isoformat() if _is_time(step) else beyond
    examples: dict[str, Callable[[], object]] = {
        "strip": lambda: "  x  y ",
        "missing": lambda: step.values[-1],
        "spelling": lambda: step.spellings[0][0],
        "number": lambda: "".join(step.symbols[:1]) + step.format,
        "date": lambda: step.formats[0],
    }
    return examples[step.kind]() if step.kind in examples else None


@cache
def _compiled(step: Step) -> Clean:
    return _COMPILERS[step.kind](step) if step.kind in _COMPILERS else _leave


def _leave(value: object) -> object:
    return value


def _strip(_: Step) -> Clean:
    return lambda value: stripped(value) if isinstance(value, str) else value


def _missing(step: Step) -> Clean:
    texts, numbers, moments = _texts(step), _numbers(step), _moments(step)

    def run(value: object) -> object:
        if isinstance(value, str):
            return None if value in texts or (moments and read_timestamp(value) in moments) else value
        if isinstance(value, date):
            return None if read_timestamp(value) in moments else value
        return None if numbers and _real(value) in numbers else value

    return run


def _spelling(step: Step) -> Clean:
    kept = dict(step.spellings)
    return lambda value: kept.get(value, value) if isinstance(value, str) else value


def _number(step: Step) -> Clean:
    read = numeral(step.format, step.symbols)

    def run(value: object) -> object:
        number = read(value) if isinstance(value, str) else None
        return value if number is None else number

    return run


def _date(step: Step) -> Clean:
    read = dated(step.formats)

    def run(value: object) -> object:
        moment = read(value) if isinstance(value, str) else None
        return value if moment is None else moment

    return run


def _range(step: Step) -> Clean:
    low, high = _bounds(step)
    measure = _instant if _is_time(step) else _real

    def run(value: object) -> object:
        size = measure(value)
        return None if size is not None and (size < low or size > high) else value

    return run


_COMPILERS: dict[str, Callable[[Step], Clean]] = {
    "strip": _strip,
    "missing": _missing,
    "spelling": _spelling,
    "number": _number,
    "date": _date,
    "range": _range,
}


def _texts(step: Step) -> frozenset[str]:
    return frozenset(value for value in step.values if isinstance(value, str))


def _numbers(step: Step) -> frozenset[float]:
    return frozenset(value for value in step.values if not isinstance(value, str))


def _moments(step: Step) -> frozenset[float]:
    read = map(read_timestamp, _texts(step))
    return frozenset(moment for moment in read if isinstance(moment, float))


def _is_time(step: Step) -> bool:
    return isinstance(step.minimum if step.minimum is not None else step.maximum, str)


def _bounds(step: Step) -> tuple[float, float]:
    low, high = (
        _instant(bound) if isinstance(bound, str) else bound for bound in (step.minimum, step.maximum)
    )
    return -np.inf if low is None else low, np.inf if high is None else high


def _real(value: object) -> float | None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, _REALS):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond float64
        return float("inf") if value > 0 else float("-inf")


def _instant(value: object) -> float | None:
    moment = read_timestamp(value)
    return moment if isinstance(moment, float) else None
