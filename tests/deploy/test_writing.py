from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.deploy.writing import SUMS, write
from interlock.errors import InputError

FILES: dict[str, str | bytes] = {"a.txt": "one\n", "b/c.bin": b"\0\1"}


def test_the_same_files_twice_change_nothing(tmp_path: Path) -> None:
    assert write(tmp_path, FILES).written == ("a.txt", "b/c.bin")
    again = write(tmp_path, FILES)
    assert (again.written, again.unchanged, again.kept) == ((), ("a.txt", "b/c.bin"), ())
    assert (tmp_path / "b/c.bin").read_bytes() == b"\0\1"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_what_was_written_can_be_checked_by_sha256sum(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=tmp_path, check=True, capture_output=True)


def test_a_script_can_be_run(tmp_path: Path) -> None:
    write(tmp_path, {"say.sh": "#!/bin/sh\necho said\n", "plain.txt": "echo"})
    assert subprocess.run([tmp_path / "say.sh"], capture_output=True, check=True).stdout == b"said\n"
    assert not (tmp_path / "plain.txt").stat().st_mode & 0o111


def test_an_edited_file_is_left_alone_and_the_new_text_stands_beside(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (tmp_path / "a.txt").write_text("mine")
    for _ in range(2):  # the second run knows as well that it is edited
        done = write(tmp_path, {**FILES, "a.txt": "two\n"})
        assert done.kept == ("a.txt",)
        assert (tmp_path / "a.txt").read_text() == "mine"
        assert (tmp_path / "a.txt.new").read_text() == "two\n"
    (tmp_path / "a.txt").write_text("two\n")
    assert write(tmp_path, {**FILES, "a.txt": "two\n"}).unchanged == ("a.txt", "b/c.bin")
    assert not (tmp_path / "a.txt.new").exists()


def test_a_file_that_was_there_before_counts_as_edited(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    assert write(tmp_path, FILES).kept == ("a.txt",)


def test_what_is_no_longer_needed_goes_unless_it_was_edited(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "old/x": "x", "old/deep/y": "y", "z": "z"})
    (tmp_path / "z").write_text("mine")
    assert write(tmp_path, FILES).removed == ("old/deep/y", "old/x")
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "z").read_text() == "mine"


def test_a_list_that_names_files_elsewhere_removes_nothing(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    place = tmp_path / "place"
    place.mkdir()
    (place / SUMS).write_text(f"{digest}  ../victim\n{digest}  {victim}\n")
    assert write(place, FILES).removed == ()
    assert victim.exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as refused:
        write(tmp_path / "file", FILES)
    assert refused.value.next_step


@settings(max_examples=30)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.binary(max_size=3)), min_size=1, max_size=4))
def test_without_edits_the_folder_is_what_was_last_asked_for(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, bytes]]
) -> None:
    place = tmp_path_factory.mktemp("runs")
    for files in runs:
        write(place, files)
    there = {path.name: path.read_bytes() for path in place.iterdir() if path.name != SUMS}
    assert there == runs[-1]
