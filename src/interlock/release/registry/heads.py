"""What this machine has seen of a registry: the last event of each model, in a small file outside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.release.registry.event import Event
from interlock.release.registry.verify import Head

__all__ = ["remember", "remembered"]


def remembered(path: str | Path, registry: str) -> Mapping[str, Head]:
    """Return the last event of each model that was seen of a registry.

    Args:
        path: The file; where it is not there or damaged, nothing was seen.
        registry: The registry's address.
    """
    return _all(Path(path)).get(registry, {})


def remember(path: str | Path, registry: str, event: Event) -> None:
    """Write down that a registry's log had an event, unless a later one is known.

    It is a help, not a condition: where the file cannot be written, nothing is remembered.
    """
    seen = _all(Path(path))
    models = seen.setdefault(registry, {})
    if event.model in models and models[event.model].number >= event.number:
        return
    models[event.model] = Head(event.number, event.digest, "this machine")
    try:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(seen), indent=1))
    except InputError:
        return


def _all(path: Path) -> dict[str, dict[str, Head]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Head]])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
