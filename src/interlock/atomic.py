"""A file is there whole or not at all: it is written beside its place, then renamed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interlock.errors import InputError

__all__ = ["replacing", "write_atomically"]


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
        raise _refused(place, error) from error
    finally:
        with suppress(OSError):
            beside.unlink()
    return place


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a path beside a file; when the block is done, what was written there takes the file's place.

    Whoever wrote it, its mode is that of any new file of this process.

    Args:
        path: The file; folders above it are made.

    Yields:
        A path with the same suffix. After an error in the block it is removed, and the file is what it was.

    Raises:
        InputError: If the disk refuses.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp()) / "rows.csv"
        >>> with replacing(place) as beside:
        ...     written = beside.write_text("a")
        >>> place.read_text()
        'a'
    """
    place = Path(path)
    beside = place.with_name(f".{place.stem}.{secrets.token_hex(4)}{place.suffix}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        mode = beside.stat().st_mode
        beside.unlink()  # some writers insist on a file of their own, and on its mode
        yield beside
        beside.chmod(mode)
        beside.replace(place)
    except OSError as error:
        raise _refused(place, error) from error
    finally:
        with suppress(OSError):
            beside.unlink()


def _refused(place: Path, error: OSError) -> InputError:
    return InputError(
        "a file cannot be written; what was there before is kept",
        where=place,
        got=error.strerror or error,
        next_step="free some space or check the folder's permissions, then try again",
    )
