from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix

from interlock.errors import InputError
from interlock.explore.models.design import learn, response
from interlock.explore.models.formula import formula_of
from interlock.explore.models.frame import Frame, read

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "y": RNG.normal(size=60),
        "x": RNG.normal(size=60),
        "z": RNG.normal(size=60),
        "g": RNG.choice(list("abc"), 60),
        "h": RNG.choice(list("uv"), 60),
        "k": RNG.integers(0, 3, 60),
    }
)


def rows(table: pd.DataFrame, *names: str) -> Frame:
    return read(table, names).frame


@pytest.mark.parametrize(
    "right",
    [
        "x",
        "1",
        "x*g",
        "0+g",
        "0+g:h",
        "g:h",
        "x:g",
        "0+x:g",
        "g*h*x",
        "g+g:h",
        "h:g+g",
        "C(k)*g",
        "0+g*h",
        "x*z",
        "g:x:z",
        "x:g:h + x",
        "0+g+h+g:h:x",
        "(x + g + h)**3",
        "poly(x,3)*g",
        "bs(x,df=5)",
        "log(abs(x)) + I(x**2) + center(z) + scale(x)",
        "C(g, Treatment('b'))",
    ],
)
def test_the_columns_are_formulaics(right: str) -> None:
    formula = formula_of(f"y ~ {right}")
    frame = rows(TABLE, *formula.names)
    theirs = model_matrix(f"y ~ {right}", TABLE).rhs.to_numpy(float)
    ours = learn(formula, frame).matrix(frame)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_columns_have_names_that_say_what_they_are() -> None:
    design = learn(formula_of("y ~ C(g) * x + poly(x, 2)"), rows(TABLE, "g", "x"))
    assert design.columns == (
        *("Intercept", "C(g)[b]", "C(g)[c]", "x", "poly(x, 2)[1]", "poly(x, 2)[2]"),
        *("C(g)[b]:x", "C(g)[c]:x"),
    )
    assert design.terms[-1] == "C(g):x"


def test_an_unseen_level_is_an_error_with_the_known_ones() -> None:
    design = learn(formula_of("y ~ C(k) + g"), rows(TABLE, "k", "g"))
    new = pd.DataFrame({"k": [0, 1, 2], "g": ["a", "z", "q"]})
    with pytest.raises(InputError, match="column `g` holds a level that the model has never seen") as caught:
        design.matrix(rows(new, "k", "g"))
    assert caught.value.where == "row 2"
    assert "'q', 'z'" in caught.value.what
    assert "'a', 'b', 'c'" in caught.value.next_step


def test_a_level_is_the_same_in_every_type() -> None:
    design = learn(formula_of("y ~ C(k)"), rows(TABLE, "k"))
    for values in ([2, 0], [2.0, 0.0], ["2", "0"]):
        matrix = design.matrix(rows(pd.DataFrame({"k": values}), "k"))
        assert matrix.tolist() == [[1, 0, 1], [1, 0, 0]]


def test_a_column_that_changed_its_type_is_refused() -> None:
    design = learn(formula_of("y ~ g + x"), rows(TABLE, "g", "x"))
    with pytest.raises(InputError, match="column `g` held text when the model was fitted, and holds numbers"):
        design.matrix(rows(pd.DataFrame({"g": [1], "x": [1.0]}), "g", "x"))
    with pytest.raises(InputError, match="column `x` held numbers when the model was fitted, and holds text"):
        design.matrix(rows(pd.DataFrame({"g": ["a"], "x": ["b"]}), "g", "x"))


def test_one_level_alone_is_refused() -> None:
    with pytest.raises(InputError, match="`g` has one level alone"):
        learn(formula_of("y ~ g"), rows(pd.DataFrame({"g": ["a", "a"]}), "g"))


def test_a_reference_that_does_not_occur_is_refused() -> None:
    with pytest.raises(InputError, match=r"the reference level of .* does not occur"):
        learn(formula_of("y ~ C(g, Treatment('q'))"), rows(TABLE, "g"))


def test_a_logarithm_of_nothing_names_the_row() -> None:
    table = pd.DataFrame({"y": [1.0, 2, 3], "x": [1.0, 0.0, -1.0]})
    with pytest.raises(InputError, match=r"`log\(x\)` has no finite value in 2 rows") as caught:
        learn(formula_of("y ~ log(x)"), rows(table, "x"))
    assert ("row 1" in caught.value.where, caught.value.got) == (True, "x = 0.0")
    with pytest.raises(InputError, match=r"`log\(x\)` has no finite value"):
        response(formula_of("log(x) ~ y"), rows(table, "x", "y"))


def test_a_response_of_text_says_how_to_count_it() -> None:
    with pytest.raises(InputError, match="`g` holds text where numbers are needed") as caught:
        response(formula_of("g ~ x"), rows(TABLE, "g", "x"))
    assert "I(g == 'c') ~" in caught.value.next_step


def test_a_category_that_would_not_fit_in_memory_is_refused() -> None:
    table = pd.DataFrame({"id": np.arange(30_000)})
    frame = rows(table, "id")
    with pytest.raises(InputError, match="30,000 rows and 30,000 columns do not fit in memory"):
        learn(formula_of("y ~ C(id)"), frame).matrix(frame)
    crossed = rows(table.assign(other=table["id"]), "id", "other")
    with pytest.raises(InputError, match="900,000,000 columns do not fit in memory"):
        learn(formula_of("y ~ C(id) * C(other)"), crossed).matrix(crossed)
