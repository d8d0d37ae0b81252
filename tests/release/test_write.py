from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interlock.contract import Contract
from interlock.errors import InputError, ReleaseError, TamperedError
from interlock.release import Release, load, write
from interlock.release.manifest import FILES

from .conftest import Compile


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_release_is_a_folder_named_after_its_digest(release: Release) -> None:
    assert release.path.name == f"flights-{release.digest[7:19]}"
    assert {path.name for path in release.path.iterdir()} == {"manifest.json", *FILES}


def test_same_inputs_give_the_same_digest_anywhere(
    release: Release, tmp_path: Path, parts: dict[str, Any]
) -> None:
    elsewhere = write(tmp_path / "elsewhere", **parts)
    assert elsewhere.digest == release.digest
    for name in FILES:
        assert (elsewhere.path / name).read_bytes() == (release.path / name).read_bytes()


def test_writing_again_changes_nothing(release: Release, parts: dict[str, Any]) -> None:
    before = snapshot(release.path.parent)
    assert write(release.path.parent, **parts).digest == release.digest
    assert snapshot(release.path.parent) == before


def test_a_damaged_release_is_not_taken_for_a_written_one(release: Release, parts: dict[str, Any]) -> None:
    (release.path / "card.md").write_text("# Perfect\n")
    with pytest.raises(TamperedError, match=r"card\.md"):
        write(release.path.parent, **parts)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"card_markdown": "# Flights!\n"},
        {"card_html": ""},
        {"environment": "numpy==2.4.7\n"},
        {"evidence": {"auc": {"value": 0.76}}},
    ],
)
def test_any_other_input_gives_another_digest_beside_the_old(
    release: Release, parts: dict[str, Any], change: dict[str, Any]
) -> None:
    other = write(release.path.parent, **{**parts, **change})
    assert other.digest != release.digest
    assert load(release.path).digest == release.digest


def test_evidence_may_be_given_as_bytes(release: Release, tmp_path: Path, parts: dict[str, Any]) -> None:
    data = msgspec.json.encode(parts["evidence"])
    assert write(tmp_path / "bytes", **{**parts, "evidence": data}).digest == release.digest


@pytest.mark.parametrize(
    ("name", "folder"),
    [("Flüge ✈ NYC", "Fl-ge-NYC"), ("../../etc", "etc"), ("✈", "release"), ("a" * 200, "a" * 64)],
)
def test_any_printable_name_is_kept_and_stays_in_its_folder(
    tmp_path: Path, parts: dict[str, Any], name: str, folder: str
) -> None:
    release = write(tmp_path, **{**parts, "name": name})
    assert release.name == name
    assert release.path == tmp_path / f"{folder}-{release.digest[7:19]}"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "a" * 201])
def test_other_names_are_refused(tmp_path: Path, parts: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match="a release needs a name"):
        write(tmp_path, **{**parts, "name": name})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("evidence", [b"", b"{", {"auc": object()}])
def test_evidence_that_is_not_json_is_refused(tmp_path: Path, parts: dict[str, Any], evidence: Any) -> None:
    with pytest.raises(InputError, match="the evidence is not JSON"):
        write(tmp_path, **{**parts, "evidence": evidence})


def test_a_contract_without_a_target_is_refused(
    tmp_path: Path, parts: dict[str, Any], compile_model: Compile
) -> None:
    bare = Contract(tuple(column for column in parts["contract"].columns if column.role != "target"))
    with pytest.raises(InputError, match="no target"):
        write(tmp_path, **{**parts, "contract": bare, "model": compile_model(bare)})


def test_a_model_of_another_contract_is_refused(
    tmp_path: Path, parts: dict[str, Any], compile_model: Compile
) -> None:
    for model in (compile_model(), compile_model(parts["contract"], numbers=3)):
        with pytest.raises(ReleaseError, match="developed against another contract"):
            write(tmp_path, **{**parts, "model": model})
    assert not list(tmp_path.iterdir())


def test_a_model_whose_answer_depends_on_company_is_refused(
    tmp_path: Path, parts: dict[str, Any], compile_model: Compile
) -> None:
    model = compile_model(parts["contract"], by_company=True)
    with pytest.raises(ReleaseError, match="together with other rows, a prediction"):
        write(tmp_path, **{**parts, "model": model})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [0, 10, 1000])
def test_a_full_disk_is_said_and_leaves_the_old_release_whole(
    release: Release, parts: dict[str, Any], size: int
) -> None:
    before = snapshot(release.path.parent)
    with (
        largest_file(size),
        pytest.raises(
            ReleaseError, match=r"could not be written\n.*\n  got: File too large\n  next: free space"
        ),
    ):
        write(release.path.parent, **{**parts, "environment": "new==2\n" * 500})
    assert snapshot(release.path.parent) == before
    assert [path.name for path in release.path.parent.iterdir()] == [release.path.name]
    again = write(release.path.parent, **{**parts, "environment": "new==2\n" * 500})
    assert load(again.path).digest == again.digest


def test_a_folder_that_is_a_file_is_said(tmp_path: Path, parts: dict[str, Any]) -> None:
    (tmp_path / "releases").write_text("mine")
    with pytest.raises(ReleaseError, match="could not be written"):
        write(tmp_path / "releases", **parts)
    assert (tmp_path / "releases").read_text() == "mine"


_KILLED = """
import os, signal, sys
from pathlib import Path
from interlock.release import load, write

left, real = int(sys.argv[2]), os.fsync

def fsync(descriptor):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)

os.fsync = fsync
old = load(sys.argv[1])
write(
    old.path.parent, name="flights", contract=old.contract, profile=old.profile, scores=old.scores,
    model=(old.path / "model.onnx").read_bytes(), evidence=old.evidence, environment="numpy==2.4.6\\n",
    card_markdown="# New", card_html="<h1>Flights</h1>",
)
"""


@pytest.mark.parametrize("syncs", [0, 9, pytest.param(4, marks=pytest.mark.slow)])
def test_a_killed_write_leaves_the_old_release_whole(
    release: Release, parts: dict[str, Any], syncs: int
) -> None:
    folder = release.path.parent
    before = snapshot(folder)
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(release.path), str(syncs)], check=False)
    assert killed.returncode == -signal.SIGKILL
    half = [path for path in folder.iterdir() if path.name.startswith(".writing-")]
    assert len(half) == 1
    assert len(list(half[0].iterdir())) == syncs + 1
    assert {
        name: kept for name, kept in snapshot(folder).items() if not name.startswith(".writing-")
    } == before
    new = write(folder, **{**parts, "card_markdown": "# New"})
    assert load(new.path).digest != load(release.path).digest
