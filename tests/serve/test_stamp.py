from __future__ import annotations

import os
from pathlib import Path

from interlock.serve.stamp import stamp


def test_a_file_that_is_left_alone_keeps_its_stamp(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text("{}")
    before = stamp(str(path))
    path.read_text()
    assert stamp(str(path)) == before


def test_what_is_written_or_replaced_has_another(tmp_path: Path) -> None:
    path, other = tmp_path / "keys.json", tmp_path / "new.json"
    path.write_text("{}")
    stamps = [stamp(str(path))]
    path.write_text("{ }")
    stamps.append(stamp(str(path)))
    other.write_text("[ ]")
    known = path.stat()
    os.utime(other, ns=(known.st_atime_ns, known.st_mtime_ns))
    other.replace(path)
    stamps.append(stamp(str(path)))
    assert len({*stamps}) == 3, "also where size and time are as before"


def test_of_several_files_each_counts(tmp_path: Path) -> None:
    paths = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    for path in paths:
        path.write_text("a")
    before = stamp(*map(str, paths))
    paths[1].write_text("ab")
    after = stamp(*map(str, paths))
    assert before is not None
    assert after is not None
    assert (after[0], after[1] == before[1]) == (before[0], False)
    paths[0].unlink()
    assert stamp(*map(str, paths)) is None
