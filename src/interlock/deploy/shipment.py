"""What is shipped: a release's own bytes, and what deployment files say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from interlock.errors import InputError, ReleaseError
from interlock.release import Person, Release, check_signatures, load
from interlock.release.manifest import MANIFEST, SIGNATURES
from interlock.release.registry.policy import DEV, Policy, admit
from interlock.release.verify import read

__all__ = ["Shipment", "require_admitted", "shipment", "tag_of"]


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
        signed: Who signed as what, in words; empty where nobody has.
        people: Those who signed.
        refused: Why policy does not allow it, by environment; None where it does.
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
    refused: Mapping[str, ReleaseError | None] = {DEV: None}

    def is_admitted(self, environment: str) -> bool:
        """Tell whether policy was asked about an environment and allows the release there."""
        return environment in self.refused and self.refused[environment] is None

    @property
    def tag(self) -> str:
        """The first 12 digits of the digest, by which people know the release and its image."""
        return tag_of(self.digest)


def tag_of(digest: str) -> str:
    """Return the first 12 digits of a release's digest, which tag its image.

    Example:
        >>> tag_of("sha256:0123456789abcdef")
        '0123456789ab'
    """
    return digest.removeprefix("sha256:")[:12]


def shipment(
    folder: str | Path,
    people: Mapping[str, Person],
    *,
    policies: Mapping[str, Policy] = {},
    environments: Sequence[str] = (DEV,),
) -> Shipment:
    """Read a release for deployment, and ask policy where it may run.

    Args:
        folder: Of the release.
        people: Who may sign, by name.
        policies: What each environment asks, by its name.
        environments: Where it may have to run.

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
        refused={each: _refusal(release, people, policies, each) for each in environments},
    )


def require_admitted(shipped: Shipment, environment: str) -> None:
    """Refuse a release that policy does not allow in an environment.

    Raises:
        ReleaseError: what policy says; of a missing signature it is a `SignatureError`.
        InputError: if policy was not asked about that environment.
    """
    if environment not in shipped.refused:
        known = ", ".join(shipped.refused)
        raise InputError(
            "policy was not asked about this environment", got=environment, next_step=f"ask: {known}"
        )
    trouble = shipped.refused[environment]
    if trouble is not None:
        raise trouble


def _environment(text: str) -> tuple[str, dict[str, str]]:
    """Return Python's minor version and the pins that `environment.txt` states."""
    stated = re.match(r"# Python (\d+\.\d+)", text)
    lines = [line.partition("==") for line in text.splitlines() if "==" in line and line[0] != "#"]
    return (stated[1] if stated else "3.11"), {name.strip(): version.strip() for name, _, version in lines}


def _signed(release: Release, people: Mapping[str, Person]) -> tuple[tuple[str, ...], dict[str, Person]]:
    signatures = check_signatures(release, people)
    return tuple(each.words for each in signatures), {each.person: people[each.person] for each in signatures}


def _refusal(
    release: Release, people: Mapping[str, Person], policies: Mapping[str, Policy], environment: str
) -> ReleaseError | None:
    try:
        admit(release, people, environment=environment, policies=policies)
    except ReleaseError as error:
        return error
    return None
