"""A file is there whole or not at all: it is written beside its place, then renamed."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from interlock.errors import InputError

__all__ = ["write_atomically"]


def write_atomically(path: str | Path, content: bytes | str) -> Path:
    """Write a file, so that a failure leaves what was there before.

    Args:
        path: The file; folders above it are made.
        content: Bytes, or text for UTF-8.

    Returns:
        The path.

    Raises:
        InputError: If the disk refuses.

    Example:
        >>> import tempfile
        >>> write_atomically(tempfile.mkdtemp() + "/a/b.txt", "whole").read_text()
        'whole'
    """
    place = Path(path)
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(place)
    except OSError as error:
        raise InputError(
            "a file cannot be written; what was there before is kept",
            where=place,
            got=error.strerror,
            next_step="free some space or check the folder's permissions, then try again",
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
    return place
