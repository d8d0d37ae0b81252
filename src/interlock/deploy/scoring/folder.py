"""A result in a folder, here or in a bucket: parts that are there whole or not at all, and a manifest last.

| file | what |
|---|---|
| `part-00000-<plan>.parquet` | a part; its name belongs to one plan |
| `_manifest.json` | the account, written last |
| `_interlock/plan.json`, `_interlock/00000.json` | while it is made: the plan, and a receipt for each part |

Names that begin with an underscore are passed over by those that read a folder of Parquet as one table.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.fs as pa_fs

from interlock.address import masked
from interlock.atomic import write_atomically
from interlock.deploy.scoring.columns import Counts
from interlock.deploy.scoring.encode import Format, encode
from interlock.deploy.scoring.plan import Manifest, Plan, Receipt
from interlock.errors import InputError
from interlock.table.files import refused
from interlock.table.retry import retried
from interlock.table.systems import LOCAL, locate

__all__ = ["MANIFEST", "Folder", "another", "open_folder"]

MANIFEST = "_manifest.json"
_WORK = "_interlock"
_PLAN = f"{_WORK}/plan.json"
_LOCK = f"{_WORK}/lock"
#: Names of ours: parts, receipts, and what a writer that was killed left beside them.
_OURS = re.compile(
    rf"part-\d{{5}}-[0-9a-f]{{12}}\.(parquet|csv|jsonl)|\.part-.*|{MANIFEST}|\.{MANIFEST}\..*|{_WORK}/.*"
)


@dataclass(frozen=True)
class Folder:
    """A folder of results.

    Args:
        system: A `pyarrow.fs.FileSystem`.
        path: In it.
        address: As people know it, without secrets.
    """

    system: Any
    path: str
    address: str

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return isinstance(self.system, pa_fs.LocalFileSystem)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other scorers of this machine out; a lock goes with the process that holds it.

        Raises:
            InputError: If another one is at work, or the folder cannot be written.
        """
        if not self.is_local:
            yield
            return
        lock = Path(self.path) / _LOCK
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(lock, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise _unwritable(self.address, error) from error
        try:
            self._take(handle)
            try:
                yield
            finally:
                self._leave(lock)
        finally:
            os.close(handle)

    def _take(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                "another scorer is at work on this destination",
                where=self.address,
                next_step="wait until it is done, or choose another destination",
            ) from error

    @staticmethod
    def _leave(lock: Path) -> None:
        """Remove the lock where nothing else of ours is there: this may be the folder of somebody else."""
        if not (lock.parent / "plan.json").exists():
            with suppress(OSError):
                lock.unlink(missing_ok=True)
                lock.parent.rmdir()

    def finished(self) -> Manifest | None:
        """Return the manifest, if there is one.

        Raises:
            InputError: If it cannot be read.
        """
        data = self._read(MANIFEST)
        return None if data is None else _decoded(data, Manifest, f"{self.address}/{MANIFEST}")

    def begin(self, plan: Plan, *, anew: bool) -> dict[int, Receipt]:
        """Make ready for a plan.

        Args:
            plan: What is to be done.
            anew: Whether results of another plan are removed first.

        Returns:
            Receipts of the parts that are there already, by number.

        Raises:
            InputError: If there is anything that is not ours, or results of another plan.
        """
        names = self._names()
        foreign = [name for name in names if not _OURS.fullmatch(name)]
        if foreign:
            raise InputError(
                "the destination holds files that are not a scorer's",
                where=self.address,
                got=", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""),
                next_step="choose an empty folder; nothing was written",
            )
        before = self._plan()
        others = [name for name in names if name.startswith("part-") and not self._is_of(name, plan)]
        if (before is not None and before != plan) or others:
            if not anew:
                raise another(self.address, before, plan)
            self._clear(names)
            names = []
        self._write(_PLAN, msgspec.json.encode(plan))
        return {} if anew else self._done(plan, names)

    def put(self, plan: Plan, number: int, table: Any, counts: Counts) -> Receipt:
        """Write a part, then its receipt.

        Raises:
            InputError: If it cannot be written; then nothing of it is under its name.
        """
        kind: Format = plan.format  # type: ignore[assignment]  # the verb lets no other through
        data = encode(table, kind)
        name = plan.name(number)
        self._write(name, data)
        receipt = Receipt(number, name, hashlib.sha256(data).hexdigest(), len(data), *counts)
        self._write(_receipt(number), msgspec.json.encode(receipt))
        return receipt

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest once all else is there and right, then remove what only served the making.

        Raises:
            InputError: If a part is gone, or there is one too many.
        """
        parts = sorted(name for name in self._names() if name.startswith("part-"))
        expected = sorted(part.name for part in manifest.parts)
        if parts != expected:
            odd = sorted({*parts} ^ {*expected})
            raise InputError(
                "the destination was changed while it was written",
                where=self.address,
                got=", ".join(odd[:5]),
                next_step="let one scorer at a time write there, then run the same command again",
            )
        self._write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        self.tidy()

    def tidy(self) -> None:
        """Remove what only served the making, and what killed writers left."""
        for name in self._names():
            if name.startswith((f"{_WORK}/", ".part-", f".{MANIFEST}")):
                self._remove(name)
        if self.is_local:
            with suppress(OSError):  # the next scorer may be there already
                (Path(self.path) / _WORK).rmdir()

    def is_whole(self, manifest: Manifest) -> bool:
        """Whether all parts of a manifest are there, in their sizes."""
        info = self.system.get_file_info([f"{self.path}/{part.name}" for part in manifest.parts])
        return all(
            each.type == pa_fs.FileType.File and each.size == part.size
            for each, part in zip(info, manifest.parts, strict=True)
        )

    def _done(self, plan: Plan, names: list[str]) -> dict[int, Receipt]:
        found = {}
        finished = self.finished()
        receipts = finished.parts if finished and finished.plan == plan else ()
        receipts += tuple(
            _decoded(self._read(name) or b"", Receipt, f"{self.address}/{name}")
            for name in names
            if re.fullmatch(rf"{_WORK}/\d{{5}}\.json", name)
        )
        for receipt in receipts:
            data = self._read(receipt.name) if receipt.name == plan.name(receipt.number) else None
            if data is not None and hashlib.sha256(data).hexdigest() == receipt.sha256:
                found[receipt.number] = receipt
        return found

    def _plan(self) -> Plan | None:
        data, finished = self._read(_PLAN), self.finished()
        if data is not None:
            plan: Plan = _decoded(data, Plan, f"{self.address}/{_PLAN}")
            return plan
        return finished.plan if finished else None

    @staticmethod
    def _is_of(name: str, plan: Plan) -> bool:
        return name == plan.name(int(name[5:10]))

    def _clear(self, names: list[str]) -> None:
        """Remove what is ours, the manifest first: a result without one is none."""
        for name in sorted(names, key=lambda name: name != MANIFEST):
            if name != _LOCK:
                self._remove(name)

    def _names(self) -> list[str]:
        selector = pa_fs.FileSelector(self.path, recursive=True, allow_not_found=True)
        try:
            found = retried(lambda: self.system.get_file_info(selector))
        except OSError as error:
            raise refused(error, self.address) from error
        files = [each.path for each in found if each.type == pa_fs.FileType.File]
        return sorted(path[len(self.path) :].lstrip("/") for path in files)

    def _read(self, name: str) -> bytes | None:
        try:
            with self.system.open_input_file(f"{self.path}/{name}") as handle:
                return bytes(handle.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refused(error, f"{self.address}/{name}") from error

    def _write(self, name: str, data: bytes) -> None:
        """Write a file whole; an object is there once its stream is closed."""
        if self.is_local:
            write_atomically(Path(self.path) / name, data)
            return
        try:
            retried(lambda: self._send(name, data))
        except OSError as error:
            raise _unwritable(f"{self.address}/{name}", error) from error

    def _send(self, name: str, data: bytes) -> None:
        with self.system.open_output_stream(f"{self.path}/{name}", compression=None) as stream:
            stream.write(data)

    def _remove(self, name: str) -> None:
        try:
            self.system.delete_file(f"{self.path}/{name}")
        except FileNotFoundError:
            pass
        except OSError as error:
            raise refused(error, f"{self.address}/{name}") from error


def open_folder(address: str) -> Folder:
    """Return the folder of an address, which need not exist yet.

    Raises:
        InputError: If there is a file of that name, or the file system cannot be set up.
    """
    system, path = locate(address)
    if system is LOCAL:
        path = str(Path(path).expanduser().resolve())
        if Path(path).is_file():
            raise InputError(
                "the destination is a file", where=path, next_step="name a folder, which is made if absent"
            )
    return Folder(system, path.rstrip("/"), masked(address))


def _receipt(number: int) -> str:
    return f"{_WORK}/{number:05d}.json"


def _decoded(data: bytes, kind: Any, where: str) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(
            "the account of the destination cannot be read",
            where=where,
            got=error,
            next_step="remove the destination and score again",
        ) from error


def another(address: str, before: Plan | None, plan: Plan) -> InputError:
    """Return the error for a destination that holds results of another plan; it says what has changed."""
    changed = [
        words
        for name, words in _CHANGED.items()
        if before is not None and getattr(before, name) != getattr(plan, name)
    ]
    return InputError(
        "the destination holds results of another run",
        where=address,
        got=", ".join(changed) + " changed" if changed else "parts of another plan",
        next_step="choose another destination, or add --anew to remove them first",
    )


_CHANGED = {
    "release": "the release",
    "source": "the source",
    "keep": "--keep",
    "absent": "--absent",
    "explain": "--explain",
    "format": "--format",
    "parts": "the size of the parts",
    "interlock": "the version of Interlock",
}


def _unwritable(where: str, error: OSError) -> InputError:
    return InputError(
        "the destination cannot be written",
        where=where,
        got=error.strerror or error,
        next_step="free some space or check the permissions, then run the same command again",
    )
