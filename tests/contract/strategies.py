"""Random contracts, and random rows that keep and break them."""

from __future__ import annotations

import json
import keyword
import math
import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import strategies as st

from interlock.contract import MISSING, Action, Column, Contract, Policy, Type, dates, numerals
from interlock.contract.step import Step
from interlock.contract.validity import EXACT

HOSTILE_NAMES = [
    *keyword.kwlist[:5],
    "a.b",
    "😀",
    'say "hi"',
    "back\\slash",
    "new\nline",
    "\x7f",
    " ",
    "__class__",
    "c0",
]

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=4).filter(lambda text: text != MISSING)
names = st.one_of(st.sampled_from(HOSTILE_NAMES), words.filter(bool))


@st.composite
def columns(draw: st.DrawFn, name: str, roles: tuple[str, ...] = ("feature",)) -> Column:
    kind: Type = draw(st.sampled_from(get_args(Type)))
    build = {"boolean": _boolean, "category": _category, "text": _text}.get(kind, _numeric)
    fields: dict[str, Any] = draw(build(kind))
    on = fields.pop("on") | draw(_gaps(filled=fields.get("fill") is not None))
    role = draw(st.sampled_from(roles))
    texts: dict[str, Any] = {"role": role, "unit": draw(words), "description": draw(words)}
    return Column(name, kind, on=Policy(**on), **texts, **fields)


@st.composite
def contracts(draw: st.DrawFn, simple_names: bool = False) -> Contract:
    plain = st.text(string.ascii_letters + ".é😀", min_size=1, max_size=4)
    chosen = draw(st.lists(plain if simple_names else names, min_size=1, max_size=5, unique=True))
    made = [draw(columns(name, ("feature", "feature", "id", "ignore"))) for name in chosen]
    unknown: Action = "reject" if draw(st.booleans()) else "flag"
    if not draw(st.booleans()):
        return Contract(tuple(made), unknown=unknown)
    target = Column("the target", "category", role="target")
    classes = tuple(draw(st.lists(words, min_size=2, max_size=4, unique=True)))
    return Contract((*made, target), "binary" if len(classes) == 2 else "multiclass", classes, unknown)


#: Text that the steps below change, each in another way, and text beside it that they must leave alone.
dirty = st.sampled_from(
    [
        *(
            " a",
            "b\u00a0",
            "a  b",
            "\u200ba",
            "A",
            "x",
            "?",
            "NA",
            " NA ",
            "",
            "-",
            "nan",
            "inf",
            "\ud800",
            MISSING,
        ),
        *("$1,234.5", "12 %", "1.234,5", "1,5", " 5 ", "999", "007", "1e400", "1" * 400),
        *("-0", "(3)", "(-3)", "- 3", "--3", "1900-01-01", "1900-01-01T00:00:00Z"),
        *("31.1.2013", "31/1/2013", "1/31/2013 2:30 PM", "30 Feb 2013"),
    ]
)


@st.composite
def steps(draw: st.DrawFn, column: str, kind: str = "category") -> list[Step]:
    """Draw the cleaning steps of one column, one of each kind at most."""
    made = [Step("strip", column)] if draw(st.booleans()) else []
    if draw(st.booleans()):
        values: st.SearchStrategy[Any] = st.sampled_from(["?", "NA", "", 999, -1, 0, 1.5, "1900-01-01", "a"])
        made.append(Step("missing", column, values=tuple(draw(st.lists(values, min_size=1, max_size=4)))))
    if draw(st.booleans()):
        made.append(
            Step("spelling", column, spellings=(("A", "a"), ("x", "b"), ("a  b", "a b"), (" a", "a")))
        )
    if kind in ("number", "integer") and draw(st.booleans()):
        symbols = tuple(draw(st.lists(st.sampled_from(numerals.SYMBOLS), max_size=2, unique=True)))
        example = draw(st.sampled_from([*numerals.FORMATS]))
        made.append(Step("number", column, format=example, symbols=symbols))
    if kind == "timestamp" and draw(st.booleans()):
        formats = draw(st.lists(st.sampled_from([*dates.FORMATS]), min_size=1, max_size=3, unique=True))
        if not dates.contradiction(tuple(formats)):
            made.append(Step("date", column, formats=tuple(formats)))
    if draw(st.booleans()):
        bounds: list[Any] = draw(st.sampled_from([[-5, 5], [None, 20.5], ["1950-01-01", "2013-06-01"]]))
        made.append(Step("range", column, minimum=bounds[0], maximum=bounds[1]))
    return made


