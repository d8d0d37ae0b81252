"""Images from files to an answer over HTTP: the same probabilities, to the bit."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from tests.fixtures_service import running

import interlock as il
from interlock.contract import Checker
from interlock.explore import pixel_row, pixels
from interlock.release import Model
from interlock.table import dataset, part

pytest.importorskip("torch")
pytestmark = pytest.mark.slow
SIDE = (8, 8)


def write_digits(folder: Path) -> Path:
    """Write scikit-learn's 1,797 handwritten digits as PNG files, a folder for each digit."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for at, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 255 / 16).round().astype(np.uint8)).save(place / f"{at:04}.png")
    return folder


def bits(values: Any) -> bytes:
    return struct.pack(f">{len(values)}d", *values)


def test_digits_are_learned_validated_released_and_served(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits")
    rows = pixels(folder, size=SIDE)
    learn, holdout, _ = part(rows, tmp_path / "parts", kind="stratified", column="label", fraction=0.2)
    exploration = il.explore(learn, target="label")
    contract = exploration.contract
    assert contract["path"].role == "ignore"
    development = il.develop(learn, contract, candidates=["network"], trials=1)
    assert development.parity.largest < 1e-9
    validation = il.validate(
        development, holdout, contract, profile=exploration.profile, train=learn, refit_seconds=0
    )
    checked = dataset(il.open_table(holdout), contract)
    right = development.predictor(checked.checked).argmax(axis=1) == checked.target
    assert len(right) == pytest.approx(360, abs=10)
    assert right.mean() >= 0.97
    release = il.release(
        tmp_path / "releases",
        name="digits",
        exploration=exploration,
        development=development,
        validation=validation,
    )
    asked = pixel_row(folder / "7" / "0007.png", size=SIDE)
    row = Checker(contract).row(asked)
    ours = Model(development.model).one(row.numbers, row.strings)
    with running(release.path, tmp_path) as server:
        answer = server.post("/v1/predict", asked).json
        assert answer["label"] == "7"
        assert not answer.get("flags")
        found = [answer["prediction"][label] for label in contract.classes]
        assert bits(found) == bits(ours)
        assert server.stop() == 0
    expected = development.predictor(Checker(contract).columns({name: [v] for name, v in asked.items()}))
    np.testing.assert_allclose(found, expected[0], rtol=0, atol=1e-12)


def test_an_image_and_a_number_are_learned_from_together(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    bright, age = random.random(600) < 0.5, random.normal(size=600)
    for at, each in enumerate(bright):  # a bright square somewhere, or none
        values = random.integers(0, 60, (12, 12)).astype(np.uint8)
        row, column = random.integers(0, 8, 2)
        values[row : row + 4, column : column + 4] += np.uint8(150 * each)
        Image.fromarray(values).save(tmp_path / f"{at}.png")
    source = pa.table({"photo": [f"{at}.png" for at in range(600)], "age": age, "y": bright ^ (age > 0)})
    table = il.open_table(pixels(source, "photo", size=(12, 12), folder=tmp_path))
    contract = il.explore(table, target="y").contract
    development = il.develop(table, contract, candidates=["baseline", "network"], trials=2)
    assert (
        development.best.scores[1].value > 0.95
    )  # AUC: neither the image nor the number alone says anything
    assert development.parity.largest < 1e-9
