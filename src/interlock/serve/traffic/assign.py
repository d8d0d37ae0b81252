"""Which release answers: a pure function of the plan and of the unit, the same in every process and language.

A unit's point for a challenger is the first eight bytes of the SHA-256 of the challenger's digest (as the
plan writes it), a line feed and the unit's value as text, in UTF-8, taken as a big-endian whole number and
divided by 2^64. Challengers are gone through in the plan's order; each takes the units whose point is below
its share of what those before it have left.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

from interlock.release.plan import Plan

__all__ = ["assigned", "drawn", "point"]

_CELLS = float(1 << 64)


def point(release: str, unit: str) -> float:
    """Return where a unit stands for a challenger.

    Args:
        release: The challenger's digest.
        unit: The unit's value as text.

    Returns:
        A number from 0 to 1, uniform over units; of two challengers independent.

    Source:
        FIPS 180-4 (SHA-256). Hashing a unit with a name of the experiment: Kohavi, Tang and Xu,
        Trustworthy Online Controlled Experiments (2020), chapter 4.

    Example:
        >>> round(point("sha256:bb", "ada"), 6)
        0.496067
    """
    digest = hashlib.sha256(f"{release}\n{unit}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / _CELLS


def assigned(plan: Plan, unit: str) -> str:
    """Return the digest of the release that answers a unit.

    A unit that has a challenger keeps it while the challenger's share grows and no share before it does.

    Args:
        plan: With the challengers and their shares.
        unit: The unit's value as text.

    Example:
        >>> from interlock.release.plan import Share
        >>> plan = Plan(champion="sha256:aa", challengers=(Share("sha256:bb", 0.6),))
        >>> assigned(plan, "ada"), assigned(plan, "ben")
        ('sha256:bb', 'sha256:aa')
    """
    return _first(plan, lambda release: point(release, unit))


def drawn(plan: Plan) -> str:
    """Return the digest of the release that answers a request without a unit: by chance, by weight."""
    return _first(plan, lambda _: random.random())  # noqa: S311  (not a secret)


def _first(plan: Plan, stands: Callable[[str], float]) -> str:
    """Go through the challengers; the champion has what they leave."""
    left = 1.0
    for challenger in plan.challengers:
        if stands(challenger.release) * left < challenger.share:
            return challenger.release
        left -= challenger.share
    return plan.champion
