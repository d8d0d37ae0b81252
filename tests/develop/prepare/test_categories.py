from collections import Counter

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from tests.fixtures_develop import coded

from interlock.contract import MISSING
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.categories import Levels, emit_codes, transform_codes
from interlock.release.model import Model

TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["", MISSING, "0|", "1|a", "nan", "None", "a\x00b", "é", "e\u0301", " a", "A", "a"]),
)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30), st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_graph_gives_the_codes_that_numpy_gives(
    learned: list[tuple[str, str]], asked: list[tuple[str, str]]
) -> None:
    train = [coded(column) for column in zip(*learned, strict=True)]
    levels = [Levels.fit(column, least=2) for column in train]
    strings = [coded(column) for column in zip(*asked, strict=True)]
    expected = transform_codes(levels, strings)
    assert expected.tolist() == [
        [level.code(v) for level, v in zip(levels, row, strict=True)] for row in asked
    ]
    graph = Graph(numbers=0, strings=2)
    codes = graph.node("Cast", emit_codes(graph, levels, (0, 1)), to=graph.DOUBLE)
    model = Model(graph.build(codes, width=2, metadata={}))
    got = model.predict(np.empty((len(asked), 0)), np.array(asked, object).reshape(-1, 2))
    assert got.tolist() == expected.tolist()


@given(st.lists(TEXT, min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 4))
def test_frequent_levels_have_a_code_of_their_own(values: list[str], least: int, most: int) -> None:
    levels = Levels.fit(coded(values), least=least, most=most)
    counts = Counter(value for value in values if value != MISSING)
    frequent = sorted((level for level in counts if counts[level] >= least), key=lambda v: (-counts[v], v))
    assert list(levels.known) == frequent[:most]


def test_rare_unknown_and_missing() -> None:
    levels = Levels.fit(coded(["a"] * 20 + ["rare"] * 19 + [MISSING] * 3))
    assert levels.known == ("a",)
    assert levels.code("rare") == levels.code("never seen") == levels.code("") == levels.other
    assert levels.code(MISSING) == levels.missing
    assert len({levels.code("a"), levels.missing, levels.other}) == 3
    assert max(levels.missing, levels.other) == levels.size - 1


def test_levels_that_no_row_has_get_no_code() -> None:
    column = coded(["a", "b"])
    assert Levels.fit(column._replace(codes=np.zeros(5, np.int32)), least=1).known == ("a",)
