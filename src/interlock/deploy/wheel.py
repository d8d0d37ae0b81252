"""The Interlock that runs, as a wheel: what an image installs is what wrote its files, to the byte."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import interlock

__all__ = ["Wheel", "build", "wheel"]

_WHEEL = "Wheel-Version: 1.0\nGenerator: interlock\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
#: The earliest time that a zip archive can name: the same bytes whenever it is built.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Wheel(NamedTuple):
    """A wheel in memory.

    Args:
        name: Its file name.
        version: The package's.
        data: Its bytes.
    """

    name: str
    version: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, 64 digits."""
        return hashlib.sha256(self.data).hexdigest()


def wheel() -> Wheel:
    """Return the package that runs as a wheel, whether it was installed or is a checkout."""
    root = Path(interlock.__file__).parent
    files = {
        f"interlock/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return build(files, metadata.distribution("interlock"), interlock.__version__)


def build(files: Mapping[str, bytes], of: metadata.Distribution, version: str) -> Wheel:
    """Return a wheel of pure Python with the metadata of an installed distribution.

    Args:
        files: Each file by its path in the archive.
        of: Where name, requirements and commands are from.
        version: Of the package.

    Source: Binary distribution format, packaging.python.org (PEP 427, PEP 376).
    """
    info = f"interlock-{version}.dist-info"
    entries = {
        **files,
        f"{info}/METADATA": (of.read_text("METADATA") or "").encode(),
        f"{info}/WHEEL": _WHEEL.encode(),
        f"{info}/entry_points.txt": (of.read_text("entry_points.txt") or "").encode(),
    }
    record = "".join(f"{name},{_hash(data)},{len(data)}\n" for name, data in entries.items())
    entries[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return Wheel(f"interlock-{version}-py3-none-any.whl", version, _zipped(entries))


def _hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()
