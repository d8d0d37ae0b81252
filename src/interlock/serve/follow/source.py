"""Where plans come from: a registry, or a file. Both are asked often whether anything is new."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from interlock.errors import InputError, InterlockError
from interlock.release import Person, Release
from interlock.release.manifest import MANIFEST, decode
from interlock.release.plan import Plan, Share
from interlock.release.registry import Event, Policy, Registry, admit, open_registry

__all__ = ["FromFile", "FromRegistry", "Planned", "Registered", "Source", "Where", "digest_of"]


class Registered(msgspec.Struct, frozen=True, tag="registry"):
    """A registry to follow.

    Args:
        url: Of its log.
        releases: Where releases are kept.
        model: Which model.
        poll_seconds: How often it is asked whether anything is new.
    """

    url: str
    releases: str
    model: str
    poll_seconds: float = 0.25


class Planned(msgspec.Struct, frozen=True, tag="file"):
    """A plan file to follow.

    Args:
        path: TOML; see `FromFile`.
        poll_seconds: How often it is looked at.
    """

    path: str
    poll_seconds: float = 0.25


#: What to follow.
Where = Registered | Planned


class Source(Protocol):
    """Gives plans, and the releases that they name."""

    @property
    def name(self) -> str:
        """What it is, for people; holds no secret."""

    def head(self) -> object:
        """Return something that is another thing whenever the plan may be another.

        Raises:
            InterlockError: If the source cannot be reached.
        """

    def plan(self) -> Plan | None:
        """Return the plan; None where nobody is to answer.

        Raises:
            InterlockError: If it cannot be read, or is none.
        """

    def fetch(self, digest: str) -> Path:
        """Return the folder of a release of the last plan, here and whole.

        Raises:
            InterlockError: If it is missing or half, or cannot be reached.
        """

    def admit(self, release: Release) -> None:
        """Refuse a release that may not run here.

        Raises:
            ReleaseError: That says why.
        """


class FromRegistry:
    """Plans of one model in one environment, derived from the registry's log.

    Args:
        where: The registry.
        environment: Such as `production`.
        people: Who may sign.
        policies: What each environment asks.
        folder: Where releases are brought to.
    """

    def __init__(
        self,
        where: Registered,
        *,
        environment: str,
        people: Mapping[str, Person],
        policies: Mapping[str, Policy],
        folder: Path,
    ) -> None:
        self._model, self._environment, self._folder = where.model, environment, folder
        self._registry: Registry = open_registry(
            where.url, where.releases, people=people, policies=policies, memory=folder / "registry.json"
        )
        self._people, self._policies = people, policies
        self._events: Sequence[Event] = ()
        self.name = f"registry {self._registry.log.database.name}"

    def head(self) -> object:
        """Return the number of the last event."""
        return self._registry.head(self._model)

    def plan(self) -> Plan | None:
        """Return what the log says; None where the only champion was taken out of service."""
        from interlock.release.registry.state import plan_of, state

        self._events = self._registry.events(self._model)
        derived = state(self._events)
        here = derived.environments.get(self._environment)
        gone = here is not None and not here.champion and here.version > 0
        return None if gone else plan_of(derived, self._environment)

    def fetch(self, digest: str) -> Path:
        """Bring a release here."""
        return self._registry.fetch(digest, self._folder)

    def admit(self, release: Release) -> None:
        """Ask policy, which knows the log."""
        admit(
            release,
            self._people,
            environment=self._environment,
            policies=self._policies,
            events=self._events,
        )


class FromFile:
    """A plan that people write, with folders in place of digests.

    ```toml
    champion = "releases/flights-1207f11f57d1"
    unit = "customer_id"
    shadows = ["releases/flights-77aa11bb22cc"]

    [[challengers]]
    release = "releases/flights-474c04ea3802"
    share = 0.1
    ```

    Args:
        where: The file; folders in it are paths from where it is.
        environment: Such as `production`.
        people: Who may sign.
        policies: What each environment asks.
    """

    def __init__(
        self,
        where: Planned,
        *,
        environment: str,
        people: Mapping[str, Person],
        policies: Mapping[str, Policy],
    ) -> None:
        self._path = Path(where.path)
        self._environment, self._people, self._policies = environment, people, policies
        self._folders: dict[str, Path] = {}
        self.name = f"plan file {self._path}"

    def head(self) -> object:
        """Return when the file was last changed, and how large it is."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise self._wrong(error.strerror) from error
        return status.st_mtime_ns, status.st_size, status.st_ino

    def plan(self) -> Plan:
        """Read the file, and the digest of each release that it names."""
        try:
            written = msgspec.convert(tomllib.loads(self._path.read_text("utf-8")), _Written)
            shares = tuple(Share(self._digest(each.release), each.share) for each in written.challengers)
            return Plan(
                champion=self._digest(written.champion),
                challengers=shares,
                shadows=tuple(self._digest(each) for each in written.shadows),
                unit=written.unit,
            )
        except OSError as error:
            raise self._wrong(error.strerror) from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
            raise self._wrong(error) from error

    def fetch(self, digest: str) -> Path:
        """Return the folder that the file names."""
        return self._folders[digest]

    def admit(self, release: Release) -> None:
        """Ask policy, which knows no log."""
        admit(release, self._people, environment=self._environment, policies=self._policies)

    def _digest(self, folder: str) -> str:
        path = self._path.parent / folder
        digest = digest_of(path)
        self._folders[digest] = path
        return digest

    def _wrong(self, got: Any) -> InterlockError:
        return InputError(
            "the plan file cannot be used",
            where=self._path,
            got=got,
            next_step='write `champion = "FOLDER"`, and perhaps [[challengers]] with release and share',
        )


class _Challenger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    release: str
    share: float


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    champion: str
    challengers: tuple[_Challenger, ...] = ()
    shadows: tuple[str, ...] = ()
    unit: str = ""


def digest_of(folder: str | Path) -> str:
    """Return the digest that a release's manifest states; its files are not looked at yet.

    Raises:
        InputError: If there is no release.
        TamperedError: If the manifest was changed.
    """
    path = Path(folder) / MANIFEST
    try:
        return decode(path.read_bytes()).digest
    except OSError as error:
        raise InputError(
            "there is no release in this folder",
            where=folder,
            got=error.strerror,
            next_step="give the folder that `interlock release` has printed",
        ) from error
