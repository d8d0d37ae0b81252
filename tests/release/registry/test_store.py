from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from interlock.errors import InputError, ReleaseError
from interlock.release import Release, verify
from interlock.release.registry.folder import Folder
from interlock.release.registry.objects import Objects
from interlock.release.registry.store import lay, open_store
from interlock.release.verify import read


def test_the_address_says_which_store(tmp_path: Path) -> None:
    for address in (tmp_path, f"file://{tmp_path}"):
        store = open_store(address)
        assert isinstance(store, Folder)
        assert store.name == str(tmp_path)
    for address in ("s3://b/releases/", "gs://b", "az://c/x", "abfs://c@account.dfs.core.windows.net/x"):
        assert isinstance(open_store(address), Objects)
    assert open_store("s3://key:secret@bucket/x").name == "s3://key:***@bucket/x"
    with pytest.raises(InputError, match="releases are kept in a folder or in a bucket"):
        open_store("ftp://host/releases")


def test_another_release_under_the_name_is_not_overwritten(made: tuple[Release, ...], tmp_path: Path) -> None:
    contents = read(made[0].path)
    place = tmp_path / contents.manifest.folder
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseError, match="there is no release in this folder"):
        lay(contents, tmp_path)
    assert (place / "notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_many_who_fetch_at_once_get_the_same_whole_release(made: tuple[Release, ...], tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    fetchers = [context.Process(target=_fetch, args=(str(made[0].path), str(tmp_path))) for _ in range(3)]
    for each in fetchers:
        each.start()
    for each in fetchers:
        each.join(60)
    assert [each.exitcode for each in fetchers] == [0, 0, 0]
    assert [each.name for each in tmp_path.iterdir()] == [made[0].path.name]
    assert verify(tmp_path / made[0].path.name).digest == made[0].digest


def _fetch(source: str, into: str) -> None:
    lay(read(source), Path(into))
