"""`interlock keys`: who may ask the service."""

from __future__ import annotations

from pathlib import Path

import click

from interlock.cli.terminal import project, say

__all__ = ["keys"]

_FILE = click.option("--file", "path", type=click.Path(path_type=Path), help="The file of the keys.")
_DAYS = "Such as 12h, 90d or 1y."


@click.group()
def keys() -> None:
    """Deployment: API keys, shown once and kept as a digest."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="predict (if none is given), outcomes or admin.")
@click.option("--expires", metavar="TIME", help=f"When it ends; else never. {_DAYS}")
@_FILE
def create(name: str, scopes: tuple[str, ...], expires: str | None, path: Path | None) -> None:
    """Make a key for NAME and show it, this once."""
    from interlock.api_keys import create as run

    place, made = run(path or project(), name, scopes=scopes or ("predict",), expires=expires)
    _told(made.secret, f"{made.key.name} may {', '.join(made.key.scopes)}; kept in {place}")


@keys.command("list")
@_FILE
def show(path: Path | None) -> None:
    """List the keys: id, name, scopes, when each was made and ends."""
    from interlock.api_keys import listing

    say(listing(path or project()))


@keys.command()
@click.argument("name")
@click.option("--overlap", default="7d", metavar="TIME", help=f"How long the former is valid. {_DAYS}")
@_FILE
def rotate(name: str, overlap: str, path: Path | None) -> None:
    """Make another key for NAME; the former is valid for a while longer."""
    from interlock.api_keys import rotate as run

    place, made = run(path or project(), name, overlap=overlap)
    _told(made.secret, f"the former key of {name} ends in {overlap}; kept in {place}")


@keys.command()
@click.argument("name")
@_FILE
def revoke(name: str, path: Path | None) -> None:
    """End all keys of NAME, or the one with this id; running services know within a second."""
    from interlock.api_keys import revoke as run

    say(f"✓ revoked {run(path or project(), name)}")


def _told(secret: str, words: str) -> None:
    """Print the key alone on standard output, so that a pipe takes it, and everything else beside it."""
    click.echo(f"✓ {words}\n  nobody can show it again:", err=True)
    click.echo(secret)