@st.composite
def cleaned_contracts(draw: st.DrawFn, simple_names: bool = False) -> Contract:
    """Draw a contract whose columns have cleaning steps."""
    contract = draw(contracts(simple_names))
    clean = [step for column in contract.inputs for step in draw(steps(column.name, column.type))]
    return replace(contract, clean=tuple(clean))


moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
#: JSON values that keep the contract often and break it in every way.
json_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-20, 20),
    st.integers(),
    st.sampled_from([EXACT, EXACT + 1, -EXACT - 1, 10**400, -(10**400), 2**63, 2**64]),
    st.floats(-20, 20),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["a", "b", "ab", "abc", "b" * 9, MISSING, "", "30", "2013-02-30", "2013-02-03 04:05", "true"]
    ),
    words,
    dirty.filter(lambda text: text != "\ud800"),
    moments.map(datetime.isoformat),
    st.sampled_from([[], {}, [1], {"a": None}, [10**400]]),
)

_texts = st.sampled_from(["a", "b", "ab", "abc", "b" * 9, MISSING, "", "c"]) | words
_numbers = (
    st.integers(-20, 20) | st.floats(-20, 20) | st.sampled_from([1.0, 1e3, EXACT, 2**53, -(2**70), 1e300])
)
_stamps = st.sampled_from(["2013-02-30", "2013-02-03 04:05", "1970-01-01T00:00:05Z"]) | moments.map(
    datetime.isoformat
)
_JSON: dict[str, st.SearchStrategy[Any]] = {
    "number": _numbers,
    "integer": _numbers,
    "boolean": st.booleans(),
    "timestamp": _stamps,
    "category": _texts,
    "text": _texts,
}


@st.composite
def rows(draw: st.DrawFn, contract: Contract) -> dict[str, Any]:
    """Draw a row: half of them hold only JSON types that fit, so that the typed decoder takes them."""
    if draw(st.booleans()):
        fitting = {column.name: st.none() | _JSON[column.type] for column in contract.columns}
        return draw(st.fixed_dictionaries({}, optional=fitting))
    names_ = st.sampled_from([column.name for column in contract.columns] + ["no such column"])
    return draw(st.dictionaries(names_, json_values))


def as_json(value: object) -> str:
    """Write JSON, an infinite number as one that overflows."""
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{as_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return json.dumps(value)


@st.composite
def _gaps(draw: st.DrawFn, filled: bool) -> dict[str, str]:
    fill = ["impute"] if filled else []
    return {
        "null": draw(st.sampled_from(["allow", "flag", "reject", *fill])),
        "type": draw(st.sampled_from(["flag", "reject", *fill])),
    }


@st.composite
def _numeric(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    bound = st.integers(-10, 10) if kind == "integer" else st.floats(-10, 10)
    low, high = sorted([draw(bound), draw(bound)])
    fields: dict[str, Any] = {
        "minimum": draw(st.sampled_from([None, low])),
        "maximum": draw(st.sampled_from([None, high])),
    }
    fields["fill"] = draw(st.sampled_from([None, low, high]))
    actions = ["flag", "reject"]
    actions += ["impute"] if fields["fill"] is not None else []
    actions += ["clip"] if fields["minimum"] is not None or fields["maximum"] is not None else []
    return {**fields, "on": {"range": draw(st.sampled_from(actions))}}


@st.composite
def _boolean(draw: st.DrawFn, _: str) -> dict[str, Any]:
    return {"fill": draw(st.sampled_from([None, True, False])), "on": {}}


@st.composite
def _text(draw: st.DrawFn, _: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "max_length": draw(st.sampled_from([None, 1, 2])),
        "pattern": draw(st.sampled_from([None, "[ab]*", "a|ab|"])),
        "fill": draw(st.sampled_from([None, "a"])),
    }
    fill = ["impute"] if fields["fill"] else []
    clip = ["clip"] if fields["max_length"] else []
    length = draw(st.sampled_from(["flag", "reject", *clip]))
    return {**fields, "on": {"length": length, "pattern": draw(st.sampled_from(["flag", "reject", *fill]))}}


@st.composite
def _category(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    fields: dict[str, Any] = draw(_text(kind))
    fields["levels"] = draw(st.sampled_from([None, ("a",), ("a", "b", "abc", ""), ()]))
    if fields["levels"] == ():
        fields["fill"] = None
        fields["on"] = dict.fromkeys(fields["on"], "flag")
    fill = ["impute"] if fields["fill"] else []
    fields["on"]["category"] = draw(st.sampled_from(["flag", "reject", *fill]))
    return fields
