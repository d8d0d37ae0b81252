from typing import Any

import msgspec
import pytest
from tests.fixtures_validate import solve

from interlock.develop.calibration import Calibrated, Map
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.boosting import SETTINGS, Setting
from interlock.develop.candidates.constant import Constant
from interlock.develop.intervals import Intervals
from interlock.develop.recipe import (
    Ingredient,
    Recipe,
    candidate_named,
    decode,
    encode,
    ends_of,
    ingredients_of,
    recorded,
)
from interlock.develop.target import Logarithm, LoggedModel
from interlock.errors import InputError


def recipe() -> Recipe:
    found = solve("binary").development.recipe
    assert found is not None
    return found


def test_it_has_one_canonical_form() -> None:
    assert decode(encode(recipe())) == recipe()
    assert encode(decode(encode(recipe()))) == encode(recipe())


@pytest.mark.parametrize("name", ["seed", "rows", "ingredients", "contract", "calibration"])
def test_without_a_field_it_is_none(name: str) -> None:
    tree: dict[str, Any] = msgspec.json.decode(encode(recipe()))
    del tree[name]
    with pytest.raises(InputError, match=f"missing required field `{name}`") as caught:
        decode(msgspec.json.encode(tree))
    assert caught.value.what == "the recipe cannot be read"
    assert caught.value.next_step == "develop and release the model again in this version"


def test_a_field_that_is_not_known_is_refused() -> None:
    tree: dict[str, Any] = msgspec.json.decode(encode(recipe()))
    with pytest.raises(InputError, match="unknown field `sead`"):
        decode(msgspec.json.encode({**tree, "sead": 1}))


def test_members_and_weights_of_a_blend_are_kept() -> None:
    base = Constant((0.3,), "binary")
    blend = Blend((base, base), (0.25, 0.75), ("baseline", "linear"), "binary")
    found = ingredients_of(Calibrated(blend, Map("temperature", 0.5), "binary"), "blend")
    assert [each.candidate for each in found.ingredients] == ["baseline", "linear"]
    assert (found.weights, found.trouble) == ((0.25, 0.75), "")


def test_the_smearing_of_logarithms_is_kept() -> None:
    model = LoggedModel(Constant((1.0,), "regression"), Logarithm(0.0, 0.0, 1.0), 1.25)
    assert ingredients_of(model, "baseline, log target").ingredients[0].smearing == 1.25
    assert candidate_named("baseline, log target") is not None


def test_what_was_brought_along_is_named() -> None:
    found = ingredients_of(Constant((0.3,), "binary"), "their model")
    assert found.trouble == "`their model` was brought along, and only who made it can train it again"


def test_a_setting_comes_back_as_it_was() -> None:
    setting = msgspec.to_builtins(SETTINGS[2])
    found = recorded(Ingredient("lightgbm", setting, 12), Setting)
    assert (found.chosen, found.rounds) == (SETTINGS[2], 12)


def test_intervals_around_the_prediction_are_told_from_quantiles() -> None:
    around = ends_of(Intervals(0.9, None, None, 2.5, None, 100))
    assert around is not None
    assert (around.around, around.reach) == (True, 2.5)
    assert ends_of(None) is None
