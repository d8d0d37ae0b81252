"""Where rows are shipped to: a folder or a bucket, in which an object is there whole or not at all."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.fs as pa_fs

from interlock.address import masked, within
from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.table.systems import LOCAL, locate

__all__ = ["Destination"]


class Destination(NamedTuple):
    """A folder of a file system; every method raises `OSError` where the system is away or refuses.

    Args:
        system: A `pyarrow.fs.FileSystem`.
        root: The folder, for objects with the bucket in front.
        shown: The address as it may be printed.
    """

    system: Any
    root: str
    shown: str

    @classmethod
    def at(cls, address: str) -> Destination:
        """Find the file system of an address.

        Raises:
            InputError: If there is no such scheme, or the file system cannot be set up.
        """
        system, root = locate(address)
        if system == LOCAL:  # noted down and read elsewhere, so it has to mean the same from there
            root = str(Path(root).resolve())
            return cls(system, root, root)
        return cls(system, root.rstrip("/") or "/", masked(address))

    def inside(self, folder: str) -> Destination:
        """Return a folder of this destination, as one of its own."""
        return Destination(self.system, f"{self.root.rstrip('/')}/{folder}", within(self.shown, folder))

    def put(self, name: str, content: bytes) -> None:
        """Write an object, or put it in the place of what was there."""
        path = self._path(name)
        if self.system == LOCAL:
            try:
                write_atomically(path, content)
            except InputError as error:
                raise OSError(error.got) from error
            return
        with self.system.open_output_stream(path, compression=None) as file:
            file.write(content)

    def get(self, name: str) -> bytes:
        """Read an object; raises `FileNotFoundError` where there is none."""
        with self.system.open_input_stream(self._path(name), compression=None) as file:
            return bytes(file.read())

    def delete(self, name: str) -> None:
        """Delete an object, if it is there."""
        with suppress(FileNotFoundError):
            self.system.delete_file(self._path(name))

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all objects below a folder, in order."""
        yield from sorted(name for name in self._files(folder) if not _is_hidden(name))

    def leftovers(self, folder: str) -> Iterator[str]:
        """Yield the names of hidden files, which a process that was killed left beside their places."""
        return filter(_is_hidden, self._files(folder))

    def _files(self, folder: str) -> Iterator[str]:
        selector = pa_fs.FileSelector(self._path(folder), recursive=True, allow_not_found=True)
        start = len(self._path(""))
        return (info.path[start:] for info in self.system.get_file_info(selector) if info.is_file)

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"


def _is_hidden(name: str) -> bool:
    return posixpath.basename(name).startswith(".")
