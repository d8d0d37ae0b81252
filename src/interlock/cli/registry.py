"""`interlock registry` and `interlock rollback`: who answers where, decided by people and written down."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from interlock.cli.terminal import progress, say

if TYPE_CHECKING:
    from interlock.project import Project
    from interlock.release.registry import Named, Registry

__all__ = ["registry", "rollback"]

F = TypeVar("F", bound=Callable[..., Any])

_url = click.option(
    "--registry",
    "url",
    envvar="INTERLOCK_REGISTRY",
    help="The log, such as postgresql://user@host/db; else the project's.",
)
_releases = click.option(
    "--releases", envvar="INTERLOCK_RELEASES", help="Where releases are kept; else the project's."
)
_person = click.option("--as", "person", help="Who does it; else the only person of interlock.toml, or you.")
_environment = click.option("--environment", default="production", show_default=True, help="Where.")
_everywhere = click.option("--environment", default="", help="Where; everywhere if not given.")
_model = click.option("--model", help="Which model, where the registry holds several.")
_follows = click.option(
    "--follows", type=int, metavar="EVENT", help="Refuse if anything happened after this event."
)
_note = click.option("--note", default="", help="Whatever there is to say about it.")
_reason = click.option("--reason", required=True, help="Why.")
_release = click.argument("reference", metavar="[RELEASE]", required=False)


@click.group()
def registry() -> None:
    """Deployment: the log of releases, and who answers where."""


@registry.command()
@_release
@_url
@_releases
@_person
@_note
def register(
    reference: str | None, url: str | None, releases: str | None, person: str | None, note: str
) -> None:
    """Keep RELEASE, a folder, and note how it was validated and who has signed it."""
    here = _Here(url, releases, person)
    folder = Path(reference) if reference else here.newest()
    events = here.registry.register(folder, person=here.person, note=note, progress=progress())
    digest = here.registry.find(folder).digest
    kinds = ", ".join(event.kind for event in events)
    if events:
        say(f"✓ register: {folder.name}, {kinds} (event {events[-1].number})\n  {digest}")
        here.tell()
    else:
        say(f"· register: nothing about {folder.name} is new\n  {digest}")


@registry.command("list")
@_url
@_releases
@_model
def list_(url: str | None, releases: str | None, model: str | None) -> None:
    """Show every release and its part in each environment."""
    from interlock.release.registry.listing import listing

    here = _Here(url, releases, None)
    models = [model] if model else here.registry.models()
    say(
        "\n\n".join(listing(each, here.registry.state(each)) for each in models)
        or "no release is registered yet"
    )


@registry.command()
@_url
@_releases
@_model
def log(url: str | None, releases: str | None, model: str | None) -> None:
    """Show every event, the latest last."""
    from interlock.release.registry.log import words

    here = _Here(url, releases, None)
    for each in [model] if model else here.registry.models():
        say(each)
        for event in here.registry.events(each):
            say(f"  {words(event)}")


@registry.command()
@_release
@_url
@_releases
@_person
@_environment
@click.option("--solo", is_flag=True, help="Register, sign in both roles with your one key, and deploy.")
@_follows
@_note
def deploy(
    reference: str | None,
    url: str | None,
    releases: str | None,
    person: str | None,
    environment: str,
    *,
    solo: bool,
    follows: int | None,
    note: str,
) -> None:
    """Make RELEASE the champion: it answers. By default the project's newest, registered if it was not."""
    here = _Here(url, releases, person)
    release = here.prepared(reference, solo=solo)
    before = here.registry.state(release.model).environments.get(environment)
    if before is not None and before.champion == release.digest:
        say(f"· deploy: {here.name(release)} is champion in {environment} already")
        return
    event = here.registry.deploy(
        release, environment, person=here.person, follows=follows, note=note, progress=progress()
    )
    say(f"✓ deploy: {here.name(release)} is champion in {environment} (event {event.number})")
    if before is not None and before.champion:
        where = "" if environment == "production" else f" --environment {environment}"
        say(f"  before: {here.name(release, before.champion)}; back to it: interlock rollback{where}")
    here.tell()


@registry.command()
@_release
@_url
@_releases
@_person
@_environment
@click.option("--share", type=float, default=0.1, show_default=True, help="Its share, between 0 and 1.")
@click.option("--unit", default="", help="The column whose value decides who answers; else by chance.")
@click.option("--end", is_flag=True, help="It is challenger no longer.")
@_follows
@_note
def challenge(
    reference: str | None,
    url: str | None,
    releases: str | None,
    person: str | None,
    environment: str,
    share: float,
    unit: str,
    *,
    end: bool,
    follows: int | None,
    note: str,
) -> None:
    """Let RELEASE answer a share of the requests beside the champion."""
    here = _Here(url, releases, person)
    release = here.prepared(reference)
    settings: dict[str, Any] = {"person": here.person, "follows": follows, "note": note}
    if end:
        event = here.registry.withdraw(release, environment, **settings)
        said = "is challenger no longer"
    else:
        part: dict[str, Any] = {"alias": "challenger", "share": share, "unit": unit, "progress": progress()}
        event = here.registry.deploy(release, environment, **settings, **part)
        said = f"answers {share * 100:.4g} %{f', by {unit}' if unit else ''}"
    say(f"✓ challenge: {here.name(release)} {said} in {environment} (event {event.number})")
    here.tell()


