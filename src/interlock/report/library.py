"""The library that draws the charts of a page: Vega, bundled once a user and kept compressed.

Bundling takes a second of CPU, so the result is kept in the user's cache folder, named by what went into it.
It is trusted as much as the installed packages are, and checked by its digest, so that a damaged file is made
anew.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from interlock.atomic import write_atomically
from interlock.errors import InputError

__all__ = ["Library", "cache_folder", "library", "packed"]

#: What is bundled: Vega-Embed with Vega and Vega-Lite, under the one name that the page's script uses.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_DIGEST = 32
#: Raised when `packed` or the file is written another way, so that an older file is not read.
_FORM = 2


class Library(NamedTuple):
    """A script, compressed.

    Args:
        packed: As `packed` writes it.
        allowed: The SHA-256 of the script in base64, as a content security policy names it.
    """

    packed: str
    allowed: str


@lru_cache(maxsize=1)
def library() -> Library:
    """Return the library, from the cache if it is there and whole.

    Example:
        >>> len(library().packed) < 400_000
        True
    """
    path = _path()
    kept = _read(path)
    if kept is not None:
        return kept
    made = _bundle()
    with suppress(InputError, OSError):  # a home that cannot be written costs time, not the report
        content = base64.b64decode(made.allowed) + made.packed.encode()
        write_atomically(path, hashlib.sha256(content).digest() + content)
    return made


def packed(content: bytes) -> str:
    """Return bytes as text for a page's script to unpack: gzip in base 85, five letters for four bytes.

    The alphabet is that of `base64.b85encode` with a comma for `<`, so that nothing in it can end an element.

    Example:
        >>> packed(b"a" * 1000)[:4]
        'ABzY'
    """
    return base64.b85encode(gzip.compress(content, 9, mtime=0)).decode().replace("<", ",")


def cache_folder() -> Path:
    """Return the user's folder for what can be made again, such as `~/.cache/interlock`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification: a path that is not absolute is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path("~/.cache").expanduser()) / "interlock"


def _path() -> Path:
    version = metadata.version("vl-convert-python")
    key = hashlib.sha256(f"{version} {_FORM} {_SNIPPET}".encode()).hexdigest()[:16]
    return cache_folder() / f"vega-{version}-{key}"


def _read(path: Path) -> Library | None:
    try:
        stored = path.read_bytes()
    except (OSError, RuntimeError):
        return None
    digest, content = stored[:_DIGEST], stored[_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None
    return Library(content[_DIGEST:].decode(), base64.b64encode(content[:_DIGEST]).decode())


def _bundle() -> Library:
    import vl_convert

    script = vl_convert.javascript_bundle(_SNIPPET).encode()
    allowed = base64.b64encode(hashlib.sha256(script).digest()).decode()
    return Library(packed(script), allowed)
