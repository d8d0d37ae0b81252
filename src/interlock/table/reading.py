"""Opens files for reading: what breaks off is taken up again, and a file that changed meanwhile is refused.

Local and remote files pass through the same doors. A local one is opened by Arrow itself. A remote one is
read in ranges, each of which must give every byte asked for; where one does not, the object is opened again,
is compared with what it was, and is read on from the byte that is missing. So what a reader takes for the end
of the file is the size that was announced.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa

from interlock.errors import InputError
from interlock.table.files import File, Files, refused, seen
from interlock.table.retry import retried
from interlock.table.scan import BLOCK_BYTES

__all__ = ["digest_files", "open_file", "open_stream", "reading"]


@contextmanager
def open_file(file: File) -> Iterator[Any]:
    """Open a file for reading anywhere in it.

    Args:
        file: As `expand` found it.

    Yields:
        A `pyarrow.NativeFile`.

    Raises:
        InputError: If it cannot be read, or is no longer what it was when it was found.
    """
    with _unchanged(file):
        if file.is_local:
            with file.system.open_input_file(file.path) as handle:
                yield handle
        else:
            yield pa.PythonFile(_Resumed(file), mode="r")


@contextmanager
def open_stream(file: File) -> Iterator[Any]:
    """Open a file for reading from its start to its end, decompressed if its name ends in `.gz`.

    Args:
        file: As `expand` found it.

    Yields:
        A binary `pyarrow.NativeFile`.

    Raises:
        InputError: If it cannot be read, or is no longer what it was when it was found.
    """
    with _unchanged(file):
        if file.is_local:
            stream = file.system.open_input_stream(file.path, compression=None)
        else:
            stream = pa.PythonFile(io.BufferedReader(_Resumed(file), BLOCK_BYTES), mode="r")
        yield pa.CompressedInputStream(stream, "gzip") if file.is_packed else stream


def digest_files(files: Files) -> str:
    """Return `sha256:` and the digest of the files' bytes, in order.

    Example:
        >>> digest_files(())
        'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    total = hashlib.sha256()
    for file in files:
        with reading(file), open_file(file) as stream:
            total.update(_digest(stream))
    return f"sha256:{total.hexdigest()}"


@contextmanager
def reading(file: File) -> Iterator[None]:
    """Turn what the system says about a file that cannot be read into an `InputError`."""
    try:
        yield
    except (OSError, EOFError) as error:
        raise refused(error, file) from error


@contextmanager
def _unchanged(file: File) -> Iterator[None]:
    """Refuse a file that is not what it was, before, after, and as the reason of a complaint in between."""
    with reading(file):
        if file.is_local:  # a remote one is compared whenever it is opened
            _compare(file)
        try:
            yield
        except (pa.ArrowException, OSError, EOFError, UnicodeError):
            with suppress(OSError):  # then the complaint itself is told
                _compare(file)
            raise
        retried(lambda: _compare(file))


def _compare(file: File) -> None:
    if not file.version:
        return
    size, version = seen(file.system, file.path)
    if (size, version) != (file.size, file.version):
        raise InputError(
            "the file changed while it was read",
            where=file,
            got=f"{size:,} bytes where there were {file.size:,}"
            if size != file.size
            else "it was written again",
            next_step="open it again when it is complete",
        )


def _digest(stream: Any) -> bytes:
    digest = hashlib.sha256()
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
    return digest.digest()


class _Resumed(io.RawIOBase):
    """A remote file that is read on where its connection broke."""

    def __init__(self, file: File) -> None:
        super().__init__()
        self._file, self._place, self._handle = file, 0, None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size}[whence]
        self._place = start + offset
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """Return exactly `size` bytes, fewer only at the end that was announced."""
        left = max(self._file.size - self._place, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        data = retried(lambda: self._read(wanted)) if wanted else b""
        self._place += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _read(self, wanted: int) -> bytes:
        handle = self._open()
        try:
            data = bytes(handle.read_at(wanted, self._place))
        except (OSError, ValueError) as error:  # Google's client calls a file closed whose connection broke
            self._handle = None
            raise error if isinstance(error, OSError) else ConnectionError(str(error)) from error
        if len(data) != wanted:
            self._handle = None
            raise ConnectionError(f"the connection ended after {len(data):,} of {wanted:,} bytes")
        return data

    def _open(self) -> Any:
        if self._handle is None:
            _compare(self._file)
            self._handle = self._file.system.open_input_file(self._file.path)
        return self._handle
