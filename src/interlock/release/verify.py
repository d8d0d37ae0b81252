"""Reads a release's files only when each of them is, to the byte, what the manifest says."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from interlock.errors import ReleaseError, TamperedError
from interlock.release.manifest import MANIFEST, SIGNATURES, Manifest, decode, sha256

__all__ = ["ROLES", "Contents", "Role", "read", "verify"]

Role = Literal["data_scientist", "ml_engineer"]

#: Who signs: the one who answers for the model, and the one who answers for its service.
ROLES: tuple[Role, ...] = get_args(Role)

_LARGEST_MANIFEST = 1 << 20
#: Largest file, and largest release, bytes: ONNX ends at two gigabytes, and all of it is read into memory.
_LARGEST = 2 << 30


class Contents(NamedTuple):
    """The verified bytes of a release.

    Args:
        manifest: What the release is made of.
        files: Each file's bytes by its name.
        signatures: Each signature file's bytes by its role; not yet checked against anybody's key.
    """

    manifest: Manifest
    files: dict[str, bytes]
    signatures: dict[Role, bytes]


def verify(folder: str | Path) -> Manifest:
    """Check that a release is whole and unchanged.

    Args:
        folder: The folder of the release.

    Returns:
        Its manifest.

    Raises:
        ReleaseError: if there is no release in `folder`.
        TamperedError: if a byte is changed, or a file is missing, added or not an ordinary one; `where`
            names the file.
    """
    return read(folder).manifest


def read(folder: str | Path) -> Contents:
    """Read a release once and check exactly the bytes that were read; arguments and errors as `verify`."""
    root = Path(folder).resolve()
    found = _files(root)
    if MANIFEST not in found:
        raise ReleaseError(
            "there is no release in this folder",
            where=root,
            got=f"no {MANIFEST}",
            next_step="give the folder that `interlock release` has printed",
        )
    manifest = decode(_bytes(root / MANIFEST, _LARGEST_MANIFEST))
    _check_folder(root, manifest)
    _check_size(root, manifest)
    signed = {f"{SIGNATURES}/{role}.json": role for role in ROLES}
    expected = {MANIFEST, *manifest.files}
    for name in sorted(found - expected - set(signed)):
        raise _tampered("a file was added to the release", root / name)
    for name in sorted(expected - found):
        raise _tampered("a file of the release is missing", root / name)
    files = {name: _verified(root / name, manifest) for name in sorted(manifest.files)}
    signatures = {role: _bytes(root / name, 1 << 16) for name, role in signed.items() if name in found}
    return Contents(manifest, files, signatures)


def _files(root: Path) -> set[str]:
    found: set[str] = set()
    for folder, folders, files in os.walk(root):
        place = Path(folder)
        for name in folders:
            if place / name != root / SIGNATURES or (place / name).is_symlink():
                raise _tampered("a folder was added to the release", place / name)
        found.update((place / name).relative_to(root).as_posix() for name in files)
    return found


def _check_folder(root: Path, manifest: Manifest) -> None:
    stated = re.search(r"-([0-9a-f]{12})$", root.name)
    if stated is not None and manifest.digest.removeprefix("sha256:")[:12] != stated[1]:
        raise _tampered("the manifest is not the one that gave the folder its name", root / MANIFEST)


def _check_size(root: Path, manifest: Manifest) -> None:
    """Refuse what would not fit into memory before it is read."""
    size = sum(file.size for file in manifest.files.values())
    if size > _LARGEST:
        raise ReleaseError(
            "the release is larger than a release can be",
            where=root / MANIFEST,
            got=f"{size} bytes in all; at most {_LARGEST} are read",
            next_step="do not use it: an ONNX file ends at two gigabytes",
        )


def _verified(path: Path, manifest: Manifest) -> bytes:
    entry = manifest.files[path.name]
    data = _bytes(path, entry.size)
    if len(data) != entry.size or sha256(data) != entry.sha256:
        raise _tampered("a file of the release is changed", path)
    return data


def _bytes(path: Path, most: int) -> bytes:
    """Read at most one byte more than `most`, from an ordinary file and never through a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _tampered("a file of the release cannot be read", path, error.strerror) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _tampered("a file of the release is not an ordinary file", path)
        data = file.read(most + 1) if os.fstat(descriptor).st_size <= most else b""
        is_larger = os.fstat(descriptor).st_size > most or len(data) > most
    if is_larger:
        raise _tampered("a file of the release is changed", path, f"more than {most} bytes")
    return data


def _tampered(what: str, path: Path, got: object = "") -> TamperedError:
    return TamperedError(
        what,
        where=path,
        got=got,
        next_step="do not use it: fetch the release again, or write it anew with `interlock release`",
    )
