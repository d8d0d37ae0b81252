from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from tests.fixtures_develop import COLUMNS, coded, contract

from interlock.contract import MISSING, Column
from interlock.develop.bring import bring
from interlock.develop.bring.terms import TermsTable, read_terms
from interlock.develop.candidates import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.sample import Sample
from interlock.errors import InputError

DESCRIBED = (
    Column("x", "number"),
    Column("size", "number"),
    Column("on", "boolean"),
    Column("colour", "category"),
)


def drawn(task: Any = "binary") -> tuple[Sample, pd.DataFrame]:
    random = np.random.default_rng(0)
    x, size, on = random.normal(size=600), random.lognormal(size=600), random.integers(0, 2, 600)
    colour = random.choice(["blue", "red", "é"], 600)
    signal = x - np.log(size) + (colour == "red") * x + 0.5 * on
    target = (
        (signal + random.logistic(size=600) > 0).astype(float)
        if task == "binary"
        else np.exp(signal / 3) + random.random(600)
    )
    sample = Sample(
        np.stack([x, size, on], 1).astype(float), (coded(colour),), target, task, 2 * (task == "binary")
    )
    return sample, pd.DataFrame({"x": x, "size": size, "on": on, "colour": colour, "y": target})


def as_r_names(name: str) -> str:
    """Write a term of patsy as R does: `colour[T.red]` is `colourred`, `np.log(size)` is `log(size)`."""
    name = name.replace("np.", "").replace("[T.", "").replace("]", "")
    return {"Intercept": "(Intercept)", "I(x ** 2)": "I(x^2)", "on": "onTRUE"}.get(name, name)


@pytest.mark.parametrize(
    ("task", "link", "family"),
    [
        ("binary", "", sm.families.Binomial()),
        ("regression", "", sm.families.Gaussian()),
        ("regression", "log", sm.families.Gaussian(sm.families.links.Log())),
    ],
)
def test_answers_as_the_model_that_wrote_the_terms(tmp_path: Path, task: Any, link: Any, family: Any) -> None:
    sample, data = drawn(task)
    model = smf.glm("y ~ x * colour + np.log(size) + I(x ** 2) + on", data, family=family).fit()
    path = tmp_path / "terms.csv"
    terms = pd.DataFrame(
        {"term": [as_r_names(name) for name in model.params.index], "estimate": model.params}
    )
    terms.to_csv(path, index=False)
    described = contract(task, columns=DESCRIBED)
    fitted = TermsTable(read_terms(path), "glm", link).fit(sample, sample, described, Limits.of(9))
    np.testing.assert_allclose(fitted.predict(sample), model.predict(data), rtol=1e-9)
    compiled = compile_model(fitted, described, candidate="glm")
    assert parity(fitted, compiled, sample).largest <= 1e-9


def test_missing_and_unknown_values_have_an_answer() -> None:
    sample, _ = drawn()
    table = TermsTable((("(Intercept)", 1.0), ("x", 2.0), ("colourred", 4.0)), "glm")
    fitted = table.fit(sample, sample, contract(columns=DESCRIBED), Limits.of(9))
    numbers = np.array([[np.nan, 1, 1], [0, 1, 1]])
    asked = Sample(numbers, (coded([MISSING, "red"]),), np.zeros(2), "binary", 2)
    expected = [1 + 2 * np.median(sample.numbers[:, 0]), 5.0]
    np.testing.assert_allclose(np.sort(fitted.score(asked)[:, 0]), np.sort(expected))


@pytest.mark.parametrize("term", ["y", "colourgreen", "poly(x, 2)1", "ns(x)", "x:nothing"])
def test_a_term_that_is_not_known_is_named(term: str) -> None:
    sample, _ = drawn()
    with pytest.raises(InputError) as caught:
        TermsTable(((term, 1.0),), "glm").fit(sample, sample, contract(columns=DESCRIBED), Limits.of(9))
    assert f"term `{term}`" in str(caught.value)
    assert "I(x^2)" in caught.value.next_step


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text("name,value\nx,1\n")
    with pytest.raises(InputError, match="this is no table of terms"):
        read_terms(path)
    path.write_text("term,estimate\nx,one\n")
    with pytest.raises(InputError, match="an estimate is no number"):
        read_terms(path)
    path.write_text("term,estimate\n(Intercept),1\nx,NA\n")
    assert read_terms(path) == (("(Intercept)", 1.0),)


def test_several_classes_are_refused() -> None:
    sample, _ = drawn()
    many = Sample(sample.numbers, sample.strings, sample.target, "multiclass", 3)
    candidate = bring_terms()
    with pytest.raises(InputError, match="does not fit a multiclass task"):
        candidate.fit(many, many, contract("multiclass", columns=DESCRIBED), Limits.of(9))


def bring_terms() -> Any:
    return bring(TermsTable((("x", 1.0),), "glm"), contract(columns=COLUMNS))
