"""What deployment files are written with: `[deploy]` of `interlock.toml`, checked."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from interlock.errors import InputError

__all__ = ["Settings", "checked", "label"]

#: A label of RFC 1123, as Kubernetes, Azure ML and Cloud Run take it for a name.
_LABEL = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
#: An image's address: host with a port or none, then a path of lower-case parts; neither tag nor digest.
_IMAGE = re.compile(r"([a-zA-Z0-9.-]+(:\d{1,5})?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*")
#: Azure ML takes names of 3 to 32 characters, all others take those as well.
_LONGEST = 32


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deploy]`: what `interlock deploy` writes.

    Args:
        name: Of the workload, a label of 3 to 32 of a-z, 0-9 and -; by default made of the project's name.
        image: The image's address without a tag, such as `ghcr.io/acme/flights`; by default the name.
        base: What the image stands on; `auto` takes distroless where it has the release's Python.
        architectures: For which the image can be built: `amd64`, `arm64`.
        extras: Of Interlock, to be installed in the image, such as `otel`.
        cpu: Cores that a replica asks for.
        memory_mb: What a replica may hold, in MiB.
        replicas: How many there are at least, in production.
        most_replicas: How many there are at most, in production.
    """

    name: str = ""
    image: str = ""
    base: Literal["auto", "distroless", "slim"] = "auto"
    architectures: tuple[str, ...] = ("amd64",)
    extras: tuple[str, ...] = ()
    cpu: float = 0.5
    memory_mb: int = 512
    replicas: int = 2
    most_replicas: int = 10


def label(name: str, longest: int = _LONGEST) -> str:
    """Return a name as a label of RFC 1123, as far as that can be made of it.

    Args:
        name: As people write it.
        longest: Characters at most.

    Example:
        >>> label("Flights 2013: late?")
        'flights-2013-late'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:longest].strip("-")


def checked(settings: Settings, project: str) -> Settings:
    """Return settings without gaps, or refuse them.

    Args:
        settings: As people wrote them.
        project: The project's name, of which a name is made where none is given.

    Raises:
        InputError: if a name or an address is none, or a size is absurd; `where` names the key.

    Example:
        >>> checked(Settings(), "Flights late").image
        'flights-late'
    """
    name = settings.name or label(project)
    image = settings.image or name
    _require(
        _LABEL.fullmatch(name) is not None,
        "the name of a workload is a label",
        "name",
        name or project,
        f"3 to {_LONGEST} of a-z, 0-9 and -, beginning with a letter",
    )
    _require(
        _IMAGE.fullmatch(image) is not None,
        "this is no image's address",
        "image",
        image,
        "host/path in lower case, without a tag: the tag is the release's digest",
    )
    known = {"amd64", "arm64"}
    _require(
        bool(settings.architectures) and {*settings.architectures} <= known,
        "there is no such architecture",
        "architectures",
        ", ".join(settings.architectures) or "none",
        "`amd64`, `arm64`, or both",
    )
    _check_sizes(settings)
    return msgspec.structs.replace(settings, name=name, image=image)


def _check_sizes(settings: Settings) -> None:
    for key, least, most, what in (
        ("cpu", 0.1, 128, "cores from 0.1 to 128"),
        (
            "memory_mb",
            192,
            1 << 20,
            "MiB from 192, which an idle server with a small model holds, to 1048576",
        ),
        ("replicas", 1, 1000, "1 to 1000; from 2 on a lost machine is no lost service"),
        ("most_replicas", settings.replicas, 1000, "from `replicas` to 1000"),
    ):
        value = getattr(settings, key)
        _require(least <= value <= most, "this size is absurd", key, value, what)


def _require(fits: bool, what: str, key: str, got: object, next_step: str) -> None:
    if not fits:
        raise InputError(
            what, where=f"interlock.toml, [deploy] {key}", got=got, next_step=f"take {next_step}"
        )
