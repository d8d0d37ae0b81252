"""What one request, one connection and all of them together may cost."""

from __future__ import annotations

import msgspec

from interlock.errors import InputError

__all__ = ["Limits"]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[serve.limits]`: what one request, one connection and all of them together may cost, per worker.

    Args:
        max_body: Largest body of a request, bytes.
        max_rows: Most rows in one request.
        max_values: Most values, or brackets, in one body.
        max_depth: Deepest nesting of a JSON body.
        max_headers: Most header lines of a request.
        max_head: Largest request line with all headers, bytes.
        max_url: Longest path with its query, bytes.
        max_connections: Most open connections.
        max_per_address: Most open connections of one address; a proxy before the server is one address.
        max_waiting: Most bytes of bodies, and of answers nobody has taken yet, in memory; then 429.
        head_seconds: How long the headers may take to arrive.
        body_seconds: How long the body may take to arrive.
        answer_seconds: How long a client may take to read its answer.
        idle_seconds: How long a connection may wait for its next request.

    Example:
        >>> Limits(max_rows=100).max_rows
        100
    """

    max_body: int = 8 << 20
    max_rows: int = 10_000
    max_values: int = 1_000_000
    max_depth: int = 32
    max_headers: int = 100
    max_head: int = 16 << 10
    max_url: int = 4 << 10
    max_connections: int = 1000
    max_per_address: int = 500
    max_waiting: int = 64 << 20
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 60.0
    idle_seconds: float = 75.0

    def check(self) -> None:
        """Refuse a limit that would refuse every request.

        Raises:
            InputError: If one is not above zero.
        """
        for name in self.__struct_fields__:
            if not getattr(self, name) > 0:
                raise InputError(
                    "a limit of the service is above zero",
                    where=f"[serve.limits] {name}",
                    got=getattr(self, name),
                    next_step=f"the default is {getattr(Limits(), name)}",
                )
