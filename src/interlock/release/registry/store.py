"""Where releases are kept by their digest: a folder, or a bucket at Amazon, Google or Microsoft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from interlock.address import OBJECTS, masked, scheme
from interlock.errors import InputError, RegistryError, ReleaseError, TamperedError
from interlock.release.manifest import MANIFEST, SIGNATURES, Manifest, encode
from interlock.release.sign import write_signature
from interlock.release.verify import Contents, Role, read
from interlock.release.write import write_files

__all__ = ["Held", "Progress", "Store", "held", "lay", "open_store", "quiet", "unknown"]

Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """Say nothing."""


class Held(NamedTuple):
    """What a store tells of a release without handing it out: enough to judge it by.

    Args:
        path: Where it is, for people.
        digest: Its identity.
        manifest: What it is made of.
        evidence: What validation measured, as it recorded it.
        signatures: The signature files' bytes by role; not yet checked against anybody's key.
    """

    path: str
    digest: str
    manifest: Manifest
    evidence: Any
    signatures: Mapping[Role, bytes]

    @property
    def evidence_digest(self) -> str:
        """The digest of its evidence."""
        return f"sha256:{self.manifest.files['evidence.json'].sha256}"


class Store(Protocol):
    """A place that keeps releases. What it gives was checked against the digest that was asked for."""

    @property
    def name(self) -> str:
        """The address, as it may be printed."""

    def push(self, folder: str | Path, *, progress: Progress = quiet) -> Held:
        """Keep a release, and the signatures that it carries now.

        Args:
            folder: The folder of the release; it is verified first.
            progress: Takes a line for people, now and then.

        Raises:
            TamperedError: If the release is not whole.
            RegistryError: If the store cannot be reached, or refuses.
        """

    def look(self, digest: str) -> Held:
        """Return what is known of a release; its model is not read.

        Raises:
            RegistryError: If there is no such release, half of one, or the store cannot be reached.
            TamperedError: If what was read is not what the digest says.
        """

    def verify(self, digest: str, *, progress: Progress = quiet) -> Held:
        """Read a release wholly and check each byte; arguments and errors as `look`."""

    def fetch(self, digest: str, into: str | Path, *, progress: Progress = quiet) -> Path:
        """Bring a release into a folder: beside its place first, so that half of one is never seen there.

        Args:
            digest: Which.
            into: The folder of releases; it gets one of its own in it, unless it is there already.
            progress: Takes a line for people, now and then.

        Returns:
            The release's folder, verified, with the signatures that the store has now.

        Raises:
            RegistryError: If there is no such release, half of one, or the store cannot be reached.
            TamperedError: If it is not what the digest says.
        """


def open_store(address: str | Path) -> Store:
    """Return the store at an address.

    Args:
        address: A folder, or `s3://bucket/prefix`, `gs://…`, `az://container/prefix`. Credentials and
            endpoints come from the same environment variables as those of a table.

    Raises:
        InputError: If it is the address of something else.

    Example:
        >>> open_store("/var/releases").name
        '/var/releases'
    """
    text = str(address)
    kind = scheme(text)
    if kind in ("", "file"):
        from interlock.release.registry.folder import Folder

        return Folder(Path(text.removeprefix("file://")))
    if kind not in OBJECTS:
        raise InputError(
            "releases are kept in a folder or in a bucket",
            where=masked(text),
            next_step="give a path, s3://bucket/releases, gs://bucket/releases or az://container/releases",
        )
    from interlock.release.registry.objects import Objects

    return Objects(text)


def held(contents: Contents, where: object) -> Held:
    """Return what is known of a release whose files were read and verified."""
    manifest = contents.manifest
    evidence = evidence_of(contents.files["evidence.json"], where)
    return Held(str(where), manifest.digest, manifest, evidence, contents.signatures)


def evidence_of(data: bytes, where: object) -> Any:
    """Return what a verified `evidence.json` says.

    Raises:
        ReleaseError: If it is not JSON.
    """
    try:
        return msgspec.json.decode(data)
    except msgspec.MsgspecError as error:
        raise ReleaseError("the evidence is not JSON", where=where, got=error) from error


def lay(contents: Contents, into: Path) -> Path:
    """Put a verified release into a folder of releases; where it is there, only its signatures are renewed.

    Raises:
        TamperedError: If another thing is there under its name.
        ReleaseError: If the disk does not take it.
    """
    place = into / contents.manifest.folder
    if not place.exists():
        signatures = {f"{SIGNATURES}/{role}.json": data for role, data in contents.signatures.items()}
        try:
            write_files(place, {**contents.files, **signatures, MANIFEST: encode(contents.manifest)})
        except ReleaseError:
            if not place.exists():  # else another process was faster, and brought the same
                raise
    there = read(place)
    if there.manifest.digest != contents.manifest.digest:
        raise TamperedError("another release is in this one's folder", where=place, got=there.manifest.digest)
    for role, data in contents.signatures.items():
        if there.signatures.get(role) != data:
            write_signature(place, role, data)
    return place


def unknown(digest: str, where: object, got: str = "") -> RegistryError:
    """Return the error for a release that a store does not have."""
    return RegistryError(
        "there is no such release in the store",
        where=where,
        got=got or digest,
        next_step="`interlock registry list` names those that are known; register it where it was made",
    )
