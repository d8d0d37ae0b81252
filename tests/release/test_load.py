from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interlock import contract as contracts
from interlock.errors import InputError, ReleaseError
from interlock.release import Release, load, verify
from interlock.release.manifest import File, encode, sha256

from .conftest import Compile


def forge(release: Release, tmp_path: Path, files: dict[str, bytes], **changes: str) -> Path:
    """Exchange files and make the manifest fit them, as somebody would who can write to the folder."""
    manifest = verify(release.path)
    folder = release.path.rename(tmp_path / "forged")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    entries = {name: File(len(data), sha256(data)) for name, data in files.items()}
    forged = msgspec.structs.replace(manifest, files={**manifest.files, **entries}, **changes)
    (folder / "manifest.json").write_bytes(encode(forged))
    return folder


def test_a_release_holds_what_was_written(release: Release, parts: dict[str, Any]) -> None:
    loaded = load(str(release.path))
    assert loaded.path == release.path
    assert loaded.digest == verify(release.path).digest
    assert loaded.name == "flights"
    assert loaded.contract == parts["contract"]
    assert loaded.contract_digest == contracts.digest(parts["contract"])
    assert loaded.profile.to_bytes() == parts["profile"].to_bytes()
    assert loaded.scores.to_bytes() == parts["scores"].to_bytes()
    assert loaded.evidence == parts["evidence"]
    assert loaded.signatures == {}
    assert len(loaded.golden) == 64


def test_parts_that_were_not_made_for_each_other_are_refused(
    release: Release, parts: dict[str, Any], tmp_path: Path, compile_model: Compile
) -> None:
    folder = forge(release, tmp_path, {"model.onnx": compile_model()})
    with pytest.raises(ReleaseError, match=r"developed against another contract\n  where: .*forged"):
        load(folder)


def test_a_contract_that_is_not_the_manifests_is_refused(release: Release, tmp_path: Path) -> None:
    folder = forge(release, tmp_path, {}, contract="sha256:0")
    with pytest.raises(ReleaseError, match="the contract does not have the digest that the manifest states"):
        load(folder)


def test_a_profile_that_is_none_is_refused(release: Release, tmp_path: Path) -> None:
    folder = forge(release, tmp_path, {"profile.bin": b"profile"})
    with pytest.raises(InputError, match="these bytes are not a profile"):
        load(folder)


@pytest.mark.parametrize("data", [b"", b"[{}]", b"null"])
def test_golden_rows_that_are_none_are_refused(release: Release, tmp_path: Path, data: bytes) -> None:
    folder = forge(release, tmp_path, {"golden.json": data})
    with pytest.raises(ReleaseError, match="the golden rows cannot be read"):
        load(folder)


_RUNTIME = """
import sys
from interlock.release import load, replay
assert replay(load(sys.argv[1])) <= 1e-15
lab = {"pyarrow", "pandas", "polars", "duckdb", "sklearn", "lightgbm", "scipy", "onnx", "altair"}
print(*sorted(lab & set(sys.modules)))
"""


def test_the_runtime_loads_it_without_the_lab(release: Release) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUNTIME, str(release.path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
