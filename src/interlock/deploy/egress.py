"""What a service reaches out to: from the addresses in its settings to the ports that have to be open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from interlock.address import OBJECTS, masked, scheme
from interlock.errors import InputError

__all__ = ["Way", "is_local", "ways"]

#: The ports of addresses that name none. Stores of objects are asked over HTTPS.
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "postgresql+psycopg": 5432}
_PORTS |= dict.fromkeys(OBJECTS, 443)
#: The machine, or the pod, itself.
_HERE = ("", "localhost", "127.0.0.1", "::1")


class Way(NamedTuple):
    """One way out.

    Args:
        setting: The key that asks for it, such as `[serve] telemetry`.
        place: Where it leads, for people: a host or a bucket, without user, password and path.
        port: Of TCP.
    """

    setting: str
    place: str
    port: int


def ways(addresses: Iterable[tuple[str, str]]) -> tuple[Way, ...]:
    """Return the ways out that addresses need, each once, in their order.

    Args:
        addresses: The setting and its address; of a file, and of the machine itself, nothing is needed.

    Raises:
        InputError: If an address has a port that is none, or characters that nobody can see.

    Example:
        >>> ways([("[serve] telemetry", "http://collector:4318"), ("[registry] releases", "s3://models/a")])
        (Way(setting='[serve] telemetry', place='collector', port=4318), \
Way(setting='[registry] releases', place='s3://models', port=443))
    """
    found = [Way(setting, *end) for setting, address in addresses for end in _outer(setting, address)]
    return tuple(dict.fromkeys(found))


def _outer(setting: str, address: str) -> list[tuple[str, int]]:
    try:
        found = [] if is_local(address) else _ends(address)
    except ValueError as error:
        raise _unreadable(setting, address, error) from error
    if not address.isprintable():
        raise _unreadable(setting, address, "it holds what nobody can see")
    return found


def _unreadable(setting: str, address: str, why: object) -> InputError:
    return InputError(
        "an address in the settings cannot be read",
        where=f"interlock.toml, {setting}",
        got=f"{masked(address)!r}: {why}",
        next_step="write it on one line, as scheme://host:port",
    )


def is_local(address: str) -> bool:
    """Tell whether an address leads nowhere else: a path, a database in a file, or this machine.

    Example:
        >>> is_local("sqlite:///registry.db"), is_local("postgresql://ada@db.example.com/interlock")
        (True, False)
    """
    return scheme(address) not in _PORTS or all(place in _HERE for place, _ in _ends(address))


def _ends(address: str) -> list[tuple[str, int]]:
    """Return the hosts, or the bucket, of an address with their ports."""
    kind, parts = scheme(address), urlsplit(address)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    hosts = parts.netloc.rpartition("@")[2]
    if kind in OBJECTS:
        end = urlsplit(f"//{asked.get('endpoint_override', '').rpartition('://')[2]}")
        usual = _PORTS["http" if asked.get("scheme") == "http" else "https"]
        place = end.hostname or f"{kind}://{hosts}"
        return [(place, end.port or usual)]
    hosts = hosts or asked.get("host", "")  # as PostgreSQL's own library takes it
    usual = int(asked.get("port", _PORTS[kind])) if kind.startswith("postgres") else _PORTS[kind]
    ends = [urlsplit(f"//{host}") for host in hosts.split(",")]
    return [(_name(end.hostname, end.path), end.port or usual) for end in ends]


def _name(host: str | None, path: str) -> str:
    """Return a host; of the folder of a socket, which PostgreSQL takes for a host, nothing."""
    return "" if path else host or ""
