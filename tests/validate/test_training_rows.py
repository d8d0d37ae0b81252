from dataclasses import replace

import numpy as np
from tests.fixtures_validate import solve

from interlock.release.model import Model
from interlock.validate.holdout import open_holdout
from interlock.validate.prior import prior
from interlock.validate.training_rows import membership_of, readable_of, stability_of
from interlock.validate.trial import Trial


def trial(task: str = "binary") -> Trial:
    solved = solve(task)
    holdout = open_holdout(solved.holdout, solved.contract)
    model = Model(solved.development.model)
    prediction = model.predict(holdout.checked.numbers, holdout.checked.string_matrix())
    baseline, origin = prior(solved.contract, solved.profile, holdout.target)
    return Trial(
        solved.development,
        solved.contract,
        holdout,
        model,
        prediction,
        baseline,
        origin,
        seed=0,
        profile=solved.profile,
        train=solved.train,
    )


def test_without_the_training_rows_nothing_is_measured() -> None:
    bare = trial()._replace(train=None)
    assert (membership_of(bare), readable_of(bare)) == (None, None)
    assert stability_of(bare, 10.0, lambda _: None) is None


def test_the_attack_is_on_all_usable_rows_and_knows_that_the_holdout_is_later() -> None:
    found = membership_of(trial())
    assert found is not None
    assert found.members == len(solve("binary").train)
    assert found.others == len(trial().prediction)
    assert found.later
    assert (
        found.advantage.low <= 0 <= found.advantage.high
    )  # a linear model of five columns remembers nothing


def test_a_holdout_that_was_learned_better_than_the_training_rows_gives_no_advantage() -> None:
    given = trial()
    right = np.where(given.holdout.target == 1, 0.999, 0.001)
    found = membership_of(given._replace(prediction=right))
    assert found is not None
    assert found.auc.high < 0.1  # training rows have the larger losses
    assert found.advantage.value <= 0.05


def test_a_model_that_holds_its_rows_is_found_out() -> None:
    given = trial()
    train = solve("binary").train
    numbers = train.checked.numbers
    stuffed = replace(given.development, model=given.development.model + numbers.tobytes())
    found, sound = readable_of(given._replace(development=stuffed)), readable_of(given)
    assert found is not None
    assert sound is not None
    assert (sound.searched, sound.found) == (300, 0)
    complete = float(np.isfinite(numbers).all(axis=1).mean())
    assert found.found >= 0.8 * complete * 300
    assert found.golden == 64
    assert {each.column for each in found.listed} == {"origin"}
