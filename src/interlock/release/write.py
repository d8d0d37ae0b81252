"""Writes a release: beside its place first, then renamed, so that it is there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from interlock import contract as contracts
from interlock.contract import Contract
from interlock.errors import InputError, ReleaseError
from interlock.profile import Profile
from interlock.release.additivity import require_additive
from interlock.release.draw import golden_rows
from interlock.release.explanation import EXPLANATION, Explanation
from interlock.release.golden import answer, encode_golden
from interlock.release.load import Release, check_fit, load
from interlock.release.manifest import MANIFEST, RECIPE, File, Manifest, encode, sha256
from interlock.release.model import Model
from interlock.release.replay import compare
from interlock.release.withhold import withheld

__all__ = ["write", "write_files"]


def write(
    folder: str | Path,
    *,
    name: str,
    contract: Contract,
    profile: Profile,
    scores: Profile,
    model: bytes,
    evidence: bytes | Mapping[str, Any],
    card_markdown: str,
    card_html: str,
    environment: str,
    explanation: bytes = b"",
    recipe: bytes = b"",
) -> Release:
    """Write a release, together with golden rows and what the contract and the model say about them.

    Args:
        folder: Where releases stand; the release gets a folder of its own in it, named after `name` and its
            digest.
        name: What people call the model.
        contract: With task and target.
        profile: Of the training table; the release holds it without rare texts and names, see `withheld`.
        scores: The profile of the holdout's predictions.
        model: The bytes of the ONNX file, which names the contract's digest in its metadata.
        evidence: What validation measured: a JSON object or its bytes.
        card_markdown: The model card.
        card_html: The model card.
        environment: The packages that it was made with, one `name==version` a line.
        explanation: The bytes of an `Explanation`; empty where the predictions are not explained.
        recipe: How the model is learned again (JSON); empty where that is not known.

    Returns:
        The release, loaded from where it was written. The same inputs give the same digest, and writing them
        again changes nothing.

    Raises:
        InputError: if the name or the contract cannot be released.
        ReleaseError: if the parts do not belong together, a row's prediction depends on its company, an
            explanation does not add up, or the disk does not take the files; what was there before is
            untouched.
    """
    compiled = Model(model)
    check_fit(contract, compiled)
    golden = answer(contract, compiled, golden_rows(contract, profile))
    compare(contract, compiled, golden)
    if explanation:
        require_additive(Explanation.from_bytes(explanation), compiled, contract, golden)
    files = {
        "card.html": card_html.encode(),
        "card.md": card_markdown.encode(),
        "contract.toml": contracts.to_toml(contract).encode(),
        "environment.txt": environment.encode(),
        "evidence.json": _json(evidence),
        "golden.json": encode_golden(golden),
        "model.onnx": model,
        "profile.bin": withheld(profile, contract).to_bytes(),
        "scores.bin": scores.to_bytes(),
        **({EXPLANATION: explanation} if explanation else {}),
        **({RECIPE: recipe} if recipe else {}),
    }
    manifest = _manifest(name, contract, files)
    place = Path(folder).resolve() / manifest.folder
    if not place.exists():
        write_files(place, {**files, MANIFEST: encode(manifest)})
    return load(place)


def _manifest(name: str, contract: Contract, files: Mapping[str, bytes]) -> Manifest:
    if contract.task is None:
        raise InputError(
            "the contract has no target, so there is nothing to release",
            next_step="declare the target and run `interlock explore` again",
        )
    if not name.strip() or not name.isprintable() or len(name) > 200:
        step = "set `[project] name` in interlock.toml"
        raise InputError(
            "a release needs a name of 1 to 200 printable characters", got=repr(name), next_step=step
        )
    entries = {file: File(len(data), sha256(data)) for file, data in files.items()}
    return Manifest(name, contract.task, contracts.digest(contract), entries)


def _json(evidence: bytes | Mapping[str, Any]) -> bytes:
    try:
        tree = msgspec.json.decode(evidence) if isinstance(evidence, bytes) else evidence
        return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=1) + b"\n"
    except (msgspec.MsgspecError, TypeError) as error:
        step = "run `interlock validate` again"
        raise InputError("the evidence is not JSON", got=error, next_step=step) from error


def write_files(place: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder beside its place, then rename it, so that it is there whole or not at all.

    Args:
        place: The folder, which is not there yet.
        files: Its files' bytes by name; a name may have one folder in front.

    Raises:
        ReleaseError: if the disk does not take them.
    """
    beside = place.parent / f".writing-{place.name}-{secrets.token_hex(4)}"
    try:
        beside.mkdir(parents=True)
        for name, data in files.items():
            _write_through(beside / name, data)
        beside.rename(place)
        _sync_folder(place.parent)
    except OSError as error:
        raise ReleaseError(
            "the release could not be written",
            where=place,
            got=error.strerror,
            next_step="free space or choose another folder, then run it again; nothing was lost",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_through(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
