from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from interlock.explore import explore


def _table(folder: Path, paths: list[str]) -> Path:
    lines = [f"{path},{'cat' if place % 2 else 'dog'}" for place, path in enumerate(paths)]
    (folder / "labels.csv").write_text("\n".join(["file,animal", *lines]) + "\n")
    return folder / "labels.csv"


def _pictures(folder: Path, many: int) -> list[str]:
    (folder / "photos").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for place in range(many):
        pixels = rng.integers(0, 256, (20, 24, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{place}.png")
    return [f"photos/{place}.png" for place in range(many)]


def test_a_column_of_paths_is_looked_at(tmp_path: Path) -> None:
    table = _table(tmp_path, [*_pictures(tmp_path, 30), "photos/gone.png"])
    found = explore(table, target="animal")
    (images,) = found.content.images
    assert (images.name, images.files, images.many_broken) == ("file", 31, 1)
    assert images.broken == (("photos/gone.png", "No such file or directory"),)
    assert dict(images.labels) == {"dog": 16, "cat": 15}
    assert images.shapes == (("24 × 20", 30),)
    assert ("broken images", ("file",)) in [(each.kind, each.columns) for each in found.findings]
    assert [each.column for each in found.content.texts] == []


def test_files_elsewhere_are_not_opened(tmp_path: Path) -> None:
    outside = _pictures(tmp_path / "outside", 4)
    inside = _pictures(tmp_path / "inside", 8)
    (tmp_path / "inside" / "link.png").symlink_to(tmp_path / "outside" / outside[0])
    names = [*inside, f"../outside/{outside[0]}", str(tmp_path / "outside" / outside[1]), "link.png"]
    (images,) = explore(_table(tmp_path / "inside", names)).content.images
    assert images.looked == 8
    assert not any("outside" in each.path for each in images.sheet)


@pytest.mark.parametrize("names", [["a.png", "b.png"] * 9, ["x", "y"] * 9])
def test_other_strings_are_no_pictures(tmp_path: Path, names: list[str]) -> None:
    assert explore(_table(tmp_path, names)).content.images == ()
