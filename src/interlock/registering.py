"""How a project uses its registry: where it is, who is asking, and what stages note in it."""

from __future__ import annotations

import getpass
import os
from contextlib import closing
from pathlib import Path

from interlock.address import rooted, scheme
from interlock.config import Config
from interlock.errors import InputError, InterlockError, ProjectError, SignatureError
from interlock.project import FOLDER, Project, find
from interlock.release import ROLES
from interlock.release.registry import Event, Registry, open_registry
from interlock.release.registry.settings import Settings

__all__ = [
    "known_events",
    "note",
    "person_of",
    "registry_addresses",
    "registry_of",
    "registry_somewhere",
    "sign_alone",
]

#: Environment variables for a machine without a project.
URL, RELEASES = "INTERLOCK_REGISTRY", "INTERLOCK_RELEASES"
#: Where the log is, if nobody says.
_FILE = "registry.db"
DEFAULT = f"sqlite:///{_FILE}"


def registry_of(project: Project) -> Registry:
    """Return the registry of a project: that of `[registry]`, or `registry.db` in its folder."""
    settings = project.config.registry
    return open_registry(
        rooted(settings.url or DEFAULT, project.root),
        rooted(settings.releases, project.root),
        people=project.config.people,
        policies=project.config.policy,
        memory=project.root / FOLDER / "registry.json",
    )


def known_events(project: Project) -> tuple[Event, ...]:
    """Return what the registry says of the project's model; nothing where nobody has begun a registry.

    Raises:
        InterlockError: If there is one and it does not answer.
    """
    if not project.config.registry.url and not (project.root / _FILE).exists():
        return ()
    with closing(registry_of(project)) as registry:
        return registry.events(project.config.project.name)


def registry_somewhere(
    url: str | None = None, releases: str | None = None
) -> tuple[Registry, Project | None]:
    """Return the registry that is meant here, and the project, if there is one.

    Args:
        url: Of the log; by default of the project.
        releases: Where releases are kept; by default as the project says, else the folder `releases`.

    Raises:
        ProjectError: If nothing says where the registry is.
    """
    if not url:
        found = find()
        return registry_of(found), found
    project = _project_or_none()
    config = project.config if project else None
    kept = rooted(config.registry.releases, project.root) if config and project else "releases"
    registry = open_registry(
        _absolute(url),
        releases or kept,
        people=config.people if config else {},
        policies=config.policy if config else {},
        memory=_state_folder() / "registry.json",
    )
    return registry, project


def registry_addresses(project: Project | None, url: str | None, releases: str | None) -> tuple[str, str]:
    """Return the addresses of the log and of the releases that a server is to follow.

    Args:
        project: If there is one.
        url: Of the log; by default of the environment, else of the project.
        releases: Where releases are kept; by default likewise.

    Raises:
        ProjectError: If nothing says where the registry is.
    """
    url, releases = url or os.environ.get(URL), releases or os.environ.get(RELEASES)
    if project is None and not url:
        raise ProjectError(
            "nothing says where the registry is", next_step=f"give `--registry URL`, or set {URL}"
        )
    root = project.root if project else Path.cwd()
    settings = project.config.registry if project else Settings()
    log = _absolute(url) if url else rooted(settings.url or DEFAULT, root)
    return log, rooted(releases or settings.releases, root)


def _absolute(url: str) -> str:
    return url if scheme(url) else str(Path(url).absolute())


def _project_or_none() -> Project | None:
    try:
        return find()
    except ProjectError:
        return None


def person_of(config: Config | None, named: str | None) -> str:
    """Return who is asking: as they say, else the only person of `interlock.toml`, else the user here."""
    if named:
        return named
    people = [*config.people] if config else []
    if len(people) == 1:
        return people[0]
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise InputError("nobody says who is asking", next_step="say who: `--as NAME`") from error


def note(project: Project, person: str | None = None) -> str:
    """Note the newest release and its signatures, where `[registry] url` is set.

    A registry that is away stops neither releasing nor signing.

    Args:
        project: The project.
        person: Who did it.

    Returns:
        What came of it, for people; empty where nothing is noted or nothing new.
    """
    if not project.config.registry.url:
        return ""
    try:
        with closing(registry_of(project)) as registry:
            events = registry.register(project.release("registry"), person=person_of(project.config, person))
    except InterlockError as error:
        return f"not noted in the registry: {error.what}; `interlock registry register` does it later"
    kinds = ", ".join(dict.fromkeys(event.kind for event in events))
    return f"noted in the registry: {kinds} (event {events[-1].number})" if events else ""


def sign_alone(project: Project, person: str | None, path: Path) -> None:
    """Sign the project's newest release in every role with one key, as one person alone may.

    Raises:
        ProjectError: If the release is another.
        SignatureError: If the person does not hold both roles.
    """
    from interlock.signing import sign

    if path.resolve() != project.release("sign").resolve():
        raise ProjectError(
            "solo mode signs the project's newest release alone",
            where=path,
            got=project.release("sign"),
            next_step="leave RELEASE out, or sign it and deploy it without --solo",
        )
    who = person_of(project.config, person)
    if who in project.config.people and set(project.config.people[who].roles) != {*ROLES}:
        raise SignatureError(
            f"{who} does not hold every role",
            got=", ".join(project.config.people[who].roles),
            next_step="let the others sign, then deploy without --solo",
        )
    sign(project, who)


def _state_folder() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "interlock"
