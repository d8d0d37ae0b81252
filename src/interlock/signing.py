"""Signing a project's release: who may, with which key, and what the record says."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import interlock.release as releases
from interlock.atomic import write_atomically
from interlock.config import FILE
from interlock.errors import SignatureError
from interlock.project import Project
from interlock.release import ROLES, Role, Signature

__all__ = ["sign"]


def sign(
    project: Project, person: str, *, roles: Sequence[str] = (), key: Path | None = None
) -> tuple[Signature, ...]:
    """Sign the newest release. The first time, make the person's key and list it in `interlock.toml`.

    Args:
        project: The project.
        person: Who, as `interlock.toml` calls them.
        roles: As what: `data_scientist`, `ml_engineer`; by default all that the person may.
        key: The private key; by default in the user's configuration folder, never in the project.

    Returns:
        All signatures that the release now carries.

    Raises:
        SignatureError: For an unknown role, one that the person does not hold, or a key that is not theirs.
        ProjectError: If there is no release.
    """
    path = project.release("sign")
    asked = _checked(person, roles)
    key = key or _key_folder() / f"{person}.pem"
    if person not in project.config.people:
        project = _enlist(project, person, key, asked or ROLES)
    private = releases.load_key(key)
    for role in asked or project.config.people[person].roles:
        releases.sign(path, role, person, private)
    return releases.check_signatures(releases.load(path), project.config.people)


def _checked(person: str, roles: Sequence[str]) -> tuple[Role, ...]:
    if not re.fullmatch(r"\w[\w .@+-]*", person):
        raise SignatureError(
            "a person's name is made of letters, digits and . @ + -",
            got=repr(person),
            next_step="give such a name",
        )
    for role in roles:
        if role not in ROLES:
            raise SignatureError(
                "there is no such role", got=role, next_step=f"sign as one of {', '.join(ROLES)}"
            )
    return cast("tuple[Role, ...]", tuple(roles))


def _key_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "interlock" / "keys"


def _enlist(project: Project, person: str, key: Path, roles: Sequence[Role]) -> Project:
    """Make a key for a new person and list its public half, with their roles, in `interlock.toml`."""
    import tomlkit

    key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = releases.public_key(releases.load_key(key)) if key.exists() else releases.create_key(key)
    path = project.root / FILE
    tree = tomlkit.parse(path.read_text(encoding="utf-8"))
    people = tree.setdefault("people", tomlkit.table(is_super_table=True))
    people[person] = {"public_key": public, "roles": list(roles)}
    write_atomically(path, tomlkit.dumps(tree))
    return Project(project.root)
