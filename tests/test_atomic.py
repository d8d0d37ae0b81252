from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.atomic import replacing, write_atomically
from interlock.errors import InputError


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_the_last_write_stands_alone(
    tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes
) -> None:
    folder = tmp_path_factory.mktemp("atomic")
    write_atomically(folder / "file", old)
    write_atomically(folder / "file", new)
    assert [(each.name, each.read_bytes()) for each in folder.iterdir()] == [("file", new)]


def test_a_refused_write_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(InputError, match="what was there before is kept") as caught:
        write_atomically(tmp_path / "state", "new")
    assert "free some space" in caught.value.next_step
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


def test_a_file_where_a_folder_should_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "file" / "state", "new")


FULL = """
import signal, sys
from interlock.atomic import replacing, write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
write_atomically(sys.argv[1], "new" * 10_000)
"""


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "file", "old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert "InputError: a file cannot be written" in done.stderr
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "old")]


def test_a_block_that_fails_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before")

    def half() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            message = "the source broke off"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="broke off"):
        half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_ends_puts_its_file_in_place(tmp_path: Path) -> None:
    with replacing(tmp_path / "new" / "rows.csv") as beside:
        assert beside.suffix == ".csv"
        beside.write_text("whole")
    assert (tmp_path / "new" / "rows.csv").read_text() == "whole"
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / "file" / "rows.csv"):
        pass
