"""An exploration as three files: findings as JSON, the profile's bytes, the contract as TOML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from interlock import contract as contracts
from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.explore.association import Association
from interlock.explore.cleaning.proposal import Accepted, Proposal
from interlock.explore.completeness import Completeness
from interlock.explore.content.content import Content
from interlock.explore.findings.finding import from_plain, to_plain
from interlock.explore.pairs import Pairs
from interlock.explore.relation import Relation
from interlock.profile import Profile

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["load", "save"]

_FILES = ("exploration.json", "profile.bin", "contract.toml")


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """What `exploration.json` holds."""

    name: str
    rows: int
    sampled: int
    profile: str
    contract: str
    summary: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    associations: tuple[Association, ...]
    relations: tuple[Relation, ...]
    pairs: Pairs | None
    completeness: Completeness | None
    proposals: tuple[Proposal, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    content: Content = Content()


def save(exploration: Exploration, folder: Path) -> Path:
    """Write the three files, each whole or not at all; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    record = _Record(
        exploration.name,
        exploration.rows,
        exploration.sampled,
        exploration.profile.digest,
        contracts.digest(exploration.contract),
        exploration.summary,
        tuple(to_plain(each) for each in exploration.findings),
        exploration.associations,
        exploration.relations,
        exploration.pairs,
        exploration.completeness,
        exploration.proposals,
        exploration.accepted,
        exploration.content,
    )
    write_atomically(folder / _FILES[1], exploration.profile.to_bytes())
    write_atomically(folder / _FILES[2], contracts.to_toml(exploration.contract))
    write_atomically(folder / _FILES[0], msgspec.json.format(msgspec.json.encode(record), indent=1))
    return folder


def load(folder: Path) -> dict[str, Any]:
    """Return the fields of the exploration in a folder.

    Raises:
        InputError: A file is missing, does not parse, or is not the one that the findings were made with.
    """
    for name in _FILES:
        if not (folder / name).is_file():
            next_step = "explore the table again"
            raise InputError(
                "this is not a saved exploration", where=folder, got=f"no {name}", next_step=next_step
            )
    try:
        record = msgspec.json.decode((folder / _FILES[0]).read_bytes(), type=_Record)
        findings = tuple(from_plain(each) for each in record.findings)
    except msgspec.MsgspecError as error:
        next_step = "explore the table again"
        raise InputError(
            "the exploration does not parse", where=folder / _FILES[0], got=error, next_step=next_step
        ) from error
    profile = Profile.from_bytes((folder / _FILES[1]).read_bytes())
    contract = contracts.read(folder / _FILES[2])
    _same(record.profile, profile.digest, folder / _FILES[1])
    _same(record.contract, contracts.digest(contract), folder / _FILES[2])
    kept = (
        *("name", "rows", "sampled", "associations", "relations", "pairs", "completeness"),
        *("proposals", "accepted", "content"),
    )
    fields = {key: getattr(record, key) for key in kept}
    return {"profile": profile, "contract": contract, "findings": findings} | fields


def _same(expected: str, found: str, path: Path) -> None:
    if expected != found:
        next_step = "explore the table again, or restore the file"
        raise InputError(
            "this file is not the one that the exploration was saved with",
            where=path,
            got=found,
            next_step=next_step,
        )
