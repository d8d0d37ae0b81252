"""What the columns of a table hold that are more than numbers and levels, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.contract import Contract
from interlock.explore.content.images import Album, Images
from interlock.explore.content.paths import image_columns
from interlock.explore.content.text import Text, texts
from interlock.explore.content.timestamps import Timestamps, timestamps
from interlock.explore.sample import Sample

__all__ = ["Content", "content_of"]


@dataclass(frozen=True, slots=True)
class Content:
    """What the columns hold, of those that are more than numbers and levels.

    Args:
        timestamps: Of each column of times.
        texts: Of each column of text.
        images: Of the folder of images that was explored, or of each column of paths to images.
    """

    timestamps: tuple[Timestamps, ...] = ()
    texts: tuple[Text, ...] = ()
    images: tuple[Images, ...] = ()


def content_of(
    sample: Sample, contract: Contract, schema: Any, source: object = None, album: Album | None = None
) -> Content:
    """Return what the columns of a sample hold.

    Args:
        sample: Rows of the table, in its order.
        contract: Of the table.
        schema: The table's `pyarrow.Schema`; it knows the zones of timestamps.
        source: Where the table came from: images are looked for beside a local file.
        album: The folder of images that the table was made from.
    """
    zones = {field.name: str(getattr(field.type, "tz", None) or "") for field in schema}
    times = tuple(timestamps(sample, contract, zones))
    if album is not None:
        return Content(times, (), (album.images,))
    folder = _folder(source)
    images = tuple(image_columns(sample, contract, folder)) if folder is not None else ()
    known = [each.column for each in times] + [each.name for each in images]
    return Content(times, tuple(texts(sample, contract, known)), images)


def _folder(source: object) -> Path | None:
    """Return the folder of a local file; None for tables in memory and far away."""
    if not isinstance(source, str | Path) or "://" in str(source) or "\0" in str(source):
        return None
    path = Path(source)
    return path.parent if path.is_file() else None
