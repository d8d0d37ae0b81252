"""The registry that a command works on, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate

import click

from interlock.cli.terminal import progress

if TYPE_CHECKING:
    from interlock.project import Project
    from interlock.release.registry import Event, Named, Registry

__all__ = ["Here", "acting", "addressed", "reading"]


def addressed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `url` and `releases`: where the log and the releases are."""
    url = click.option(
        "--registry",
        "url",
        envvar="INTERLOCK_REGISTRY",
        help="The log, such as postgresql://user@host/db; else the project's.",
    )
    releases = click.option(
        "--releases", envvar="INTERLOCK_RELEASES", help="Where releases are kept; else the project's."
    )
    return url(releases(command))


def reading(command: Callable[Concatenate[Here, ...], None]) -> Callable[..., None]:
    """Give a command the registry that its options name, before all else."""
    return addressed(_there(command))


def acting(command: Callable[Concatenate[Here, ...], None]) -> Callable[..., None]:
    """Give a command the registry that its options name, before all else, and let people say who they are."""
    person = click.option(
        "--as", "person", help="Who does it; else the only person of interlock.toml, or you."
    )
    return addressed(person(_there(command)))


def _there(command: Callable[Concatenate[Here, ...], None]) -> Callable[..., None]:
    @wraps(command)
    def run(*, url: str | None, releases: str | None, person: str | None = None, **others: Any) -> None:
        command(Here(url, releases, person), **others)

    return run


class Here:
    """The registry that a command works on, and who is asking."""

    def __init__(self, url: str | None, releases: str | None, person: str | None) -> None:
        from interlock.registering import person_of, registry_somewhere

        found: tuple[Registry, Project | None] = registry_somewhere(url, releases)
        self.registry, self.project = found
        self.named = person
        self.person = person_of(self.project.config if self.project else None, person)

    def newest(self) -> Path:
        """Return the folder of the project's newest release."""
        from interlock.project import find

        return (self.project or find()).release("registry")

    def prepared(self, reference: str | None, *, solo: bool = False) -> Named:
        """Return the release that is meant; a folder is registered first, and with `solo` signed."""
        from interlock.release.manifest import MANIFEST

        folder = Path(reference) if reference else self.newest()
        if not (folder / MANIFEST).is_file():
            if not solo:
                return self.registry.find(str(reference))
            folder = self._own_folder(str(reference))
        if solo:
            self._sign_alone(folder)
        self.registry.register(folder, person=self.person, progress=progress())
        return self.registry.find(folder)

    def _own_folder(self, name: str) -> Path:
        """Return the newest release's folder where a name means it: solo mode signs no other."""
        from interlock.errors import ProjectError

        newest = self.newest()
        if newest.name == name:
            return newest
        raise ProjectError(
            "solo mode signs the project's newest release alone",
            got=name,
            next_step=f"leave RELEASE out ({newest.name}), or sign it and deploy it without --solo",
        )

    def _sign_alone(self, folder: Path) -> None:
        from dataclasses import replace

        from interlock.project import find
        from interlock.registering import sign_alone

        sign_alone(find(), self.person, folder)
        people = find().config.people
        self.registry = replace(self.registry, people=people)
        if self.named is None and len(people) == 1:
            self.person = next(iter(people))

    def model(self) -> str:
        """Return the model that is meant where none is named."""
        from interlock.errors import InputError

        own = self.project.config.project.name if self.project else ""
        models = self.registry.models()
        if own in models or len(models) == 1:
            return own if own in models else models[0]
        raise InputError(
            "it is not said which model is meant",
            where=self.registry.log.database.name,
            got=", ".join(models) or "no model at all",
            next_step="say which: `--model NAME`",
        )

    def name(self, release: Named, digest: str = "") -> str:
        """Return what people call a release."""
        wanted = digest or release.digest
        known = self.registry.state(release.model).releases.get(wanted)
        return (known.folder if known else "") or wanted

    def ended(self, event: Event) -> list[str]:
        """Return a line for each part that ended with an event which does not name it."""
        from interlock.release.registry import Named
        from interlock.release.registry.ended import unnamed

        gone = unnamed(self.registry.events(event.model), event.number)
        return [each.words(self.name(Named(event.model, each.release))) for each in gone]

    def tell(self) -> None:
        """Let the mirrors be told in a process of their own: nobody waits for them."""
        if self.project is not None and self.registry.log.database.url == self._own():
            from interlock.mirroring import begin

            begin(self.project)

    def _own(self) -> str:
        from interlock.registering import registry_of

        return registry_of(self.project).log.database.url if self.project else ""
