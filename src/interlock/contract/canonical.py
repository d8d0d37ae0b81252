"""The one byte form of a contract, and its digest: equal contracts have equal bytes, and only they."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from interlock.contract.model import Contract

__all__ = ["canonical", "digest"]

_FORMAT = 1
_EMPTY = ((), "", None)
_LATER = ("monotone", "sensitive", "personal", "truncate")


def canonical(contract: Contract) -> bytes:
    """Return the contract as canonical JSON: every field, keys sorted, no spaces, UTF-8.

    Numbers are floats in Python's shortest form that reads back exactly. Defaults are written out, so that
    the digest covers what a contract means and not how briefly it was written. Only cleaning steps leave out
    what their kind does not take, and a contract without any does not mention them; nor does a column what
    came after the first contracts were signed, such as `monotone` and `personal`.

    Args:
        contract: Any contract.

    Returns:
        UTF-8 bytes.

    Example:
        >>> from interlock.contract.model import Column
        >>> canonical(Contract((Column("a", "number"),)))[:40]
        b'{"classes":[],"columns":[{"description":'
    """
    fields = {"format": _FORMAT, **asdict(contract)}
    steps = [{name: value for name, value in step.items() if value not in _EMPTY} for step in fields["clean"]]
    fields |= {"clean": steps}
    if not steps:
        del fields["clean"]
    for column in fields["columns"]:
        for name in [name for name in _LATER if not column[name]]:
            del column[name]
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(contract: Contract) -> str:
    """Return the digest of a contract, as it is printed wherever the contract acts.

    Args:
        contract: Any contract.

    Returns:
        `sha256:` and 64 hexadecimal digits.

    Example:
        >>> digest(Contract(())) == digest(Contract((), unknown="flag"))
        False
    """
    return f"sha256:{hashlib.sha256(canonical(contract)).hexdigest()}"
