"""Images as tables of numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from interlock.errors import InputError
from interlock.explore import pixel_row, pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label, value in (("cat", 10), ("dog", 200)):
        (tmp_path / label).mkdir()
        for at in range(2):
            Image.new("L", (6, 4), value + at).save(tmp_path / label / f"{at}.png")
    return tmp_path


def test_a_folder_becomes_paths_labels_and_pixels(folder: Path) -> None:
    table = pixels(folder, size=(2, 3))
    names = ["pixel_0_0", "pixel_0_1", "pixel_0_2", "pixel_1_0", "pixel_1_1", "pixel_1_2"]
    assert table.column_names == ["path", "label", *names]
    assert table["path"].to_pylist() == ["cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png"]
    assert table["label"].to_pylist() == ["cat", "cat", "dog", "dog"]
    assert table["pixel_1_2"].to_pylist() == [10, 11, 200, 201]
    assert table["pixel_1_2"].type == pa.uint8()


def test_an_image_of_the_size_is_kept_to_the_byte_row_by_row(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (5, 7)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    row = pixel_row(tmp_path / "a.png", size=(5, 7))
    assert list(row.values()) == values.ravel().tolist()
    assert row["pixel_4_6"] == values[4, 6]


def test_colours_come_one_after_the_other(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    row = pixel_row(tmp_path / "a.png", size=(4, 4), colours=True)
    assert list(row)[:3] == ["pixel_0_0_red", "pixel_0_0_green", "pixel_0_0_blue"]
    assert list(row.values()) == values.ravel().tolist()


def test_a_larger_image_is_averaged_and_what_is_transparent_is_white(tmp_path: Path) -> None:
    values = np.zeros((4, 4), np.uint8)
    values[:2, :2] = [[0, 100], [100, 200]]
    Image.fromarray(values).save(tmp_path / "a.png")
    assert list(pixel_row(tmp_path / "a.png", size=(2, 2)).values()) == [100, 0, 0, 0]
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "b.png")
    for colours in (False, True):
        assert set(pixel_row(tmp_path / "b.png", size=(2, 2), colours=colours).values()) == {255}


def test_a_column_of_paths_becomes_pixels_beside_the_other_columns(folder: Path) -> None:
    source = pa.table({"age": [1, 2], "photo": ["dog/0.png", "cat/1.png"]})
    table = pixels(source, "photo", size=(1, 1), folder=folder)
    assert table.to_pylist() == [{"age": 1, "pixel_0_0": 200}, {"age": 2, "pixel_0_0": 11}]


def refusal(source: Any, column: str | None = None, **asked: Any) -> str:
    with pytest.raises(InputError) as caught:
        pixels(source, column, **asked)
    return str(caught.value)


def test_what_cannot_be_read_is_named(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "dog" / "0.png").read_bytes()
    (folder / "dog" / "0.png").write_bytes(whole[:40])
    (folder / "dog" / "1.png").write_text("no image")
    text = refusal(folder)
    assert "2 of 4 images cannot be read" in text
    assert "0.png: " in text
    assert "no image that is known by its content" in text
    with pytest.raises(InputError, match="1 of 1 images cannot be read"):
        pixel_row(folder / "nowhere.png")


def test_other_bad_input_is_refused(folder: Path, tmp_path: Path) -> None:
    assert "there are no images" in refusal(tmp_path / "nowhere")
    assert "cannot be brought to this size" in refusal(folder, size=(100, 100))
    assert "cannot be brought to this size" in refusal(folder, size=(0, 5))
    assert "no such column" in refusal(pa.table({"a": ["x"]}), "b")
    assert "column 'a', row 1" in refusal(pa.table({"a": ["cat/0.png", None]}), "a", folder=folder)
