from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from interlock.errors import ReleaseError, TamperedError
from interlock.release import Release, create_key, load, load_key, sign, verify
from interlock.release.manifest import FILES, MANIFEST, encode
from interlock.release.verify import read

ALL = (MANIFEST, *FILES)


@pytest.fixture
def signed(release: Release, tmp_path: Path) -> Path:
    create_key(tmp_path / "ada.pem")
    sign(release.path, "ml_engineer", "ada", load_key(tmp_path / "ada.pem"))
    return release.path


def places(size: int) -> list[int]:
    """Every byte of a short file; of a long one the first, the last and 20 between."""
    if size <= 64:
        return list(range(size))
    return sorted({0, 1, size // 2, size - 1, *np.random.default_rng(size).integers(0, size, 20).tolist()})


def test_a_whole_release_is_read_to_the_byte(signed: Path) -> None:
    contents = read(signed)
    assert contents.files == {name: (signed / name).read_bytes() for name in FILES}
    assert contents.signatures == {"ml_engineer": (signed / "signatures/ml_engineer.json").read_bytes()}
    assert verify(signed) == contents.manifest


@pytest.mark.parametrize("name", ALL)
def test_a_flipped_bit_is_refused_and_the_file_named(signed: Path, name: str) -> None:
    path = signed / name
    whole = path.read_bytes()
    for place in places(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(TamperedError, match=name):
            verify(signed)
    path.write_bytes(whole)
    verify(signed)


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    copy = path.parent.parent / f"copy-{path.name}"
    shutil.copy(path, copy)
    path.unlink()
    path.symlink_to(copy)


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


CHANGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "emptied": lambda path: path.write_bytes(b""),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "a huge hole": lambda path: os.truncate(path, 1 << 40),
    "a link to the same bytes": _link,
    "a link to nothing": _dangling,
    "a folder": _folder,
    "a pipe": _fifo,
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("change", CHANGES)
def test_every_kind_of_change_is_refused_and_the_file_named(signed: Path, name: str, change: str) -> None:
    CHANGES[change](signed / name)
    with pytest.raises(TamperedError, match=name):
        verify(signed)
    with pytest.raises(TamperedError, match=name):
        load(signed)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(signed: Path, name: str) -> None:
    (signed / name).unlink()
    with pytest.raises(TamperedError, match=rf"is missing\n  where: .*{name}"):
        verify(signed)


@pytest.mark.parametrize(
    "name",
    [
        "extra.py",
        ".hidden",
        "model.onnx.bak",
        "MODEL.ONNX",
        "signatures/other.json",
        "signatures/ml_engineer.json~",
        "more/model.onnx",
        "signatures/deep/ml_engineer.json",
    ],
)
def test_an_added_file_is_named(signed: Path, name: str) -> None:
    path = signed / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(TamperedError, match=rf"was added to the release\n  where: .*{Path(name).parts[0]}"):
        verify(signed)


def test_an_added_empty_folder_is_named(signed: Path) -> None:
    (signed / "more").mkdir()
    with pytest.raises(TamperedError, match=r"a folder was added to the release\n  where: .*more"):
        verify(signed)


def test_a_linked_folder_of_signatures_is_refused(signed: Path, tmp_path: Path) -> None:
    shutil.move(signed / "signatures", tmp_path / "elsewhere")
    (signed / "signatures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TamperedError, match="signatures"):
        verify(signed)


def test_a_linked_signature_is_refused(signed: Path) -> None:
    _link(signed / "signatures" / "ml_engineer.json")
    with pytest.raises(TamperedError, match=r"ml_engineer\.json"):
        verify(signed)


def test_a_manifest_that_fits_its_files_but_not_the_name_of_its_folder_is_refused(signed: Path) -> None:
    forged = msgspec.structs.replace(verify(signed), name="other")
    (signed / MANIFEST).write_bytes(encode(forged))
    with pytest.raises(TamperedError, match="gave the folder its name"):
        verify(signed)


def test_a_release_may_stand_under_another_name_and_behind_a_link(signed: Path, tmp_path: Path) -> None:
    moved = signed.rename(tmp_path / "release")
    (tmp_path / "current").symlink_to(moved)
    assert verify(tmp_path / "current") == verify(moved)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: None])
def test_what_is_no_release_is_said_to_be_none(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "place")
    with pytest.raises(ReleaseError, match="there is no release in this folder") as caught:
        verify(tmp_path / "place")
    assert not isinstance(caught.value, TamperedError)
    assert "interlock release" in caught.value.next_step
