import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows

from interlock.develop.bring import bring
from interlock.develop.bring.file import Finished
from interlock.develop.candidates import Limits
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.sample import Sample
from interlock.errors import InputError

torch = pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.slow  # importing torch takes seconds


def numbers(task: Any) -> Sample:
    drawn = rows(task)
    return replace(drawn, strings=(), numbers=drawn.numbers * np.array([1, 1, 1e-9]))


def module(outputs: int) -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.Dropout(0.5), torch.nn.ReLU(), torch.nn.Linear(8, outputs)
    )


@pytest.mark.parametrize(("task", "outputs"), [("binary", 1), ("multiclass", 3), ("regression", 1)])
def test_a_module_answers_as_itself_in_the_graph(task: Any, outputs: int) -> None:
    sample, described = numbers(task), contract(task, columns=COLUMNS[:3])
    mine = module(outputs)
    fitted = bring(mine, described).fit(sample, sample, described, Limits.of(9))
    whole = replace(sample, numbers=np.nan_to_num(sample.numbers))
    with torch.no_grad():
        score = mine.eval()(torch.from_numpy(whole.numbers.astype(np.float32))).numpy()
    np.testing.assert_allclose(fitted.score(whole), score, rtol=1e-4, atol=1e-5)
    assert parity(fitted, compile_model(fitted, described, candidate="mine"), sample).largest <= 1e-5


def test_a_module_for_other_columns_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        bring(module(1), contract(columns=COLUMNS[:2]))
    assert "`Sequential` cannot be exported to ONNX" in str(caught.value)
    assert "[n, 2]" in caught.value.next_step


def test_strings_are_not_seen_and_it_says_so() -> None:
    sample = rows()
    fitted = bring(module(1), contract()).fit(sample, sample, contract(), Limits.of(9))
    assert fitted.setting == "torch Sequential; it does not see colour, town"
    assert parity(fitted, compile_model(fitted, contract(), candidate="mine"), sample).largest <= 1e-5


def test_a_finished_model_does_not_learn_again() -> None:
    sample, described = numbers("binary"), contract(columns=COLUMNS[:3])
    candidate = bring(module(1), described)
    assert isinstance(candidate, Finished)
    fitted = candidate.fit(sample, sample, described, Limits.of(9))
    assert candidate.refit(fitted, sample, described, Limits.of(9)) is fitted


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, with its own backend
def test_a_keras_model_and_its_file_answer_as_the_model_does(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.save(tmp_path / "mine.keras")
    sample, described = numbers("binary"), contract(columns=COLUMNS[:3])
    whole = replace(sample, numbers=np.nan_to_num(sample.numbers))
    expected = model.predict(whole.numbers.astype(np.float32), verbose=0)[:, 0]
    for thing in (model, tmp_path / "mine.keras"):
        fitted = bring(thing, described).fit(sample, sample, described, Limits.of(9))
        np.testing.assert_allclose(fitted.predict(whole), expected, atol=1e-5)
        assert parity(fitted, compile_model(fitted, described, candidate="mine"), sample).largest <= 1e-5
