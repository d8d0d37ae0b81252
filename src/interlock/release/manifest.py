"""The manifest of a release: every file's size and SHA-256, and one digest over all of it."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

import msgspec

from interlock.contract.model import Task
from interlock.errors import TamperedError
from interlock.release.explanation import EXPLANATION

__all__ = [
    "FILES",
    "MANIFEST",
    "OPTIONAL",
    "RECIPE",
    "SIGNATURES",
    "File",
    "Manifest",
    "decode",
    "encode",
    "sha256",
]

#: The manifest's own file, which says what the others must be.
MANIFEST = "manifest.json"
#: The folder of the signatures; it stands outside the manifest, because people sign the manifest's digest.
SIGNATURES = "signatures"
#: What a release holds, and nothing else but what is in `OPTIONAL`.
FILES = (
    "card.html",
    "card.md",
    "contract.toml",
    "environment.txt",
    "evidence.json",
    "golden.json",
    "model.onnx",
    "profile.bin",
    "scores.bin",
)
#: How the model is learned again.
RECIPE = "recipe.json"
#: What a release may hold beside them.
OPTIONAL = (EXPLANATION, RECIPE)


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a release.

    Args:
        size: Its length in bytes.
        sha256: The SHA-256 of its bytes, 64 hexadecimal digits.
    """

    size: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a release is made of.

    Args:
        name: What people call the model.
        task: What it predicts.
        contract: The digest of the contract that it was developed against.
        files: Every file by its name: those of `FILES`, and any of `OPTIONAL`.
        format: The version of this layout.

    Example:
        >>> files = {name: File(0, sha256(b"")) for name in FILES}
        >>> manifest = Manifest("flights", "binary", "sha256:1", files)
        >>> decode(encode(manifest)) == manifest
        True
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    task: Task
    contract: str
    files: dict[str, File]
    format: Literal[1] = 1

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hexadecimal digits over all that it says: the identity of the release."""
        return f"sha256:{sha256(msgspec.json.encode(self, order='sorted'))}"

    @property
    def folder(self) -> str:
        """What the release's folder is called: its name, as paths take it, and 12 digits of its digest."""
        name = re.sub(r"[^A-Za-z0-9._]+", "-", self.name).strip("-.")[:64] or "release"
        return f"{name}-{self.digest.removeprefix('sha256:')[:12]}"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of `manifest.json`, digest included: always the same bytes for the same value."""
    tree = {"digest": manifest.digest, **msgspec.to_builtins(manifest, order="sorted")}
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=2) + b"\n"


def decode(data: bytes) -> Manifest:
    """Read `manifest.json`.

    The digest inside and the one way to write the file make every changed byte visible, a blank included.

    Args:
        data: Its bytes.

    Returns:
        The manifest.

    Raises:
        TamperedError: if these are not the bytes that `encode` wrote.
    """
    try:
        tree: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
        tree.pop("digest", None)
        manifest = msgspec.convert(tree, Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _tampered(str(error)) from error
    if unexpected := (set(manifest.files) - set(OPTIONAL)) ^ set(FILES):
        raise _tampered(f"files: {sorted(unexpected)}")
    if encode(manifest) != data:
        raise _tampered("its bytes do not match the digest that it states")
    return manifest


def _tampered(got: str) -> TamperedError:
    return TamperedError(
        "the manifest of the release is changed",
        where=MANIFEST,
        got=got,
        next_step="fetch the release again, or write it anew with `interlock release`",
    )
