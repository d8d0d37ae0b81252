"""Which release people mean: by its digest, the first digits of it, or the name of its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from interlock.errors import InputError
from interlock.release.registry.decision import Named

__all__ = ["meant"]


def meant(text: str, known: Iterable[tuple[Named, str]], where: object) -> Named:
    """Return the release that is meant.

    Args:
        text: What people say.
        known: Every release, and the name of its folder.
        where: The registry, for errors.

    Raises:
        InputError: If no release is meant, or several are.

    Example:
        >>> one = Named("flights", f"sha256:c29070a8489f{'0' * 52}")
        >>> meant("c29070", [(one, "flights-c29070a8489f")], "registry.db") == one
        True
    """
    digits = text.removeprefix("sha256:")
    short = re.fullmatch(r"[0-9a-f]{6,64}", digits) is not None
    found = [
        named
        for named, folder in known
        if folder == text or (short and named.digest.startswith(f"sha256:{digits}"))
    ]
    if len(found) == 1:
        return found[0]
    raise InputError(
        "several releases are meant" if found else "there is no such release in the registry",
        where=where,
        got=text,
        next_step="give more digits of its digest; `interlock registry list` names all"
        if found
        else "`interlock registry list` names those that are; `interlock registry register` adds one",
    )
