from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.develop import Development, develop
from interlock.develop.candidates import Blend, Boosting, Fitted, Limits, Linear
from interlock.develop.candidates.constant import Constant
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity

LIMITS = replace(Limits.of(float("inf")), rounds=100)


def members(task: Any) -> tuple[Fitted, ...]:
    train, described = rows(task, n=600), contract(task)
    return tuple(
        candidate.fit(train, train, described, LIMITS) for candidate in (Boosting(), Linear(), Linear())
    )


def blended(task: Any) -> Blend:
    return Blend(members(task), (0.5, 0.3, 0.2), ("lightgbm", "linear", "linear"), task)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_graph_equals_the_reference(task: Any) -> None:
    blend, asked = blended(task), rows(task, seed=1)
    found = parity(blend, compile_model(blend, contract(task), candidate="blend"), asked)
    assert found.largest < 1e-9


def test_scores_are_added_with_the_weights() -> None:
    blend, asked = blended("multiclass"), rows("multiclass", seed=1)
    scores = [member.score(asked) for member in blend.members]
    expected = np.average(scores, axis=0, weights=blend.weights)
    np.testing.assert_allclose(blend.score(asked), expected, rtol=1e-12)
    assert blend.rounds == blend.members[0].rounds
    said = blend.members[1].setting
    assert blend.setting == f"0.5 lightgbm + 0.3 linear ({said}) + 0.2 linear ({said})"


def test_what_members_share_is_in_the_graph_once() -> None:
    blend = blended("binary")
    alone = [onnx.load_from_string(compile_model(each, contract(), candidate="x")) for each in blend.members]
    whole = onnx.load_from_string(compile_model(blend, contract(), candidate="x"))
    encoders = [node for node in whole.graph.node if node.op_type == "LabelEncoder"]
    assert len(encoders) == 1
    two = len(alone[0].graph.node) + len(alone[1].graph.node)
    assert len(whole.graph.node) < two + 6


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    blend = blended("binary")
    model = compile_model(blend, contract(), candidate="blend")
    development = replace(develop(table(), contract(), candidates=["baseline"]), fitted=blend, model=model)
    again = Development.load(development.save(tmp_path))
    assert again == development
    np.testing.assert_array_equal(again.predictor(rows(seed=3)), blend.predict(rows(seed=3)))


def test_weights_are_shown_as_hundredths_of_one_and_members_of_one_name_by_their_setting() -> None:
    one, two, three = (replace(Constant((1.0,)), setting=each) for each in ("", "deep", "flat"))
    blend = Blend((one, two, three), (0.335, 0.335, 0.33), ("linear", "catboost", "catboost"), "regression")
    assert blend.setting == "0.34 linear + 0.33 catboost (deep) + 0.33 catboost (flat)"
