"""Which releases answer in an environment, and how much of the traffic each gets."""

from __future__ import annotations

import msgspec

__all__ = ["Plan", "Share"]


class Share(msgspec.Struct, frozen=True):
    """A challenger's part of the traffic.

    Args:
        release: Its digest.
        share: Above 0 and below 1.
    """

    release: str
    share: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The releases of one model in one environment. The registry derives it, the server executes it.

    Args:
        champion: Digest of the release that answers what no challenger gets.
        challengers: Those that answer a share of the traffic.
        shadows: Digests of those that are asked, logged and never returned.
        unit: The column by whose value a request is given to a release, always the same; empty: by chance.
        version: Number of the event that led to this plan; a larger one is newer.

    Raises:
        ValueError: If shares are no shares, or leave nothing to the champion, or a release has two parts.

    Example:
        >>> Plan(champion="sha256:aa", challengers=(Share("sha256:bb", 0.1),), unit="customer_id").releases
        ('sha256:aa', 'sha256:bb')
    """

    champion: str
    challengers: tuple[Share, ...] = ()
    shadows: tuple[str, ...] = ()
    unit: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        shares = [challenger.share for challenger in self.challengers]
        if not all(0 < share < 1 for share in shares) or sum(shares) >= 1:
            raise ValueError("the challengers' shares are above 0 and together below 1")
        if len(set(self.releases)) < len(self.releases):
            raise ValueError("a release has one part in a plan")

    @property
    def releases(self) -> tuple[str, ...]:
        """Digests of all releases of the plan, the champion first."""
        return (self.champion, *(challenger.release for challenger in self.challengers), *self.shadows)
