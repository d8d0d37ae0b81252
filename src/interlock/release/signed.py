"""Which releases of a folder are signed, the newest first: what stands in for the one in production."""

from __future__ import annotations

from pathlib import Path

import msgspec

from interlock.errors import ReleaseError
from interlock.release.manifest import MANIFEST, SIGNATURES, decode

__all__ = ["signed_releases"]


class _Time(msgspec.Struct, frozen=True):
    time: str


def signed_releases(folder: str | Path, *, but: str = "") -> tuple[Path, ...]:
    """Return the releases that bear a signature, by the time of the last one; nothing is verified yet.

    Args:
        folder: Where releases stand.
        but: The digest of a model, `sha256:` and 64 digits, whose releases are left out.

    Returns:
        Their folders, the newest first; empty where there are none.
    """
    found = []
    for path in sorted(Path(folder).glob(f"*/{MANIFEST}")):
        times = [_time(file) for file in (path.parent / SIGNATURES).glob("*.json")]
        if any(times) and _model(path) not in ("", but):
            found.append((max(times), path.parent))
    return tuple(path for _, path in sorted(found, reverse=True))


def _time(file: Path) -> str:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Time).time
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _model(manifest: Path) -> str:
    try:
        return f"sha256:{decode(manifest.read_bytes()).files['model.onnx'].sha256}"
    except (OSError, ReleaseError):
        return ""
