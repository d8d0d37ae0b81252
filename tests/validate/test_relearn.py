import numpy as np
import pytest
from tests.fixtures_validate import solve

from interlock.develop.arrange import arrange
from interlock.develop.calibration import Calibrated, Map
from interlock.develop.candidates import Fitted, Limits
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.constant import Constant
from interlock.validate.relearn import can_relearn, relearn


def again(fitted: Fitted, name: str, rows: slice = slice(None)) -> Fitted:
    solved = solve("binary")
    train = arrange(solved.train, solved.contract, None, 0, lambda _: None)[1]
    return relearn(
        fitted, name, train.take(np.arange(len(train))[rows]), solved.contract, Limits.of(30, seed=0)
    )


def test_the_same_rows_and_seed_give_the_same_model() -> None:
    solved = solve("binary")
    found = again(solved.development.fitted, solved.development.winner)
    rows = solved.holdout.checked
    assert np.array_equal(found.predict(rows), solved.development.fitted.predict(rows))


def test_other_rows_give_another_model() -> None:
    solved = solve("binary")
    found = again(solved.development.fitted, solved.development.winner, slice(0, 700))
    rows = solved.holdout.checked
    assert not np.array_equal(found.predict(rows), solved.development.fitted.predict(rows))


def test_maps_and_weights_are_kept_around_what_is_learned_again() -> None:
    base = Constant((0.3,), "binary")
    blend = Blend((base, base), (0.25, 0.75), ("baseline", "baseline"), "binary")
    map_ = Map("temperature", 0.5)
    found = again(Calibrated(blend, map_, "binary"), "blend")
    assert isinstance(found, Calibrated)
    assert found.map == map_
    assert isinstance(found.model, Blend)
    assert found.model.weights == (0.25, 0.75)
    assert found.model.members[0] == again(base, "baseline")


def test_what_no_candidate_learned_is_known_not_to_be_learnable() -> None:
    base = Constant((0.3,), "binary")
    assert can_relearn(base, "baseline")
    assert not can_relearn(base, "brought along")
    assert not can_relearn(Blend((base, base), (0.5, 0.5), ("baseline", "theirs"), "binary"), "blend")
    with pytest.raises(LookupError):
        again(base, "brought along")
