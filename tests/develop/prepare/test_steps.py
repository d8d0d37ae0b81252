"""Every step: what it learns, it computes in numpy and in the graph alike, whatever the rows hold."""

from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fixtures_columns import COLUMNS, WORDS, contract, rows
from tests.fixtures_develop import coded

from interlock.contract import MISSING
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare import STEPS, Options, Preparation, Step
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.release.model import Model

OPTIONS = (
    Options(),
    Options(cyclic=True, encode="target", text="terms"),
    Options(encode="both", text="topics", seed=3),
    Options(encode="target", text="none"),
)
DECLARED = (
    ("half", "x / 2"),
    ("warm", "CASE WHEN colour = 'red' THEN 1 ELSE x END"),
    ("before", "count(*) over 30 days by town"),
)
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=False, width=64),
    st.sampled_from([np.nan, -0.0, 5e-324, 1e300, -1.7976931348623157e308, 4e11, 0.1]),
)
texts = st.one_of(
    st.sampled_from(["", MISSING, "\u2400", "0|x", "GOOD bad good", "e\u0301vreux", "ＧＯＯＤ", "東京都に"]),
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.text(st.characters(codec="utf-8"), max_size=60),
)
hostile = st.lists(st.tuples(st.tuples(*[numbers] * 4), st.tuples(*[texts] * 4)), max_size=5)


@cache
def learned(task: Any, options: Options) -> Preparation:
    return Preparation.learn(replace(rows(task), declared=DECLARED), contract(task), options)[0]


@cache
def compiled(task: Any, options: Options) -> Model:
    """Give out all that a preparation gives: numbers, codes, and the terms times a table."""
    preparation, graph = learned(task, options), Graph(numbers=4, strings=4)
    tensors = preparation.emit(graph)
    blocks = [tensors.numbers] if tensors.numbers else []
    blocks += [graph.node("Cast", tensors.codes, to=graph.DOUBLE)] if tensors.codes else []
    blocks += [preparation.emit_terms(graph, table(preparation))] if preparation.terms else []
    output = graph.node("Concat", *blocks, axis=1)
    width = len(preparation.names) + (2 if preparation.terms else 0)
    texts = (
        {} if options.text == "none" else {"texts": "[1, 3]"}
    )  # with texts a batch is one row after the other
    return Model(graph.build(output, width=width, metadata=texts))


def table(preparation: Preparation) -> np.ndarray[Any, Any]:
    size = sum(each.size for each in preparation.terms)
    return np.random.default_rng(1).normal(size=(size, 2))


def expected(preparation: Preparation, asked: Sample) -> np.ndarray[Any, Any]:
    features = preparation.transform(asked)
    terms = [] if features.terms is None else [features.terms @ table(preparation)]
    return np.concatenate([features.numbers, features.codes, *terms], axis=1)


def test_every_step_is_among_them() -> None:
    kinds = {type(step) for options in OPTIONS for step in learned("binary", options).steps}
    assert kinds >= set(STEPS.values())
    assert all(isinstance(step, Step) for options in OPTIONS for step in learned("binary", options).steps)


@pytest.mark.parametrize(
    ("task", "options"), [*(("binary", options) for options in OPTIONS), ("multiclass", OPTIONS[2])], ids=str
)
@given(given=hostile)
@settings(deadline=None, max_examples=40)
def test_numpy_and_graph_agree_together_and_one_by_one(task: Any, options: Options, given: Any) -> None:
    tensor = np.array([row for row, _ in given], np.float64).reshape(-1, 4)
    strings = np.array([row for _, row in given], object).reshape(-1, 4)
    asked = Sample(tensor, tuple(coded(column) for column in strings.T), np.zeros(len(tensor)), task, 2)
    ours, model = expected(learned(task, options), asked), compiled(task, options)
    batch = model.predict(tensor, string_matrix(asked))
    np.testing.assert_allclose(batch, ours, rtol=1e-12, atol=1e-12)
    alone = [model.one([*row], [*text]) for row, text in zip(tensor, strings, strict=True)]
    np.testing.assert_allclose(np.array(alone).reshape(ours.shape), ours, rtol=1e-12, atol=1e-12)


def test_a_text_is_not_for_expressions() -> None:
    asked = replace(rows("binary"), declared=(("loud", "review = 'GOOD'"),))
    with pytest.raises(InputError, match="`review` is a text, which models read by its words") as caught:
        Preparation.learn(asked, contract("binary"))
    assert 'type = "category"' in caught.value.next_step


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_features_have_names_and_sources_and_come_back_from_json(options: Options) -> None:
    preparation = learned("multiclass", options)
    features = preparation.transform(rows("multiclass"))
    width = features.numbers.shape[1] + features.codes.shape[1]
    assert len(preparation.names) == len(set(preparation.names)) == len(preparation.sources) == width
    declared = {name for name, _ in DECLARED}
    assert set(preparation.sources) <= {column.name for column in COLUMNS} | declared
    for step in (*preparation.steps, *preparation.terms):
        assert msgspec.json.decode(msgspec.json.encode(step), type=type(step)) == step
