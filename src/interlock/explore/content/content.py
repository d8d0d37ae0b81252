"""What the columns of a table hold that are more than numbers and levels, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interlock.contract import Contract
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
    """

    timestamps: tuple[Timestamps, ...] = ()
    texts: tuple[Text, ...] = ()


def content_of(sample: Sample, contract: Contract, schema: Any) -> Content:
    """Return what the columns of a sample hold.

    Args:
        sample: Rows of the table, in its order.
        contract: Of the table.
        schema: The table's `pyarrow.Schema`; it knows the zones of timestamps.
    """
    zones = {field.name: str(getattr(field.type, "tz", None) or "") for field in schema}
    times = tuple(timestamps(sample, contract, zones))
    return Content(times, tuple(texts(sample, contract, [each.column for each in times])))
