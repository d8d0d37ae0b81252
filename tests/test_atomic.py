from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.atomic import write_atomically
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
from interlock.atomic import write_atomically
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
