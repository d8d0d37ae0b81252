"""The `Accept` header: which of the forms on offer a client would like best."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["preferred"]


def preferred(accept: bytes, offers: Sequence[str]) -> str | None:
    """Return the best of the offered media types.

    Args:
        accept: The header; empty where there was none.
        offers: Media types, the server's favourite first.

    Returns:
        The one with the largest weight, of several the server's favourite; None where none is accepted.

    Source:
        RFC 9110, section 12.5.1.

    Example:
        >>> offers = ("application/json", "text/csv")
        >>> preferred(b"text/csv, application/json;q=0.5", offers), preferred(b"*/*", offers)
        ('text/csv', 'application/json')
        >>> preferred(b"image/png", offers) is None
        True
    """
    if not accept.strip():
        return offers[0]
    ranges = [_read(part) for part in accept.decode("latin-1").lower().split(",") if part.strip()]
    weights = {offer: _weight(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: weights[offer])
    return best if weights[best] > 0 else None


def _read(part: str) -> tuple[str, float]:
    """Return a media range and its weight."""
    name, *parameters = [each.strip() for each in part.split(";")]
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _number(value.strip())
    return name, 1.0


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _weight(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight that the most specific range gives an offer; 0 where none fits."""
    wanted = dict(reversed(ranges))
    for name in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        if name in wanted:
            return wanted[name]
    return 0.0
