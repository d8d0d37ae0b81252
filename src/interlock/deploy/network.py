"""How a container is reached, and what it reaches: what manifests have to open."""

from __future__ import annotations

from typing import NamedTuple

from interlock.deploy.egress import Way

__all__ = ["CLOSED", "Network"]


class Network(NamedTuple):
    """What is open, as the settings of the service have it.

    Args:
        grpc_port: Where gRPC is served beside HTTP; None where it is not.
        tls: Whether the server speaks TLS itself.
        client_ca: Whether clients need a certificate for that.
        ways: What it reaches out to.
    """

    grpc_port: int | None = None
    tls: bool = False
    client_ca: bool = False
    ways: tuple[Way, ...] = ()


#: HTTP alone, and no way out.
CLOSED = Network()
