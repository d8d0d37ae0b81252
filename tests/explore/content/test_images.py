from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from interlock.errors import InputError
from interlock.explore import Exploration, explore
from interlock.explore.content.images import image_folder, open_images
from interlock.explore.content.page import content_part
from interlock.table import open_table


def _smooth(rng: np.random.Generator, side: int = 64) -> NDArray[np.uint8]:
    coarse = rng.integers(0, 256, (6, 6)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def _save(pixels: Any, path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def _digits(folder: Path, many: int) -> None:
    loaded = load_digits()
    for place in range(many):
        pixels = np.kron(loaded.images[place] * 15, np.ones((4, 4))).astype(np.uint8)
        _save(pixels, folder / str(loaded.target[place]) / f"{place:04}.png")


def test_a_folder_of_classes_is_a_table_with_a_label(tmp_path: Path) -> None:
    _digits(tmp_path / "digits", 120)
    assert image_folder(tmp_path / "digits")
    found = explore(tmp_path / "digits", target="label")
    images = found.content.images[0]
    assert (images.name, images.files, images.looked, images.many_broken) == ("digits", 120, 120, 0)
    assert dict(images.labels) == {str(d): int((load_digits().target[:120] == d).sum()) for d in range(10)}
    assert images.formats == (("PNG", 120),)
    assert images.modes == (("L", 120),)
    assert images.shapes == (("32 × 32", 120),)
    assert len({each.label for each in images.sheet}) == 10
    assert len(images.sheet) == 24
    assert found.contract.task == "multiclass"
    assert Exploration.load(found.save(tmp_path / "saved")).content == found.content
    page = found.report(tmp_path / "report.html").read_text()
    assert page.count('<img src="data:image/jpeg;base64,') == 24
    assert "img-src data:" in page


def test_an_album_is_explored_and_opened_as_its_folder_is(tmp_path: Path) -> None:
    _digits(tmp_path / "digits", 40)
    album = open_images(tmp_path / "digits")
    found, again = (explore(each, target="label") for each in (album, tmp_path / "digits"))
    assert (found.name, found.content, found.findings) == ("digits", again.content, again.findings)
    assert open_table(album).read().equals(album.table)


def test_repeats_are_found_and_others_are_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for place in range(150):
        pixels = _smooth(rng)
        _save(pixels, tmp_path / "a" / f"{place:03}.png")
        if place < 20:
            _save(pixels, tmp_path / "a" / f"{place:03}-again.png")
        elif place < 40:
            _save(pixels, tmp_path / "a" / f"{place:03}-again.jpg", quality=60)
        elif place < 60:
            small = np.asarray(Image.fromarray(pixels).resize((40, 40)))
            _save(small, tmp_path / "b" / f"{place:03}-again.png")
    images = open_images(tmp_path).images
    assert images.many_same == 20
    assert 38 <= images.many_alike <= 40
    assert 18 <= images.crossed <= 20
    for group in (*images.same, *images.alike):
        assert len({Path(path).stem.split("-")[0] for path in group}) == 1
    kinds = [each.kind for each in explore(tmp_path, target="label").findings]
    assert kinds.count("repeated images") == 2


def test_flat_and_tiny_pictures_do_not_look_alike(tmp_path: Path) -> None:
    for place in range(10):
        _save(np.full((30, 30), 25 * place, np.uint8), tmp_path / f"flat{place}.png")
        _save(np.eye(8, dtype=np.uint8) * (100 + place), tmp_path / f"tiny{place}.png")
    images = open_images(tmp_path).images
    assert (images.many_alike, images.flat, images.tiny) == (0, 10, 10)


def test_broken_and_turned_files_are_findings(tmp_path: Path) -> None:
    rng, exif = np.random.default_rng(1), Image.Exif()
    exif[0x0112] = 6
    for place in range(8):
        _save(_smooth(rng), tmp_path / f"{place}.jpg", **({"exif": exif} if place < 2 else {}))
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "3.jpg").read_bytes()[:400])
    (tmp_path / "<script>alert(1)<").mkdir()
    (tmp_path / "<script>alert(1)<" / "script>.png").write_bytes(b"no image")
    found = explore(tmp_path)
    told = {each.kind: each for each in found.findings}
    assert told["broken images"].sentence.startswith(f"2 files of {tmp_path.name} cannot be read: `")
    assert told["broken images"].effect == 0.2
    assert told["turned images"].effect == 0.2
    assert "<script>alert" not in content_part(found.content)
    assert dict(found.content.images[0].broken)["cut.jpg"].startswith("image file is truncated")


def test_only_broken_files_are_still_described(tmp_path: Path) -> None:
    for place in range(3):
        (tmp_path / f"{place}.png").write_bytes(b"no image")
    assert "3 files" in content_part(explore(tmp_path).content)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    assert not image_folder(tmp_path)
    with pytest.raises(InputError, match="there are no images") as caught:
        open_images(tmp_path)
    assert "a folder of images for each class" in str(caught.value)
    with pytest.raises(InputError, match="there are no images"):
        open_images(tmp_path / "missing")


def test_more_files_than_asked_for_are_chosen_evenly(tmp_path: Path) -> None:
    for place in range(30):
        _save(np.full((4, 4), place, np.uint8), tmp_path / f"{place:02}.png")
    seen: list[tuple[int, int]] = []
    images = open_images(tmp_path, most=10, progress=lambda done, total: seen.append((done, total))).images
    assert (images.files, images.looked) == (30, 10)
    assert seen[-1] == (10, 10)
    assert "30 files, 10 of them looked at" in content_part(type(explore(tmp_path).content)(images=(images,)))


@pytest.mark.slow
def test_other_processes_see_the_same(tmp_path: Path) -> None:
    _digits(tmp_path, 200)
    with ProcessPoolExecutor(2) as pool:
        assert open_images(tmp_path, executor=pool).images == open_images(tmp_path).images


@pytest.mark.slow
def test_all_digits_in_bounded_time(tmp_path: Path) -> None:
    _digits(tmp_path, 1797)
    start = time.process_time()
    images = open_images(tmp_path).images
    assert time.process_time() - start < 20
    assert images.files == 1797
    assert images.many_broken == 0
