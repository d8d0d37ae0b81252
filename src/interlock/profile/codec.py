"""The byte form of summaries: little-endian, integers as varints; equal values have equal bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

__all__ = ["Reader", "Writer", "decode"]

T = TypeVar("T")
_LONGEST = 10  # bytes of a 64-bit varint


class Writer:
    """Collects the bytes of one summary.

    Args:
        header: What it begins with: a name and a version.

    Example:
        >>> writer = Writer(b"T1")
        >>> writer.unsigned(300)
        >>> writer.to_bytes().hex()
        '5431ac02'
    """

    def __init__(self, header: bytes = b"") -> None:
        self._parts = [header]

    def to_bytes(self) -> bytes:
        """Return all that was written."""
        return b"".join(self._parts)

    def unsigned(self, value: int) -> None:
        """Write an integer from 0 to 2**64 - 1."""
        rest = int(value)
        if not 0 <= rest < 1 << 64:
            raise OverflowError(f"{rest} is not from 0 to 2**64 - 1")
        digits = bytearray()
        while rest > 0x7F:
            digits.append(rest & 0x7F | 0x80)
            rest >>= 7
        digits.append(rest)
        self._parts.append(bytes(digits))

    def integer(self, value: int) -> None:
        """Write an integer of any size and sign: its length in bytes, then two's complement."""
        self.block(value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))

    def number(self, value: float) -> None:
        """Write a float64."""
        self._parts.append(struct.pack("<d", value))

    def block(self, value: bytes) -> None:
        """Write a length and that many bytes."""
        self.unsigned(len(value))
        self._parts.append(value)

    def text(self, value: str) -> None:
        """Write a string; lone surrogates survive."""
        self.block(value.encode("utf-8", "surrogatepass"))

    def array(self, values: NDArray[np.integer]) -> None:
        """Write a length and that many integers from 0 to 2**64 - 1, each a varint."""
        self.unsigned(len(values))
        self._parts.append(_varints(values.astype(np.uint64)))


class Reader:
    """Reads what a `Writer` wrote; whatever does not fit raises `InputError`.

    Args:
        data: The bytes.
        header: What they must begin with.
        name: What they are, for the error.

    Example:
        >>> Reader(bytes.fromhex("5431ac02"), b"T1", "test").unsigned()
        300
    """

    def __init__(self, data: bytes, header: bytes, name: str) -> None:
        self._data, self._at, self._name = data, len(header), name
        if not data.startswith(header):
            raise self.error("its first bytes are not those of this form and version")

    def error(self, what: str) -> InputError:
        """Return the error to raise when what was read makes no sense."""
        return InputError(
            f"these bytes are not a {self._name}",
            where=f"byte {self._at} of {len(self._data)}",
            got=what,
            next_step="take the file from where it was written, or compute the profile again",
        )

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise self.error("they end too early")
        part, self._at = self._data[self._at : end], end
        return part

    def unsigned(self) -> int:
        """Read an integer from 0 to 2**64 - 1."""
        value = 0
        for place in range(_LONGEST):
            digit = self.take(1)[0]
            value |= (digit & 0x7F) << 7 * place
            if digit < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF
        raise self.error("an integer is too long")

    def integer(self) -> int:
        """Read an integer of any size and sign."""
        return int.from_bytes(self.block(), "little", signed=True)

    def number(self) -> float:
        """Read a float64."""
        return float(struct.unpack("<d", self.take(8))[0])

    def block(self) -> bytes:
        """Read a length and that many bytes."""
        return self.take(self.unsigned())

    def text(self) -> str:
        """Read a string."""
        return self.block().decode("utf-8", "surrogatepass")

    def array(self) -> NDArray[np.uint64]:
        """Read a length and that many integers."""
        return self._varints(self.unsigned())

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._data):
            raise self.error("something follows after the end")

    def _varints(self, size: int) -> NDArray[np.uint64]:
        if size > len(self._data) - self._at:
            raise self.error("they end too early")
        part = np.frombuffer(
            self._data, np.uint8, offset=self._at, count=min(size * _LONGEST, len(self._data) - self._at)
        )
        ends = np.flatnonzero(part < 0x80)[:size] + 1
        if len(ends) < size:
            raise self.error("they end too early")
        if size == 0:
            return np.empty(0, dtype=np.uint64)
        self._at += int(ends[-1])
        starts = np.concatenate([[0], ends[:-1]])
        place = np.arange(ends[-1]) - np.repeat(starts, ends - starts)
        if place.max() >= _LONGEST:
            raise self.error("an integer is too long")
        digits = (part[: ends[-1]] & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64)
        return np.add.reduceat(digits, starts)


def decode(
    data: bytes, header: bytes, name: str, read: Callable[[Reader], T], write: Callable[[T], bytes]
) -> T:
    """Read one summary and make sure that the bytes are its canonical form.

    Args:
        data: The bytes.
        header: What they must begin with.
        name: What they are, for the error.
        read: Reads the summary.
        write: Its inverse.

    Returns:
        The summary.

    Raises:
        InputError: The bytes are cut off, changed or of another kind.
    """
    reader = Reader(data, header, name)
    try:
        result = read(reader)
        same = write(result) == data
    except (ValueError, OverflowError, ArithmeticError, IndexError, struct.error) as error:
        raise reader.error(str(error)) from error
    if not same:
        raise reader.error("they are not in canonical form")
    return result


def _varints(values: NDArray[np.uint64]) -> bytes:
    if values.size == 0:
        return b""
    rest = values[:, None] >> (7 * np.arange(_LONGEST, dtype=np.uint64))
    used = rest > 0
    used[:, 0] = True
    digits = (rest & np.uint64(0x7F)).astype(np.uint8)
    digits[:, :-1] |= used[:, 1:].view(np.uint8) << 7
    return digits[used].tobytes()
