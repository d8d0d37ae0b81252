from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.explore.models.formula import formula_of


def test_a_formula_comes_apart() -> None:
    found = formula_of("log(y) ~ b:c + a * C(g) + `two words` + offset(log(t))")
    assert found.response == "log(y)"
    assert found.terms == ((), ("a",), ("C(g)",), ("`two words`",), ("b", "c"), ("a", "C(g)"))
    assert found.offsets == ("offset(log(t))",)
    assert found.names == ("y", "a", "g", "two words", "b", "c", "t")


@pytest.mark.parametrize("text", ["y ~ 0 + x", "y ~ x - 1", "y ~ -1 + x"])
def test_the_intercept_can_be_left_out(text: str) -> None:
    assert formula_of(text).terms == (("x",),)


def test_powers_are_interactions() -> None:
    assert formula_of("y ~ (a + b)**2").terms == ((), ("a",), ("b",), ("a", "b"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y ~ __import__('os').system('x')", "does not parse|may not call"),
        ("y ~ {__import__('os')}", "may not call"),
        ("__import__('os') ~ x", "may not call"),
        ("y ~ x + lag(x)", "may not call `lag`"),
        ("x + z", "one response"),
        ("y + z ~ x", "one response"),
        ("y:z ~ x", "one response"),
        ("y ~ x | z", "does not parse|one response"),
        ("y ~ .", "does not parse"),
        ("y ~ x ~ z", "does not parse"),
        ("y ~ 2:x", "a number cannot multiply"),
        ("y ~ (a + b)**99", "a power above 9"),
        ("y ~ (a + b)^99999", "a power above 9"),
        ("offset(y) ~ x", "an offset is a term of its own"),
        ("y ~ x:offset(z)", "an offset is a term of its own"),
        ("", "one response"),
        ("y ~ 'a'", "does not parse"),
    ],
)
def test_what_is_no_model_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        formula_of(text)
    assert "\x1b" not in str(caught.value)


def test_no_text_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="a formula is a string"):
        formula_of(None)  # type: ignore[arg-type]


@given(st.text(alphabet="yx~+-*:/()|^`'{}[]%1 .", max_size=20))
def test_any_text_is_a_formula_or_an_input_error(text: str) -> None:
    try:
        formula_of(text)
    except InputError:
        return
