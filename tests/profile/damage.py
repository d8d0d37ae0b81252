"""Damaged bytes: what every `from_bytes` owes them."""

from collections.abc import Iterator
from typing import Protocol, Self

from hypothesis import strategies as st

from interlock.errors import InputError


class Summary(Protocol):
    """What has a byte form."""

    @classmethod
    def from_bytes(cls, data: bytes) -> Self: ...
    def to_bytes(self) -> bytes: ...


def damaged(good: bytes, data: st.DataObject) -> Iterator[bytes]:
    """Yield the bytes with one of them changed, and cut off before it."""
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))
    yield bytes(bad)
    yield good[:place]


def refused_or_canonical(summary: type[Summary], data: bytes) -> bool:
    """Return whether the bytes are refused by an error that helps, or canonical."""
    try:
        return summary.from_bytes(data).to_bytes() == data
    except InputError as error:
        return bool(error.what and error.next_step)
