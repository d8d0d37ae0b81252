"""Loads a release: verified first, always, then parsed from exactly the bytes that were verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from interlock import contract as contracts
from interlock.contract import Contract
from interlock.errors import ReleaseError
from interlock.profile import Profile
from interlock.release.additivity import check_outputs
from interlock.release.explanation import EXPLANATION, Explanation
from interlock.release.golden import Golden, decode_golden
from interlock.release.manifest import Manifest
from interlock.release.model import Model
from interlock.release.screen import screen
from interlock.release.verify import Role, read

__all__ = ["Release", "check_fit", "load"]


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A release that was verified and loaded.

    Args:
        path: Its folder.
        digest: Its identity: `sha256:` and 64 hexadecimal digits.
        name: What people call the model.
        contract: What a row must look like.
        contract_digest: The contract's digest.
        profile: Of the training table.
        scores: The profile of the holdout's predictions: column `prediction`, and for binary
            `prediction|0` and `prediction|1` by the true class.
        model: The compiled model.
        golden: Rows with the verdicts and predictions that they must get everywhere.
        evidence: What validation measured, as it recorded it (JSON).
        signatures: The signature files' bytes by role; `check_signatures` judges them.
        explanation: What predictions are explained with; None where they are not.
        evidence_digest: The digest of `evidence.json`.
    """

    path: Path
    digest: str
    name: str
    contract: Contract
    contract_digest: str
    profile: Profile
    scores: Profile
    model: Model
    golden: tuple[Golden, ...]
    evidence: Any
    signatures: dict[Role, bytes]
    explanation: Explanation | None = None
    evidence_digest: str = ""


def load(folder: str | Path) -> Release:
    """Verify a release and load it.

    Args:
        folder: The folder of the release.

    Returns:
        The release, ready to predict; `replay` says whether it still gives the answers it was written with.

    Raises:
        ReleaseError: if there is no release, or its parts do not belong together.
        TamperedError: if a byte of it is changed, missing or added.
    """
    contents = read(folder)
    files, manifest = contents.files, contents.manifest
    contract = contracts.from_toml(files["contract.toml"].decode())
    release = Release(
        path=Path(folder).resolve(),
        digest=manifest.digest,
        name=manifest.name,
        contract=contract,
        contract_digest=contracts.digest(contract),
        profile=Profile.from_bytes(files["profile.bin"]),
        scores=Profile.from_bytes(files["scores.bin"]),
        model=_model(files["model.onnx"]),
        golden=decode_golden(files["golden.json"]),
        evidence=msgspec.json.decode(files["evidence.json"]),
        signatures=contents.signatures,
        explanation=Explanation.from_bytes(files[EXPLANATION]) if EXPLANATION in files else None,
        evidence_digest=f"sha256:{manifest.files['evidence.json'].sha256}",
    )
    _check_contract(release, manifest)
    check_fit(contract, release.model, release.path)
    if release.explanation is not None:
        check_outputs(release.explanation, release.model, release.path)
    return release


def check_fit(contract: Contract, model: Model, where: object = "") -> None:
    """Refuse a contract and a model that are each whole but were not made for each other.

    Raises:
        ReleaseError: if the model names another contract, or takes other tensors.
    """
    stated, shape = model.metadata.get("contract"), (len(contract.numbers), len(contract.strings))
    if stated != contracts.digest(contract) or model.shape != shape:
        raise ReleaseError(
            "the model was developed against another contract",
            where=where,
            got=f"the model names contract {stated} and takes {model.shape} numbers and strings",
            next_step="run `interlock develop` again, which takes the contract as it is now",
        )


def _model(data: bytes) -> Model:
    screen(data)
    return Model(data)


def _check_contract(release: Release, manifest: Manifest) -> None:
    if release.contract_digest != manifest.contract:
        raise ReleaseError(
            "the contract does not have the digest that the manifest states",
            where=release.path,
            got=release.contract_digest,
            next_step="load it with the version of Interlock that is in its environment.txt",
        )
