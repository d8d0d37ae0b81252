import numpy as np
import pytest

from interlock.contract import Column, Contract, Type
from interlock.profile import Profile, Values
from interlock.validate.prior import prior

HELD = np.array([0.0, 1.0, 0.0, 1.0])


def contract(kind: Type, classes: tuple[str, ...]) -> Contract:
    task = {0: "regression", 2: "binary"}.get(len(classes), "multiclass")
    return Contract((Column("x", "number"), Column("y", kind, "target")), task, classes)  # type: ignore[arg-type]


def test_booleans() -> None:
    found = Profile.of({"y": Values("boolean", np.array([True, False, False, False, False]))})
    baseline, origin = prior(contract("boolean", ("false", "true")), found, HELD)
    assert baseline.tolist() == [0.2] * 4
    assert origin == "the training rows"


def test_integers_and_strings_by_their_labels_in_the_contracts_order() -> None:
    numbers = Profile.of({"y": Values("integer", np.array([7, 3, 3, 3]))})
    assert prior(contract("integer", ("3", "7")), numbers, HELD)[0].tolist() == [0.25] * 4
    codes, levels = np.array([1, 1, 0, 2, 1], dtype=np.int32), np.array(["c", "a", "b"], object)
    strings = Profile.of({"y": Values("string", codes, dictionary=levels)})
    baseline, _ = prior(contract("category", ("a", "b", "c")), strings, HELD)
    assert baseline.tolist() == [[0.6, 0.2, 0.2]] * 4


def test_nulls_do_not_count() -> None:
    found = Profile.of({"y": Values("boolean", np.array([True, True, False]), np.array([True, False, True]))})
    assert prior(contract("boolean", ("false", "true")), found, HELD)[0].tolist() == [0.5] * 4


def test_a_regression_is_compared_with_the_training_mean() -> None:
    found = Profile.of({"y": Values("number", np.array([1.0, 2.0, 6.0]))})
    assert prior(contract("number", ()), found, HELD)[0] == pytest.approx([3.0] * 4)


@pytest.mark.parametrize("found", [None, Profile.of({"x": Values("number", np.array([1.0]))})])
def test_without_a_training_target_the_holdout_is_its_own_baseline(found: Profile | None) -> None:
    baseline, origin = prior(contract("boolean", ("false", "true")), found, np.array([0.0, 1.0, 1.0, 1.0]))
    assert baseline.tolist() == [0.75] * 4
    assert origin == "the holdout"
    assert prior(contract("number", ()), found, HELD)[0].tolist() == [0.5] * 4
