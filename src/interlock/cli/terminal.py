"""How commands speak: a line that moves on a terminal, silence in a pipe, errors with a next step."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from interlock.project import Project
    from interlock.stages import Outcome

__all__ = ["fail", "progress", "project", "say", "show"]


def project() -> Project:
    """Return the project that this folder is in."""
    from interlock.project import find

    return find()


def show(outcome: Outcome) -> None:
    """Say what running a stage came to."""
    mark = "·" if outcome.skipped else "✓"
    say(f"{mark} {outcome.stage}: {outcome.summary}\n  {os.path.relpath(outcome.path)}")
    for warning in outcome.warnings:
        say(f"  ! {warning}")


def say(text: str) -> None:
    """Print a line."""
    _clear()
    click.echo(text)


def progress() -> Callable[[str], None]:
    """Show one line that moves on a terminal; say nothing in a pipe."""
    if not sys.stderr.isatty():
        return lambda _: None

    def move(text: str) -> None:
        width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
        sys.stderr.write(f"\r\x1b[2K\x1b[2m{text[:width]}\x1b[0m")
        sys.stderr.flush()

    return move


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()


def fail(text: str, code: int) -> NoReturn:
    """Print an error and end with `code`."""
    _clear()
    sys.stderr.write(f"interlock: {text}\n")
    raise SystemExit(code)
