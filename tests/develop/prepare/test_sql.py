from typing import NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from tests.develop.prepare.hostile_columns import READABLE, duck, numpy, onnx, rows

from interlock.develop.prepare.reading import SUPPORTED
from interlock.develop.prepare.sql import parse
from interlock.errors import InputError

ROWS = rows()


class Pair(NamedTuple):
    """One expression as we read it, and as DuckDB does, where NaN is made the NULL that it is with us."""

    ours: str
    ducks: str


def _join(form: str, *parts: Pair, nan: bool = False) -> Pair:
    ours = form.format(*(part.ours for part in parts))
    ducks = form.format(*(part.ducks for part in parts))
    return Pair(ours, f"nullif({ducks}, 'nan'::DOUBLE)" if nan else ducks)


def _numbers(numbers: st.SearchStrategy[Pair], truths: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    risky = st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} % {})"])
    binary = st.sampled_from(["greatest({}, {})", "least({}, {})", "nullif({}, {})", "coalesce({}, {})"])
    unary = st.sampled_from(
        [
            "(-{})",
            "abs({})",
            "floor({})",
            "ceil({})",
            "round({})",
            "trunc({})",
            "round({}, 2)",
            "round({}, -1)",
        ]
    )
    choices = st.sampled_from(
        [
            "CASE WHEN {0} THEN {1} ELSE {2} END",
            "if({0}, {1}, {2})",
            "CASE WHEN {0} THEN {1} WHEN NOT {0} THEN {2} END",
        ]
    )
    return st.one_of(
        st.builds(lambda form, x, y: _join(form, x, y, nan=True), risky, numbers, numbers),
        st.builds(_join, binary, numbers, numbers),
        st.builds(_join, unary, numbers),
        st.builds(lambda x: _join("sqrt({})", x, nan=True), numbers),
        st.builds(_join, choices, truths, numbers, numbers),
        st.builds(lambda x: Pair(x.ours, f"({x.ducks})::DOUBLE"), truths),
        st.builds(lambda x: _join("TRY_CAST({} AS BIGINT)::DOUBLE", x), numbers),
    )


