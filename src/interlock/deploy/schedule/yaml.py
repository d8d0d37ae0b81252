"""YAML as people would write it: JSON's values, block by block, every doubtful text in quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["document"]

#: What needs no quotes: words, paths and the like, that no reader of YAML takes for anything but text.
_PLAIN = re.compile(r"[A-Za-z./][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*", re.ASCII)
_TAKEN = re.compile(r"(true|false|yes|no|on|off|null|y|n|nan|\.nan|\.inf)", re.IGNORECASE)


def document(value: Mapping[str, Any]) -> str:
    """Return a document of block mappings and sequences.

    Args:
        value: Of mappings, lists, texts, numbers and booleans.

    Source:
        YAML 1.2.2; a quoted text is JSON's, which is YAML's as well.

    Example:
        >>> print(document({"on": {"cron": ["7 * * * *"]}, "minutes": 5, "run": "sh -c x"}), end="")
        "on":
          cron:
            - "7 * * * *"
        minutes: 5
        run: sh -c x
    """
    return "\n".join(_block(value, "")) + "\n"


def _block(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _entry(f"{indent}{_scalar(key)}:", each, indent + "  ")
    else:
        for each in value:
            first, *rest = _block(each, indent + "  ") if _is_block(each) else [_scalar(each)]
            yield f"{indent}- {first.lstrip()}"
            yield from rest


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if _is_block(value):
        yield head
        yield from _block(value, indent)
    elif isinstance(value, str) and "\n" in value:
        yield f"{head} |" + ("" if value.endswith("\n") else "-")
        yield from (f"{indent}{line}" for line in value.rstrip("\n").split("\n"))
    else:
        yield f"{head} {_scalar(value)}"


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and len(value) > 0


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _TAKEN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
