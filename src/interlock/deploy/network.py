"""How a container is reached, and what it reaches: what manifests have to open."""

from __future__ import annotations

from typing import NamedTuple

from interlock.deploy.egress import Way, ways
from interlock.deploy.following import Following

__all__ = ["CLOSED", "Network"]


class Network(NamedTuple):
    """What is open, as the settings of the service have it.

    Args:
        grpc_port: Where gRPC is served beside HTTP; None where it is not.
        tls: Whether the server speaks TLS itself.
        client_ca: Whether clients need a certificate for that.
        ways: What it reaches out to.
        following: The registry of the project; None where nobody speaks of one.
        told: The keys of `[registry]` whose addresses are told of events by commands, not by containers.
        destination: Where the ledger is shipped to; empty where that is not said, or is of this machine.
    """

    grpc_port: int | None = None
    tls: bool = False
    client_ca: bool = False
    ways: tuple[Way, ...] = ()
    following: Following | None = None
    told: tuple[str, ...] = ()
    destination: str = ""

    @property
    def to_registry(self) -> tuple[Way, ...]:
        """The ways to the registry; none where containers do not follow it."""
        return ways(self.following.addresses) if self.following and self.following.works else ()

    @property
    def to_destination(self) -> tuple[Way, ...]:
        """The ways to where the ledger is shipped."""
        return ways([("[ledger] destination", self.destination)]) if self.destination else ()

    def sentences(self, name: str) -> tuple[str, ...]:
        """Return what is open outwards and what is followed, for people.

        Args:
            name: Of the workload.
        """
        out = ", ".join(
            f"{way.port} for {way.setting} ({way.place})" for way in (*self.ways, *self.to_registry)
        )
        rule = (
            f"pods may reach DNS and, on any host, port {out}: a NetworkPolicy knows no names" if out else ""
        )
        how = f"staging and production do, with credentials from the secret {name}-registry"
        follows = self.following.sentence(how) if self.following else ""
        return tuple(each for each in (rule, follows) if each)


#: HTTP alone, and no way out.
CLOSED = Network()