def _truths(numbers: st.SearchStrategy[Pair], truths: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    comparison = st.sampled_from(
        [
            "({} < {})",
            "({} <= {})",
            "({} > {})",
            "({} >= {})",
            "({} = {})",
            "({} <> {})",
            "({} IS DISTINCT FROM {})",
        ]
    )
    three = st.sampled_from(["({} BETWEEN {} AND {})", "({} NOT IN ({}, {}))", "({} IN ({}, {}))"])
    logic = st.sampled_from(["({} AND {})", "({} OR {})"])
    one = st.sampled_from(["(NOT {})", "({} IS NULL)", "({} IS TRUE)", "({} IS NOT FALSE)"])
    words = st.sampled_from(
        [
            "s = 'x'",
            "s <> ''",
            "s IN ('é', 'nan', '')",
            "s = r",
            "s <> r",
            "s IS NULL",
            "'y' = r",
            "r NOT IN ('x')",
        ]
    )
    times = st.sampled_from(
        [
            "t > TIMESTAMP '1970-01-01'",
            "t::DATE = t",
            "t BETWEEN '1900-01-01' AND TIMESTAMP '2000-02-29 00:00'",
        ]
    )
    return st.one_of(
        st.builds(_join, comparison, numbers, numbers),
        st.builds(_join, three, numbers, numbers, numbers),
        st.builds(_join, logic, truths, truths),
        st.builds(_join, one, truths),
        st.builds(lambda x: _join("({} IS NOT NULL)", x), numbers),
        st.builds(lambda text: Pair(f"({text})", f"({text})"), st.one_of(words, times)),
    )


_LEAVES = st.sampled_from(
    [
        *(Pair(name, name) for name in "ab"),
        *(Pair(text, f"({text})::DOUBLE") for text in ("0", "1.5", "2", "0.1", "1e300", "NULL", "year(t)")),
    ]
)
_BASE = st.sampled_from([Pair(f"({name} > 1)", f"({name} > 1)") for name in "ab"])


def _nested(depth: int) -> tuple[st.SearchStrategy[Pair], st.SearchStrategy[Pair]]:
    """Numbers and conditions, nested so deep at most."""
    if not depth:
        return _LEAVES, _BASE
    numbers, truths = _nested(depth - 1)
    return st.one_of(_LEAVES, _numbers(numbers, truths)), st.one_of(_BASE, _truths(numbers, truths))


@settings(max_examples=25)
@given(st.lists(_nested(3)[0], min_size=1, max_size=6))
def test_numpy_and_onnx_compute_what_duckdb_computes(pairs: list[Pair]) -> None:
    pairs = [_join("coalesce({}, a)", each) for each in pairs]  # so that each reads a column
    pairs += [_join("({} IS NULL)", each) for each in pairs]
    nodes = [parse(pair.ours, READABLE, "feature") for pair in pairs]
    expected = duck(ROWS, [pair.ducks for pair in pairs])
    np.testing.assert_array_equal(numpy(ROWS, nodes), expected)
    np.testing.assert_array_equal(onnx(ROWS, nodes), expected)


@pytest.mark.parametrize(
    "text",
    [
        "ln(a)",
        "log(a)",
        "log10(a)",
        "log2(a)",
        "log(2, a)",
        "exp(a)",
        "power(a, b)",
        "a ** 3",
        "sin(a)",
        "cos(a)",
        "tanh(a)",
        "radians(a)",
        "degrees(a)",
        "-a ^ 2",
        "2 * a ^ 2 * 2",
        "a ^ b ^ 2",
        "pi() * a",
    ],
)
def test_what_is_no_fraction_is_right_to_the_last_digits(text: str) -> None:
    expected = duck(ROWS, [f"nullif({text}, 'nan'::DOUBLE)"])
    node = parse(text, READABLE, "feature")
    for found in (numpy(ROWS, [node]), onnx(ROWS, [node], apart=1e-12)):
        np.testing.assert_allclose(
            found, expected, rtol=1e-12, atol=1e-15 if text[:3] in ("sin", "cos") else 0
        )


def test_whole_powers_have_whole_logarithms() -> None:
    for text, base in (("log10(a)", 10.0), ("log2(a)", 2.0)):
        powers = (
            base ** np.arange(-4, 23) if base == 2 else np.array([float(f"1e{each}") for each in range(23)])
        )
        asked = ROWS._replace(numbers=np.column_stack([powers] * 3), strings=_short(len(powers)))
        node = parse(text, READABLE, "feature")
        for found in (numpy(asked, [node]), onnx(asked, [node])):
            np.testing.assert_array_equal(found[:, 0], np.round(np.log10(powers) / np.log10(base)))


def _short(n: int):  # type: ignore[no-untyped-def]
    return tuple(column._replace(codes=column.codes[:n]) for column in ROWS.strings)


_PARTS = ("year", "quarter", "month", "day", "hour", "minute", "second", "dayofweek", "isodow", "dayofyear")


def test_parts_of_a_date_are_exact() -> None:
    units = ("year", "quarter", "month", "day", "hour", "minute", "second")
    texts = [f"{part}(t)" for part in (*_PARTS, "epoch")]
    texts += ["extract(doy FROM t)", "date_part('dow', t)", "epoch(t::DATE)"]
    texts += [f"date_diff('{unit}', TIMESTAMP '1999-12-31 23:59:59', t)" for unit in units]
    texts += [f"date_diff('{unit}', t, t)" for unit in units]
    nodes = [parse(text, READABLE, "feature") for text in texts]
    expected = duck(ROWS, texts)
    np.testing.assert_array_equal(numpy(ROWS, nodes), expected)
    np.testing.assert_array_equal(onnx(ROWS, nodes), expected)


def test_names_are_found_whatever_their_case_and_quoted() -> None:
    node = parse('"A" + B', READABLE, "feature")
    np.testing.assert_array_equal(numpy(ROWS, [node]), duck(ROWS, ["nullif(a + b, 'nan'::DOUBLE)"]))


@pytest.mark.parametrize(
    ("text", "what", "step"),
    [
        ("distanse / 2", "`distanse` is not known here", "known here: a, b"),
        ("aa / 2", "", "did you mean `a`?"),
        ("t.a", "`t.a` is not known here", ""),
        (
            "a +",
            "an expression does not parse",
            "look at `+`; a column that has the name of a word of SQL stands in double quotes",
        ),
        ("a b c", "an expression does not parse", ""),
        ("a; DROP TABLE x", "this is not supported in a feature", ""),
        ("SELECT a", "this is not supported in a feature", ""),
        ("a AS b", "this is not supported in a feature", "supported are + - *"),
        ("tan(a)", "this is not supported in a feature", ""),
        ("soundex(s)", "this is not supported in a feature", ""),
        ("a // b", "// is not supported", "write floor(a / b)"),
        ("sum(a)", "an aggregate cannot stand inside of an expression", "give it a feature of its own"),
        ("avg(a) OVER (PARTITION BY b)", "an aggregate cannot stand inside of an expression", ""),
        ("1 + mean(a) over 30 days by s", "an aggregate cannot stand inside of an expression", ""),
        ("a < b < 3", "comparisons cannot be chained", "write a < b AND b < c"),
        ("s", "a feature has to be a number, and this is text", ""),
        ("t", "a feature has to be a number, and this is a time", ""),
        ("1 + 1", "a feature has to read a column", ""),
        ("t - t", "a time is used as a number", "epoch(…) gives its seconds"),
        ("s + 1", "text is used as a number", ""),
        ("s > 'x'", "text is used as a number", ""),
        ("s = 1", "text is compared with a number", "write it between single quotes"),
        ("a = 'x'", "text is used as a number", ""),
        ("t > 'soon'", "a time does not parse", "write it as TIMESTAMP"),
        ("hour(a)", "a time is needed here", ""),
        ("extract(week FROM t)", "a part of a time is not known", "parts are year, quarter"),
        ("date_diff('fortnight', t, t)", "a unit of time is not known", ""),
        ("round(a, b)", "round takes a fixed number of digits", ""),
        ("log(b, a)", "log takes a fixed base", ""),
        ("CAST(a AS VARCHAR)", "this is not supported in a feature", ""),
        ("a IN (SELECT 1)", "this is not supported in a feature", ""),
        ("+".join(["a"] * 200), "an expression is nested too deeply", ""),
        ("(" * 3000 + "a" + ")" * 3000, "an expression", ""),
        ("a + " * 3000 + "a", "an expression is too long", ""),
    ],
)
def test_what_is_refused(text: str, what: str, step: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text, READABLE, "[features] f")
    assert error.value.what.startswith(what)
    assert step in error.value.next_step
    assert error.value.next_step
    assert error.value.where == "[features] f"


def test_what_is_said_to_be_supported_is() -> None:
    for name in ("abs", "sign", "floor", "ceil", "round", "trunc", "sqrt", "exp", "ln", "tanh", "radians"):
        assert name in SUPPORTED
        parse(f"{name}(a)", READABLE, "feature")
    for name in _PARTS:
        assert name in SUPPORTED