@registry.command()
@_release
@_url
@_releases
@_person
@_environment
@click.option("--end", is_flag=True, help="It is shadow no longer.")
@_follows
@_note
def shadow(
    reference: str | None,
    url: str | None,
    releases: str | None,
    person: str | None,
    environment: str,
    *,
    end: bool,
    follows: int | None,
    note: str,
) -> None:
    """Let RELEASE be asked and logged beside the champion, and never heard."""
    here = _Here(url, releases, person)
    release = here.prepared(reference)
    settings: dict[str, Any] = {"person": here.person, "follows": follows, "note": note}
    if end:
        event = here.registry.withdraw(release, environment, **settings)
    else:
        event = here.registry.shadow(release, environment, **settings, progress=progress())
    said = "is shadow no longer" if end else "is shadow"
    say(f"✓ shadow: {here.name(release)} {said} in {environment} (event {event.number})")
    here.tell()


@registry.command()
@click.argument("reference", metavar="RELEASE")
@_url
@_releases
@_person
@_everywhere
@_reason
def suspend(
    reference: str, url: str | None, releases: str | None, person: str | None, environment: str, reason: str
) -> None:
    """Take RELEASE out until it is signed again; where it was champion, the one before answers again."""
    here = _Here(url, releases, person)
    release = here.registry.find(reference)
    before = here.registry.state(release.model).environments
    event = here.registry.suspend(release, person=here.person, reason=reason, environment=environment)
    say(f"✓ suspend: {here.name(release)} in {environment or 'every environment'} (event {event.number})")
    now = here.registry.state(release.model).environments
    for where, was in before.items():
        if was.champion == release.digest and now[where].champion != was.champion:
            champion = now[where].champion
            said = (
                f"{here.name(release, champion)} is champion again"
                if champion
                else "there is no champion now"
            )
            say(f"  {where}: {said}")
    here.tell()


@registry.command()
@click.argument("reference", metavar="RELEASE")
@_url
@_releases
@_person
@_everywhere
@_reason
@_follows
def retire(
    reference: str,
    url: str | None,
    releases: str | None,
    person: str | None,
    environment: str,
    reason: str,
    follows: int | None,
) -> None:
    """Take RELEASE out of service for good."""
    here = _Here(url, releases, person)
    release = here.registry.find(reference)
    event = here.registry.retire(
        release, person=here.person, reason=reason, environment=environment, follows=follows
    )
    say(f"✓ retire: {here.name(release)} in {environment or 'every environment'} (event {event.number})")
    here.tell()


@click.command()
@_url
@_releases
@_person
@_environment
@_model
@click.option("--reason", default="", help="Why.")
@_follows
def rollback(
    url: str | None,
    releases: str | None,
    person: str | None,
    environment: str,
    model: str | None,
    reason: str,
    follows: int | None,
) -> None:
    """Deployment: make the champion before champion again."""
    here = _Here(url, releases, person)
    name = model or here.model()
    event = here.registry.rollback(name, environment, person=here.person, reason=reason, follows=follows)
    from interlock.release.registry import Named

    folder = here.name(Named(name, event.release))
    say(f"✓ rollback: {folder} is champion in {environment} again (event {event.number})")
    here.tell()


registry.add_command(rollback)


@registry.command()
@_url
@_releases
@_model
@click.option("--log-only", is_flag=True, help="Leave the releases themselves unread.")
def verify(url: str | None, releases: str | None, model: str | None, *, log_only: bool) -> None:
    """Check the log's chain, and each byte of the releases that have a part. Exit code 1: changed."""
    from interlock.verifying import models
    from interlock.verifying import verify as run

    here = _Here(url, releases, None)
    whole = True
    for each in [model] if model else models(here.registry, here.project):
        lines, sound = run(here.registry, here.project, each, log_only=log_only, progress=progress())
        whole = whole and sound
        for line in lines:
            say(line)
    raise SystemExit(0 if whole else 1)


@registry.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@_url
@_releases
@click.option("--key", envvar="INTERLOCK_KEY", default="", help="An API key that may know versions.")
@click.option("--each-other", is_flag=True, help="Compare the servers with one another alone.")
def running(
    urls: tuple[str, ...], url: str | None, releases: str | None, key: str, *, each_other: bool
) -> None:
    """Compare what servers at URL run with what the registry says. Exit code 1: it differs."""
    from interlock.running import ask, compared

    found = [ask(each, key) for each in urls]
    lines, sound = compared(found, None if each_other else _Here(url, releases, None).registry)
    for line in lines:
        say(line)
    raise SystemExit(0 if sound else 1)


@registry.command()
@click.argument("reference", metavar="RELEASE")
@click.argument("into", default=".", type=click.Path(path_type=Path, file_okay=False))
@_url
@_releases
def fetch(reference: str, into: Path, url: str | None, releases: str | None) -> None:
    """Bring RELEASE from the store into the folder INTO, verified, whole or not at all."""
    here = _Here(url, releases, None)
    place = here.registry.fetch(here.registry.find(reference).digest, into, progress=progress())
    say(f"✓ fetch: {os.path.relpath(place)}")


@registry.command()
def mirror() -> None:
    """Tell MLflow, git and the webhooks what they have not got yet. Exit code 1: something is left."""
    from interlock.cli.terminal import project
    from interlock.mirroring import tell

    left, told = 0, tell(project(), progress=progress())
    if not told:
        say("· mirror: `webhooks`, `git` and `mlflow` of [registry] are empty, or no release is registered")
    for each in told:
        left += each.left
        mark = "!" if each.left else "✓"
        rest = f", {each.left} left: {each.trouble}" if each.left else ""
        say(f"{mark} {each.mirror}: {each.model}, {each.sent} events told{rest}")
    raise SystemExit(1 if left else 0)


class _Here:
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

    def tell(self) -> None:
        """Let the mirrors be told in a process of their own: nobody waits for them."""
        if self.project is not None and self.registry.log.database.url == self._own():
            from interlock.mirroring import begin

            begin(self.project)

    def _own(self) -> str:
        from interlock.registering import registry_of

        return registry_of(self.project).log.database.url if self.project else ""
