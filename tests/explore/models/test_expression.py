from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.explore.models.basis import State
from interlock.explore.models.expression import Labels, evaluate, parse
from interlock.explore.models.frame import read

TABLE = pa.table({"x": [1.0, 2.0, 4.0], "two words": [3, 5, 7], "g": ["b", "a", "b"]})


def value(text: str) -> list[float]:
    expression = parse(text)
    found = evaluate(expression, read(TABLE, expression.names).frame, {})
    assert not isinstance(found, Labels)
    numbers: list[float] = found.tolist()
    return numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", [1, 2, 4]),
        ("I(x ** 2 + 1)", [2, 5, 17]),
        ("log(x)", [0, math.log(2), math.log(4)]),
        ("np.sqrt(x)", [1, math.sqrt(2), 2]),
        ("-x / `two words`", [-1 / 3, -2 / 5, -4 / 7]),
        ("I(g == 'b')", [1, 0, 1]),
        ("I(g != 'b')", [0, 1, 0]),
        ("I(x >= 2)", [0, 1, 1]),
        ("center(log2(x))", [-1, 0, 1]),
        ("scale(`two words`)", [-1, 0, 1]),
        ("exp(log1p(x)) + expm1(x - x) + abs(-1 * x) + cos(x - x) + sin(x - x)", [4, 6, 10]),
        ("log10(100 * x / x)", [2, 2, 2]),
    ],
)
def test_arithmetic_is_pythons(text: str, expected: list[float]) -> None:
    assert value(text) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "x.__class__",
        "().__class__.__bases__",
        "[x for x in (1,)]",
        "lambda: x",
        "x if x else x",
        "open('x')",
        "eval('x')",
        "np.load('x')",
        "np.lib.npyio",
        "log.__globals__",
        "log(x)(x)",
        "x[0]",
        "f'{x}'",
        "'text'",
        "True",
        "1j",
        "x < x < x",
        "x and x",
        "x @ x",
        "(x := 1)",
        "log(*x)",
        "log(x, out=x)",
        "log(x=x)",
        "C()",
        "C(x, print(1))",
        "C(x + 1)",
        "C(g, Sum)",
        "log(C(g))",
        "I(poly(x, 2))",
        "poly(x, 2, raw=True)",
        "poly(x, x)",
        "poly(x, 0)",
        "bs(x, df=1000)",
        "center(x, 1)",
        "lag(x)",
        "cr(x, df=3)",
        "hashed(g)",
        "x; import os",
        "x\nimport os",
        "",
        "(" * 300 + "x",
        "-" * 900 + "x",
        "x + " * 3000 + "x",
    ],
)
def test_everything_else_is_refused_with_words(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.next_step


def test_a_refusal_names_what_was_called_and_what_may_be() -> None:
    with pytest.raises(InputError, match=r"may not call `lag`") as caught:
        parse("lag(x)")
    assert "log" in caught.value.next_step
    assert "center" in caught.value.next_step


@given(st.text(max_size=30))
def test_any_text_is_an_expression_or_an_input_error(text: str) -> None:
    try:
        parse(text)
    except InputError:
        return


def test_a_huge_power_is_no_long_computation() -> None:
    assert value("I(9 ** 9 ** 9 ** 9)") == [math.inf] * 3


def test_text_in_arithmetic_says_what_to_do() -> None:
    with pytest.raises(InputError, match="column `g` holds text") as caught:
        value("log(g)")
    assert "C(g)" in caught.value.next_step


def test_levels_are_ascending_and_the_reference_is_remembered() -> None:
    frame = read(TABLE, ["g", "x"]).frame
    found = evaluate(parse("C(g, Treatment('b'))"), frame, {})
    assert isinstance(found, Labels)
    assert (found.codes.tolist(), found.levels, found.base) == ([1, 0, 1], ("a", "b"), "b")
    numbers = evaluate(parse("C(x, Treatment(reference=2))"), frame, {})
    assert isinstance(numbers, Labels)
    assert (numbers.levels, numbers.base) == (("1", "2", "4"), "2")


def test_what_was_learned_is_used_for_other_rows() -> None:
    state: dict[str, State] = {}
    evaluate(parse("center(x)"), read(TABLE, ["x"]).frame, state)
    later = read(pa.table({"x": [10.0]}), ["x"]).frame
    found = evaluate(parse("center(x)"), later, state)
    assert not isinstance(found, Labels)
    np.testing.assert_allclose(found, [10 - 7 / 3])
