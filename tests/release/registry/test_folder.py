from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interlock.errors import RegistryError, TamperedError
from interlock.release import Release, create_key, load_key, sign, verify
from interlock.release.registry.folder import Folder

DIGEST = f"sha256:{'0' * 64}"


def test_what_is_pushed_is_fetched_under_its_digest(made: tuple[Release, ...], tmp_path: Path) -> None:
    store = Folder(tmp_path / "store")
    kept = store.push(made[0].path)
    assert kept.digest == made[0].digest
    assert store.push(made[0].path) == kept
    store.push(made[1].path)
    place = store.fetch(made[0].digest, tmp_path / "here")
    assert place == tmp_path / "here" / made[0].path.name
    assert verify(place).digest == made[0].digest
    assert store.look(made[1].digest).evidence == made[1].evidence
    assert store.verify(made[1].digest).digest == made[1].digest
    assert [each.name for each in (tmp_path / "here").iterdir()] == [place.name]


def test_a_folder_of_releases_is_its_own_store(made: tuple[Release, ...], tmp_path: Path) -> None:
    shutil.copytree(made[0].path, tmp_path / "another name")
    store = Folder(tmp_path)
    assert store.fetch(made[0].digest, tmp_path) == tmp_path / "another name"


def test_signatures_follow(made: tuple[Release, ...], tmp_path: Path) -> None:
    source = tmp_path / "source" / made[0].path.name
    shutil.copytree(made[0].path, source)
    store = Folder(tmp_path / "store")
    store.push(source)
    here = store.fetch(made[0].digest, tmp_path / "here")
    assert verify(here)
    create_key(tmp_path / "key")
    sign(source, "data_scientist", "ada", load_key(tmp_path / "key"))
    assert store.push(source).signatures.keys() == {"data_scientist"}
    assert store.fetch(made[0].digest, tmp_path / "here") == here
    assert (here / "signatures" / "data_scientist.json").read_bytes() == store.look(
        made[0].digest
    ).signatures["data_scientist"]


def test_what_is_not_there_is_told(made: tuple[Release, ...], tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="the store of releases is not there"):
        Folder(tmp_path / "nowhere").look(DIGEST)
    store = Folder(tmp_path / "store")
    store.push(made[0].path)
    with pytest.raises(RegistryError, match="there is no such release in the store"):
        store.fetch(DIGEST, tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_a_changed_release_is_neither_taken_nor_given(made: tuple[Release, ...], tmp_path: Path) -> None:
    store = Folder(tmp_path / "store")
    store.push(made[0].path)
    card = tmp_path / "store" / made[0].path.name / "card.md"
    card.write_text("better than it is")
    for ask in (store.look, store.verify, lambda digest: store.fetch(digest, tmp_path / "here")):
        with pytest.raises(TamperedError, match="a file of the release is changed"):
            ask(made[0].digest)
    with pytest.raises(TamperedError, match="a file of the release is changed"):
        Folder(tmp_path / "other").push(card.parent)
    assert not (tmp_path / "other").exists()
    card.unlink()
    with pytest.raises(TamperedError, match="a file of the release is missing"):
        store.fetch(made[0].digest, tmp_path / "here")


def test_another_release_in_its_place_is_found(made: tuple[Release, ...], tmp_path: Path) -> None:
    store = Folder(tmp_path / "store")
    store.push(made[0].path)
    (tmp_path / "here").mkdir()
    shutil.copytree(made[1].path, tmp_path / "here" / made[0].path.name)
    with pytest.raises(TamperedError, match="the manifest is not the one that gave the folder its name"):
        store.fetch(made[0].digest, tmp_path / "here")
