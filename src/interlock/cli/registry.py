"""`interlock registry` and `interlock rollback`: who answers where, decided by people and written down."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interlock.cli.here import Here, acting, addressed, reading
from interlock.cli.terminal import progress, say

if TYPE_CHECKING:
    from interlock.release.registry import Event

__all__ = ["registry", "rollback"]

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
@acting
@_note
def register(here: Here, reference: str | None, note: str) -> None:
    """Keep RELEASE, a folder, and note how it was validated and who has signed it."""
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
@reading
@_model
def list_(here: Here, model: str | None) -> None:
    """Show every release and its part in each environment."""
    from interlock.release.registry.listing import listing

    models = [model] if model else here.registry.models()
    say(
        "\n\n".join(listing(each, here.registry.state(each)) for each in models)
        or "no release is registered yet"
    )


@registry.command()
@reading
@_model
def log(here: Here, model: str | None) -> None:
    """Show every event, the latest last."""
    from interlock.release.registry.log import words

    for each in [model] if model else here.registry.models():
        say(each)
        for event in here.registry.events(each):
            say(f"  {words(event)}")


@registry.command()
@_release
@acting
@_environment
@click.option("--solo", is_flag=True, help="Register, sign in both roles with your one key, and deploy.")
@_follows
@_note
def deploy(
    here: Here,
    reference: str | None,
    environment: str,
    *,
    solo: bool,
    follows: int | None,
    note: str,
) -> None:
    """Make RELEASE the champion: it answers. By default the project's newest, registered if it was not."""
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
    _and_done(here, event)


@registry.command()
@_release
@acting
@_environment
@click.option("--share", type=float, default=0.1, show_default=True, help="Its share, between 0 and 1.")
@click.option(
    "--unit", default="", help="The column whose value decides who answers; else as before, or by chance."
)
@click.option("--end", is_flag=True, help="It is challenger no longer.")
@_follows
@_note
def challenge(
    here: Here,
    reference: str | None,
    environment: str,
    share: float,
    unit: str,
    *,
    end: bool,
    follows: int | None,
    note: str,
) -> None:
    """Let RELEASE answer a share of the requests beside the champion."""
    change: Callable[..., Event]
    if end:
        change, said = partial(here.registry.withdraw, part="challenger"), "is challenger no longer"
    else:
        part: dict[str, Any] = {"alias": "challenger", "share": share, "unit": unit, "progress": progress()}
        change = partial(here.registry.deploy, **part)
        said = f"answers {share * 100:.4g} %{{unit}}"
    _change_part(here, "challenge", reference, environment, change, said, follows=follows, note=note)


@registry.command()
@_release
@acting
@_environment
@click.option("--end", is_flag=True, help="It is shadow no longer.")
@_follows
@_note
def shadow(
    here: Here,
    reference: str | None,
    environment: str,
    *,
    end: bool,
    follows: int | None,
    note: str,
) -> None:
    """Let RELEASE be asked and logged beside the champion, and never heard."""
    end_it, begin = partial(here.registry.withdraw, part="shadow"), here.registry.shadow
    change = end_it if end else partial(begin, progress=progress())
    said = "is shadow no longer" if end else "is shadow"
    _change_part(here, "shadow", reference, environment, change, said, follows=follows, note=note)


def _change_part(
    here: Here,
    verb: str,
    reference: str | None,
    environment: str,
    change: Callable[..., Event],
    said: str,
    **settings: Any,
) -> None:
    release = here.prepared(reference)
    event = change(release, environment, person=here.person, **settings)
    unit = (
        here.registry.state(release.model).environments[environment].unit
    )  # which an earlier event may have set
    told = said.format(unit=f", by {unit}" if unit else "")
    say(f"✓ {verb}: {here.name(release)} {told} in {environment} (event {event.number})")
    _and_done(here, event)


def _and_done(here: Here, event: Event) -> None:
    """Say which parts ended with an event that does not name them, and let the mirrors be told."""
    for line in here.ended(event):
        say(f"  {line}")
    here.tell()


@registry.command()
@click.argument("reference", metavar="RELEASE")
@acting
@_everywhere
@_reason
def suspend(here: Here, reference: str, environment: str, reason: str) -> None:
    """Take RELEASE out until it is signed again; where it was champion, the one before answers again."""
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
    _and_done(here, event)


@registry.command()
@click.argument("reference", metavar="RELEASE")
@acting
@_everywhere
@_reason
@_follows
def retire(
    here: Here,
    reference: str,
    environment: str,
    reason: str,
    follows: int | None,
) -> None:
    """Take RELEASE out of service for good."""
    release = here.registry.find(reference)
    event = here.registry.retire(
        release, person=here.person, reason=reason, environment=environment, follows=follows
    )
    say(f"✓ retire: {here.name(release)} in {environment or 'every environment'} (event {event.number})")
    _and_done(here, event)


@click.command()
@acting
@_environment
@_model
@click.option("--reason", default="", help="Why.")
@_follows
def rollback(
    here: Here,
    environment: str,
    model: str | None,
    reason: str,
    follows: int | None,
) -> None:
    """Deployment: make the champion before champion again."""
    name = model or here.model()
    event = here.registry.rollback(name, environment, person=here.person, reason=reason, follows=follows)
    from interlock.release.registry import Named

    folder = here.name(Named(name, event.release))
    say(f"✓ rollback: {folder} is champion in {environment} again (event {event.number})")
    _and_done(here, event)


registry.add_command(rollback)


@registry.command()
@reading
@_model
@click.option("--log-only", is_flag=True, help="Leave the releases themselves unread.")
def verify(here: Here, model: str | None, *, log_only: bool) -> None:
    """Check the log's chain, and each byte of the releases that have a part. Exit code 1: changed."""
    from interlock.verifying import models
    from interlock.verifying import verify as run

    whole = True
    for each in [model] if model else models(here.registry, here.project):
        lines, sound = run(here.registry, here.project, each, log_only=log_only, progress=progress())
        whole = whole and sound
        for line in lines:
            say(line)
    raise SystemExit(0 if whole else 1)


@registry.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@addressed
@click.option("--key", envvar="INTERLOCK_KEY", default="", help="An API key that may know versions.")
@click.option("--each-other", is_flag=True, help="Compare the servers with one another alone.")
def running(
    urls: tuple[str, ...], url: str | None, releases: str | None, key: str, *, each_other: bool
) -> None:
    """Compare what servers at URL run with what the registry says. Exit code 1: it differs."""
    from interlock.running import ask, compared

    found = [ask(each, key) for each in urls]
    lines, sound = compared(found, None if each_other else Here(url, releases, None).registry)
    for line in lines:
        say(line)
    raise SystemExit(0 if sound else 1)


@registry.command()
@click.argument("reference", metavar="RELEASE")
@click.argument("into", default=".", type=click.Path(path_type=Path, file_okay=False))
@reading
def fetch(here: Here, reference: str, into: Path) -> None:
    """Bring RELEASE from the store into the folder INTO, verified, whole or not at all."""
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
