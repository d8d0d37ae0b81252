from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import Model, ols

FORMULAS = (
    "Y ~ EP",
    "log(Y) ~ poly(EP, 2) + log(EP):C(No)",
    "Y ~ bs(EP, df=4) + scale(VP):center(SG)",
    "Y ~ 0 + No + EP + offset(0.1 * EP)",
)


def same_bytes(model: Model, again: Model, table: Any) -> None:
    for first, second in zip(model.predict(table), again.predict(table), strict=True):
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_loaded_model_is_the_same_to_the_byte(formula: str, tmp_path: Path) -> None:
    model = ols(formula, petrol(), errors="classical")
    path = model.save(tmp_path / "model.json")
    again = Model.load(path)
    same_bytes(model, again, petrol())
    assert again.text == model.text
    assert again.estimates == model.estimates
    assert again.save(tmp_path / "again.json").read_bytes() == path.read_bytes()


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=30, unique=True), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_any_numbers_come_back(tmp_path_factory: pytest.TempPathFactory, x: list[float], seed: int) -> None:
    frame = pd.DataFrame({"x": x, "y": np.random.default_rng(seed).normal(size=len(x))})
    try:
        model = ols("y ~ x + I(x > 0)", frame, errors="classical")
    except InputError:
        model = ols("y ~ 1", frame, errors="classical")
    path = tmp_path_factory.mktemp("models") / "model.json"
    same_bytes(model, Model.load(model.save(path)), frame)


_AT_TOP_LEVEL = """
import sys
import pandas as pd
from interlock.explore.models import Model
model = Model.load(sys.argv[1])
sys.stdout.buffer.write(b"".join(part.tobytes() for part in model.predict(pd.read_json(sys.argv[2]))))
assert "statsmodels" not in sys.modules and "formulaic" not in sys.modules
"""


def test_a_model_loads_at_top_level_in_a_thread_and_in_a_fresh_process(tmp_path: Path) -> None:
    """Trap 16: what statsmodels' pickles of formula results cannot."""
    model = ols("log(Y) ~ poly(EP, 2) + C(No)", petrol(), errors="cluster:No")
    path = model.save(tmp_path / "model.json")
    expected = b"".join(part.tobytes() for part in model.predict(petrol()))
    petrol().to_json(tmp_path / "rows.json")
    with ThreadPoolExecutor(1) as pool:
        same_bytes(model, pool.submit(Model.load, path).result(), petrol())
    arguments = [sys.executable, "-c", _AT_TOP_LEVEL, str(path), str(tmp_path / "rows.json")]
    found = subprocess.run(arguments, capture_output=True, check=False, env=dict(os.environ))
    assert (found.stderr.decode(), found.stdout == expected) == ("", True)


def test_an_unseen_level_is_an_error_after_loading_too(tmp_path: Path) -> None:
    """Trap 15."""
    model = Model.load(ols("Y ~ C(No) + EP", petrol()).save(tmp_path / "model.json"))
    with pytest.raises(InputError, match="column `No` holds a level that the model has never seen: 'Z'"):
        model.predict(pd.DataFrame({"No": ["A", "Z"], "EP": [300.0, 300.0]}))


def test_a_file_that_would_run_something_is_refused(tmp_path: Path) -> None:
    path = ols("Y ~ log(EP)", petrol()).save(tmp_path / "model.json")
    path.write_text(path.read_text().replace('"log(EP)"', "\"__import__('os').system('true')\""))
    with pytest.raises(InputError, match="a formula may not call"):
        Model.load(path)


def _damage(path: Path, name: str, value: object) -> None:
    record = json.loads(path.read_text())
    record[name] = value
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gamma", [1.0], "the model's parts do not fit together"),
        ("columns", ["a", "b"], "the model's parts do not fit together"),
        ("spread", [1.0, 0.0], "the model's parts do not fit together"),
        ("interlock_model", 99, "saved by another version"),
        ("kind", "oracle", "not a saved model"),
        ("extra", 1, "not a saved model"),
        ("scale", None, "not a saved model"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, value: object, message: str) -> None:
    path = ols("Y ~ EP", petrol()).save(tmp_path / "model.json")
    _damage(path, name, value)
    with pytest.raises(InputError, match=message) as caught:
        Model.load(path)
    assert str(path) in caught.value.where


def test_a_file_without_what_a_function_learned_is_refused(tmp_path: Path) -> None:
    """Else the new rows themselves would say where their centre is."""
    path = ols("Y ~ center(log(EP))", petrol()).save(tmp_path / "model.json")
    record = json.loads(path.read_text())
    assert record["design"]["factors"][0]["state"].keys() == {"center(log(EP))"}
    record["design"]["factors"][0]["state"] = {}
    _damage(path, "design", record["design"])
    with pytest.raises(InputError, match="the model's parts do not fit together") as caught:
        Model.load(path)
    assert caught.value.got == "what a function learned is missing"


@pytest.mark.parametrize("content", [b"", b"{", b"\x80\x04K\x01.", b"[]"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a saved model"):
        Model.load(path)
    with pytest.raises(InputError, match="cannot be read"):
        Model.load(tmp_path / "nothing.json")
