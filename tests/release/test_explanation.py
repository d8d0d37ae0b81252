import zlib
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.release.test_shapley import ROWS, forests, mean, shapley

from interlock.errors import ReleaseError
from interlock.release.explanation import Explanation, Forest, Levels, Linear
from interlock.release.shapley import Paths, Trees

LINE = Linear(np.array([0, 2]), np.array([[2.0, 0.0], [-1.0, 3.0]]), np.array([5.0, 1.0]))
EFFECTS = Levels(1, np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([1.5, 1.0]), scale=2.0)
TOLD = Explanation("log-odds", ("age", "town"), np.array([0, 1, 0]), np.array([10.0, 0.0]), (LINE, EFFECTS))


def test_linear_terms_are_their_distance_from_the_mean() -> None:
    base, contributions = TOLD.attribute(np.array([6.0, 1.0, 4.0]))
    # 10 + 2*5 - 1*1 + 2*1.5; age: 2*(6-5) - (4-1), town: 2*(3-1.5)
    assert base == 22
    assert contributions.tolist() == [-1, 3]
    other = TOLD.attribute(np.array([6.0, 1.0, 4.0]), 1)
    assert (other.base, other.contributions.tolist()) == (0 + 3 + 2, [9, 6])
    assert other.score == 20


@settings(max_examples=40, deadline=None)
@given(trees=forests(), row=ROWS, scale=st.sampled_from([1.0, -0.5, 3.0]))
def test_a_forest_is_summed_by_column_and_comes_back_from_its_bytes(
    trees: Trees, row: list[float], scale: float
) -> None:
    told = Explanation("", ("a", "b"), np.array([0, 1, 0, 1, 1]), np.array([1.0]), (Forest(trees, scale),))
    features = np.array(row)
    single = scale * shapley(trees, features)
    base, contributions = Explanation.from_bytes(told.to_bytes()).attribute(features)
    assert base == pytest.approx(1 + scale * mean(trees, features, frozenset()))
    assert contributions == pytest.approx([single[0] + single[2], single[1] + single[3] + single[4]])


def test_bytes_are_the_same_for_the_same_explanation_and_hold_every_double() -> None:
    hard = Levels(0, np.array([[0.1 + 0.2], [1e-300], [-0.0]]), np.array([1 / 3]))
    told = Explanation("log-odds", ("x",), np.array([0]), np.array([2**53 - 1.0]), (hard,))
    again = Explanation.from_bytes(told.to_bytes())
    assert again.to_bytes() == told.to_bytes()
    part = again.parts[0]
    assert isinstance(part, Levels)
    np.testing.assert_array_equal(part.effects, hard.effects)
    assert (part.means[0], again.bias[0], again.columns) == (1 / 3, 2**53 - 1, ("x",))


def test_paths_are_laid_out_once_and_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = np.array([0])
    trees = Trees(
        one, one, one, np.array([0], np.uint8), np.array([0.5]), np.array([False]),
        np.array([[1, 2]]), np.empty(0), np.array([0, 0]), np.array([[1.0], [2.0]]), np.array([2.0, 1, 1]),
    )  # fmt: skip
    made: list[int] = []

    def counted(trees: Trees, target: int) -> Paths:
        made.append(target)
        return Paths(trees, target)

    monkeypatch.setattr("interlock.release.explanation.Paths", counted)
    told = Explanation("", ("x",), np.array([0]), np.array([0.0, 0.0]), (Forest(trees),))
    assert made == []
    for _ in range(3):
        told.attribute(np.array([0.0]))
    told.attribute(np.array([0.0]), 1)
    assert made == [0, 1]


GOOD = TOLD.to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not deflated",
        GOOD[:-3],
        zlib.compress(b"\xc1"),
        zlib.compress(msgspec.msgpack.encode({"unit": 1})),
        zlib.compress(msgspec.msgpack.encode([1, 2])),
        zlib.compress(zlib.decompress(GOOD).replace(b"|u1", b"|O8")),
        zlib.compress(zlib.decompress(GOOD).replace(b"|u1", b"<u4")),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ReleaseError, match="the explanation cannot be read"):
        Explanation.from_bytes(data)


def cyclic() -> Trees:
    return Trees(
        np.array([0]), np.array([0]), np.array([0, 0]), np.zeros(2, np.uint8), np.zeros(2), np.zeros(2, bool),
        np.array([[1, 2], [0, 3]]), np.empty(0), np.zeros(3, np.int64), np.zeros((2, 1)), np.ones(4),
    )  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        lambda: replace(TOLD, sources=np.array([0, 2, 0])),
        lambda: replace(TOLD, bias=np.array([1.0])),
        lambda: replace(TOLD, parts=(replace(LINE, places=np.array([0, 3])),)),
        lambda: replace(TOLD, parts=(replace(EFFECTS, place=-1),)),
        lambda: replace(TOLD, parts=(Forest(cyclic()),)),
        lambda: replace(TOLD, parts=(Forest(replace(cyclic(), children=np.array([[1, 9], [2, 3]]))),)),
        lambda: replace(TOLD, parts=(Forest(replace(cyclic(), cover=np.ones(3))),)),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(told: "object") -> None:
    assert callable(told)
    with pytest.raises(ReleaseError, match="the parts of an explanation do not fit together"):
        told()
