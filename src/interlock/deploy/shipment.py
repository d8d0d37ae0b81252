"""What is shipped: a release's own bytes, and what deployment files say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from interlock.errors import SignatureError
from interlock.release import ROLES, Person, Release, check_signatures, load
from interlock.release.manifest import MANIFEST, SIGNATURES
from interlock.release.verify import read

__all__ = ["Shipment", "require_signed", "shipment"]


class Shipment(NamedTuple):
    """A verified release as a deployment sees it.

    Args:
        name: What people call the model.
        digest: The release's identity, `sha256:` and 64 digits.
        contract: The contract's digest.
        folder: The folder's own name.
        files: The bytes of each file by its path in that folder, signatures included.
        model: SHA-256 of the model file, 64 digits.
        python: The Python that it was made with, such as `3.11`.
        pins: The packages that it was made with, version by name.
        signed: Who signed as what, in words; empty where a role is missing.
        people: Those who signed.
    """

    name: str
    digest: str
    contract: str
    folder: str
    files: dict[str, bytes]
    model: str
    python: str
    pins: dict[str, str]
    signed: tuple[str, ...] = ()
    people: Mapping[str, Person] = {}

    @property
    def tag(self) -> str:
        """The first 12 digits of the digest, by which people know the release and its image."""
        return self.digest.removeprefix("sha256:")[:12]


def shipment(folder: str | Path, people: Mapping[str, Person]) -> Shipment:
    """Read a release for deployment.

    Args:
        folder: Of the release.
        people: Who may sign, by name.

    Raises:
        ReleaseError: if there is no release, or it is tampered with, or a signature is wrong.
    """
    contents, release = read(folder), load(folder)
    python, pins = _environment(contents.files["environment.txt"].decode())
    encoded = {f"{SIGNATURES}/{role}.json": data for role, data in contents.signatures.items()}
    manifest = (release.path / MANIFEST).read_bytes()
    signed, who = _signed(release, people)
    return Shipment(
        name=release.name,
        digest=release.digest,
        contract=release.contract_digest,
        folder=release.path.name,
        files={MANIFEST: manifest, **contents.files, **encoded},
        model=contents.manifest.files["model.onnx"].sha256,
        python=python,
        pins=pins,
        signed=signed,
        people=who,
    )


def require_signed(shipped: Shipment, environment: str) -> None:
    """Refuse a release that nobody has signed in both roles, outside `dev`.

    Raises:
        SignatureError: if it is not signed.
    """
    if environment != "dev" and not shipped.signed:
        raise SignatureError(
            f"a release for {environment} must be signed in both roles",
            where=shipped.folder,
            got="unsigned, dev only",
            next_step="run `interlock sign --as NAME`, then this again; or give `--environment dev`",
        )


def _environment(text: str) -> tuple[str, dict[str, str]]:
    """Return Python's minor version and the pins that `environment.txt` states."""
    stated = re.match(r"# Python (\d+\.\d+)", text)
    lines = [line.partition("==") for line in text.splitlines() if "==" in line and line[0] != "#"]
    return (stated[1] if stated else "3.11"), {name.strip(): version.strip() for name, _, version in lines}


def _signed(release: Release, people: Mapping[str, Person]) -> tuple[tuple[str, ...], dict[str, Person]]:
    signatures = check_signatures(release, people)
    if {each.role for each in signatures} != set(ROLES):
        return (), {each.person: people[each.person] for each in signatures}
    words = tuple(f"{each.person} as {each.role}{' (self)' if each.self else ''}" for each in signatures)
    return words, {each.person: people[each.person] for each in signatures}
