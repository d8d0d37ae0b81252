"""The contract as a value: columns with their domains, and what to do about each kind of violation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from interlock.contract.step import Step, check_steps, in_order
from interlock.contract.validity import check_column, check_contract

__all__ = [
    "MISSING",
    "Action",
    "Code",
    "Column",
    "Contract",
    "Monotone",
    "Personal",
    "Policy",
    "Role",
    "Task",
    "Type",
]

Type = Literal["number", "integer", "boolean", "category", "text", "timestamp"]
Role = Literal["feature", "target", "id", "time", "weight", "ignore"]
Monotone = Literal["", "increasing", "decreasing"]
Personal = Literal["", "drop", "hash", "truncate"]
Task = Literal["binary", "multiclass", "regression"]
Action = Literal["allow", "flag", "impute", "clip", "reject"]
Code = Literal["missing", "null", "type", "range", "category", "length", "pattern", "unknown"]

#: What a null string becomes in a model's string tensor; a private-use character, so no real value equals it.
MISSING = "\ue000"


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do about each kind of violation in one column.

    `flag` lets the value through and says so (a value of the wrong type goes on as null); `impute` replaces
    it by the column's `fill`; `clip` moves it to the nearest bound (or cuts a string to `max_length`);
    `reject` refuses the row. Nothing but `allow` is ever silent.

    Args:
        null: A null or absent value: `allow`, `flag`, `impute` or `reject`.
        type: A value of another type, such as "30", true or 30.9 for an integer: `flag`, `impute`, `reject`.
        range: A value outside `minimum` to `maximum`, infinite (goes on as null), or an integer beyond
            2**53 - 1, which no float64 holds exactly: `flag`, `clip`, `impute`, `reject`.
        category: A level that is not among `levels`: `flag`, `impute`, `reject`.
        length: A string longer than `max_length`: `flag`, `clip`, `reject`.
        pattern: A string that does not match `pattern` wholly: `flag`, `impute`, `reject`.
    """

    null: Action = "allow"
    type: Action = "reject"
    range: Action = "flag"
    category: Action = "flag"
    length: Action = "flag"
    pattern: Action = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract.

    Args:
        name: As in the table and in a request; any string but the empty one.
        type: What its values are.
        role: What it is for. `feature` and `time` columns go to the model; `target`, `weight` (how much a row
            counts in learning), `id` and `ignore` columns are known, so a request may hold them, and are not
            read.
        minimum: The smallest allowed value, in the column's unit (timestamps: seconds since 1970, UTC).
        maximum: The largest allowed value, likewise.
        levels: The allowed categories; None allows any.
        max_length: The longest allowed string, in characters.
        pattern: A regular expression that a string must match wholly.
        fill: What `impute` puts in.
        on: What to do about violations.
        unit: Such as `minutes`; for people.
        description: One sentence; for people.
        monotone: Whether the prediction may only rise, or only fall, with this number; empty leaves it free.
        sensitive: Whether validation compares the groups that its values make.
        personal: What the ledger keeps of its values: nothing (`drop`), a keyed hash of each (`hash`), or
            their coarse part (`truncate`); all of them where it is empty.
        truncate: The coarse part: of a string so many characters, of a number the multiple of this just
            below it (timestamps: seconds, so 86400 keeps the day).

    Raises:
        ContractError: Where the column contradicts itself.

    Example:
        >>> Column("age", "integer", minimum=0, maximum=120, on=Policy(range="reject"), unit="years").maximum
        120.0
    """

    name: str
    type: Type
    role: Role = "feature"
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] | None = None
    max_length: int | None = None
    pattern: str | None = None
    fill: float | str | bool | None = None
    on: Policy = field(default_factory=Policy)
    unit: str = ""
    description: str = ""
    monotone: Monotone = ""
    sensitive: bool = False
    personal: Personal = ""
    truncate: float | None = None

    def __post_init__(self) -> None:
        for name in (
            "minimum",
            "maximum",
            "fill",
            "truncate",
        ):  # one form of each number: 0, 0.0 and -0.0 are one contract
            value = getattr(self, name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                object.__setattr__(self, name, _float(value))
        check_column(self)

    @property
    def is_string(self) -> bool:
        """Whether it goes to the model's string tensor (category, text) and not to the numbers."""
        return self.type in ("category", "text")


@dataclass(frozen=True, slots=True)
class Contract:
    """What a row must look like, learned once and executed in training, in the service and in monitoring.

    Args:
        columns: In the order of the table; names are unique.
        task: What is predicted; None while no target is declared.
        classes: For `binary` and `multiclass`: the target's labels as strings, sorted, the positive one last
            for `binary`.
        unknown: What to do about a column that the contract does not name: `reject` or `flag`.
        clean: The cleaning steps, which run before anything is judged; kept by column and in their order.

    Raises:
        ContractError: Where the contract contradicts itself.

    Example:
        >>> contract = Contract((Column("age", "integer"), Column("city", "category")))
        >>> [column.name for column in contract.strings]
        ['city']
    """

    columns: tuple[Column, ...]
    task: Task | None = None
    classes: tuple[str, ...] = ()
    unknown: Action = "reject"
    clean: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "clean", in_order(self.clean))
        check_contract(self)
        check_steps(self)

    def __getitem__(self, name: str) -> Column:
        """Return the column called `name`; raises `KeyError`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns a model receives: features and the time column, in order."""
        return tuple(column for column in self.columns if column.role in ("feature", "time"))

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The inputs of the numeric tensor, in its order."""
        return tuple(column for column in self.inputs if not column.is_string)

    @property
    def strings(self) -> tuple[Column, ...]:
        """The inputs of the string tensor, in its order."""
        return tuple(column for column in self.inputs if column.is_string)

    @property
    def target(self) -> Column | None:
        """The column to predict, if one is declared."""
        return next((column for column in self.columns if column.role == "target"), None)

    @property
    def weight(self) -> Column | None:
        """The column that says how much a row counts in learning, if one is declared."""
        return next((column for column in self.columns if column.role == "weight"), None)

    @property
    def time(self) -> Column | None:
        """The column that says when a row happened, if one is declared."""
        return next((column for column in self.columns if column.role == "time"), None)


def _float(value: float) -> float:
    try:
        return float(value) + 0.0  # turns -0.0 into 0.0
    except OverflowError:  # an integer beyond float64: check_column says so
        return float("inf")
