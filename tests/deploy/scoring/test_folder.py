from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.deploy.scoring.fixtures import as_table, rows, snapshot
from tests.table import servers as stores

from interlock.deploy.scoring import score
from interlock.deploy.scoring.folder import Folder, open_folder
from interlock.errors import InputError
from interlock.release import Release

PARTS, EACH = 12, 40


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    pq.write_table(as_table(rows(PARTS * EACH)), path, row_group_size=EACH)
    return path


@pytest.fixture
def options(releases: dict[str, Release]) -> dict[str, Any]:
    return {"release": releases["forest"].path, "rows_a_part": EACH}


class Killed(BaseException):
    """Ends a run where a kill would: nothing that follows is done."""


def test_a_run_that_ends_anywhere_goes_on_to_the_same_bytes(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(source, tmp_path / "whole", **options)
    whole = snapshot(tmp_path / "whole")
    write, writes = Folder._write, 0
    ends = random.Random(1).sample(range(1, 2 * PARTS + 2), 9)

    def dying(self: Folder, name: str, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes in ends:
            if writes % 2:  # half of a file stands beside its place, as a kill leaves it
                place = Path(self.path) / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.with_name(f".{place.name}.half").write_bytes(data[: len(data) // 2])
            raise Killed
        write(self, name, data)

    monkeypatch.setattr(Folder, "_write", dying)
    died = 0
    for _ in range(len(ends) + 1):
        try:
            done = score(source, tmp_path / "out", **options)
            break
        except Killed:
            died += 1
    assert died > 3
    assert done.manifest.read == PARTS * EACH
    assert snapshot(tmp_path / "out") == whole


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_kill_9_at_random_moments_and_the_same_command_again_give_the_same_bytes(
    workers: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    source = tmp_path / "rows.parquet"
    pq.write_table(as_table(rows(20_000)), source, row_group_size=1_000)
    command = [sys.executable, "-m", "interlock", "score", str(source), str(tmp_path / "out"), "--release"]
    command += [str(releases["forest"].path), "--rows-a-part", "1000", "--workers", workers]
    told = subprocess.run(
        [*command[:5], str(tmp_path / "whole"), *command[6:]], check=True, capture_output=True
    )
    assert b"20,000 rows" in told.stdout
    chance = random.Random(int(workers))
    killed = 0
    for _ in range(6 if workers == "1" else 3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        enough = _parts(tmp_path / "out") + chance.randint(1, 3)
        while process.poll() is None and _parts(tmp_path / "out") < enough:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 2
    subprocess.run(command, check=True, capture_output=True)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")


def _parts(folder: Path) -> int:
    return len([*folder.glob("part-*")])


@pytest.mark.parametrize("name", ["notes.txt", "part-1.parquet", "sub/part-00000-0123456789ab.parquet"])
def test_a_folder_with_files_of_others_is_refused_and_left_as_it_was(
    name: str, source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    foreign = tmp_path / "out" / name
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    for anew in (False, True):
        with pytest.raises(InputError, match=f"files that are not a scorer's\n.*\n  got: {name}\n"):
            score(source, tmp_path / "out", anew=anew, **options)
    assert snapshot(tmp_path / "out") == {name: b"mine"}


def test_two_scorers_on_one_folder(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    with (
        open_folder(str(tmp_path / "out")).held(),
        pytest.raises(InputError, match="another scorer is at work on this destination"),
    ):
        score(source, tmp_path / "out", **options)
    assert score(source, tmp_path / "out", **options).manifest.read == PARTS * EACH


def test_who_is_refused_does_not_take_the_lock_away(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path / "out"))
    with folder.held():
        for _ in range(2):  # nothing is written yet, and the first who is refused must not let the second in
            with pytest.raises(InputError, match="another scorer is at work"), folder.held():
                pass
    assert not (tmp_path / "out" / "_interlock").exists()


def test_a_full_disk_leaves_no_half_part_under_its_name(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(source, tmp_path / "whole", **options)
    write, left = Path.write_bytes, 6

    def full(self: Path, data: bytes) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            write(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot be written.*\n.*\n  got: No space left on device"):
        score(source, tmp_path / "out", **options)
    monkeypatch.undo()
    there = {name: data for name, data in snapshot(tmp_path / "out").items() if name.startswith("part-")}
    assert there
    assert there.items() <= snapshot(tmp_path / "whole").items()
    assert not (tmp_path / "out" / "_manifest.json").exists()
    score(source, tmp_path / "out", **options)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(InputError, match="the destination cannot be written"):
        score(source, tmp_path / "closed" / "out", **options)


def test_a_file_in_place_of_a_folder(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="the destination is a file"):
        score(source, tmp_path / "out", **options)


def test_a_damaged_manifest_is_named(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    score(source, tmp_path / "out", **options)
    (tmp_path / "out" / "_manifest.json").write_bytes(b"{")
    with pytest.raises(InputError, match="the account of the destination cannot be read"):
        score(source, tmp_path / "out", **options)


def test_a_part_that_somebody_adds_meanwhile_is_no_result(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Folder.finish

    def late(self: Folder, manifest: Any) -> None:
        (Path(self.path) / "part-00099-000000000000.parquet").write_bytes(b"")
        finish(self, manifest)

    monkeypatch.setattr(Folder, "finish", late)
    with pytest.raises(InputError, match=r"changed while it was written\n.*\n  got: part-00099"):
        score(source, tmp_path / "out", **options)
    assert not (tmp_path / "out" / "_manifest.json").exists()


def test_ctrl_c_says_what_is_there_and_the_same_command_goes_on(
    source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    def pressed(told: str) -> None:
        if told.startswith("scored 200"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="stopped; 4 of 12 parts are written"):
        score(source, tmp_path / "out", progress=pressed, **options)
    assert score(source, tmp_path / "out", **options).reused == 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", stores.STORES)
def test_a_bucket_takes_the_same_bytes_as_a_folder(
    kind: str, source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(source, tmp_path / "whole", **options)
    with stores.STORES[kind]() as store:
        store.announce(monkeypatch)
        store.write("rows.parquet", source.read_bytes())
        for _ in range(2):
            done = score(f"{store.prefix}/rows.parquet", f"{store.prefix}/out", **options)
        assert done.nothing_new
        names = [part.name for part in done.manifest.parts]
        for name, data in zip(names, sorted((tmp_path / "whole").glob("part-*")), strict=True):
            with store.system.open_input_file(f"{stores.BUCKET}/out/{name}") as file:
                assert file.read() == data.read_bytes()
        store.write("out/mine.txt", b"mine")
        with pytest.raises(InputError, match="files that are not a scorer's"):
            score(
                f"{store.prefix}/rows.parquet",
                f"{store.prefix}/out",
                **(options | {"explain": 0, "keep": ["seats"]}),
            )


@pytest.mark.slow
@pytest.mark.parametrize("kind", stores.STORES)
def test_a_run_into_a_bucket_that_ends_half_way_goes_on_and_anew_leaves_nothing_behind(
    kind: str, source: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, writes = Folder._write, 0

    def dying(self: Folder, name: str, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == PARTS:
            raise Killed
        write(self, name, data)

    with stores.STORES[kind]() as store:
        store.announce(monkeypatch)
        out = f"{store.prefix}/some/out"
        monkeypatch.setattr(Folder, "_write", dying)
        with pytest.raises(Killed):
            score(source, out, **options)
        monkeypatch.setattr(Folder, "_write", write)
        done = score(source, out, **options)
        assert 0 < done.reused < PARTS
        names = {part.name for part in done.manifest.parts}
        assert {*open_folder(out)._names()} == {*names, "_manifest.json"}
        with pytest.raises(InputError, match=r"results of another run\n.*\n  got: --keep changed"):
            score(source, out, keep=["seats"], **options)
        again = score(source, out, keep=["seats"], anew=True, **options)
        others = {part.name for part in again.manifest.parts}
        assert {*open_folder(out)._names()} == {*others, "_manifest.json"}
        assert not names & others
