"""`interlock deploy`: files for images and platforms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from interlock.cli.terminal import progress, project, say

__all__ = ["deploy"]

_PLATFORMS = ("docker", "kubernetes", "kserve", "sagemaker", "vertex", "azureml", "cloudrun")
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("platform", type=click.Choice(_PLATFORMS))
@click.option("--release", type=_PATH, help="The release; by default the project's newest.")
@click.option("--into", type=_PATH, help="The folder of deployment files; by default deploy.")
@click.option("--image", help="The image's address without a tag, such as ghcr.io/acme/flights.")
@click.option("--environment", help="Where it runs: policy must allow that; else dev.")
@click.option(
    "--extra", "extras", multiple=True, help="docker: an extra of Interlock, beside those of [deploy]."
)
@click.option("--wheels", type=_PATH, help="docker: a folder of all wheels, where no index can be reached.")
@click.option("--champion", type=_PATH, help="kserve: the release that answers, to try this one beside it.")
@click.option("--percent", type=int, help="kserve: of the requests, for the release that is tried.")
def deploy(platform: str, **asked: Any) -> None:
    """Deployment: write the files that run a release on PLATFORM. What you edited is left alone."""
    from interlock.deploying import deploy as run

    progress()("asking pip for the wheels" if platform == "docker" else "writing")
    done, notes = run(project(), platform, **asked)
    new = len(done.written)
    counted = f"{new} file{'' if new == 1 else 's'} written, {len(done.unchanged)} as before"
    say(f"✓ deploy: {platform}, {counted}\n  {os.path.relpath(done.folder)}")
    for path in done.kept:
        say(f"  ! {path} was edited and is left alone; what would have been written: {path}.new")
    for path in done.removed:
        say(f"  - {path} is no longer needed and was removed")
    for note in notes:
        say(f"  ! {note}")
