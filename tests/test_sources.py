from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from interlock import sources
from interlock.sources import Seen, as_seen, files_of, look, objects_of


def test_what_stands_in_a_file_is_read_only_where_time_alone_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    seen = look({"a.csv": path}, {})
    time = path.stat().st_mtime_ns
    assert seen == {"a.csv": Seen(3, time, "sha256:" + hashlib.sha256(b"one").hexdigest())}
    read: list[Path] = []
    content = sources._content_now

    def watched(path: Path) -> str:
        read.append(path)
        return content(path)

    monkeypatch.setattr(sources, "_content_now", watched)
    assert as_seen({"a.csv": path}, seen) == [("a.csv", 3, time)]
    path.write_text("three")
    assert as_seen({"a.csv": path}, seen)[0][1] == 5
    assert read == []
    path.write_text("one")
    os.utime(path, ns=(5, 5))
    assert as_seen({"a.csv": path}, seen) == [("a.csv", 3, time)]
    assert look({"a.csv": path}, seen) == seen
    path.write_text("two")
    os.utime(path, ns=(7, 7))
    assert as_seen({"a.csv": path}, seen) == [("a.csv", 3, 7)]
    assert read


def test_a_folder_among_the_files_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert look({"folder": tmp_path / "folder"}, {}) == {}
    assert as_seen({"folder": tmp_path / "folder"}, {})[0][0] == "folder"


def test_files_are_named_from_the_folder_or_as_they_are_written(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "d.db"):
        (tmp_path / name).write_bytes(b"")
    a, b, d = (tmp_path / name for name in ("a.csv", "b.csv", "d.db"))
    assert files_of(("*.csv", "sqlite:///d.db?table=t"), tmp_path) == {"a.csv": a, "b.csv": b, "d.db": d}
    assert files_of((f"{tmp_path}/a.csv", f"file://{tmp_path}/b.csv"), tmp_path) == {str(a): a, str(b): b}
    elsewhere = ("postgresql://ada@nowhere/db?table=t", "s3://bucket/a.csv")
    assert files_of(elsewhere, tmp_path) == {}
    assert objects_of(("a.csv", *elsewhere[:1])) == []
