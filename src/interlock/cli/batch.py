"""`score` and `schedule`: whole tables, and what runs without anybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from interlock.cli.terminal import progress, project, say

__all__ = ["schedule", "score"]


@click.command()
@click.argument("source")
@click.argument("destination")
@click.option("--release", type=click.Path(path_type=Path), help="By default the project's newest.")
@click.option("--keep", help="Columns to take along, such as id,day.")
@click.option("--absent", help="Inputs that SOURCE is known not to have; they count as missing.")
@click.option("--format", "kind", type=click.Choice(["parquet", "csv", "jsonl"]), default="parquet")
@click.option("--explain", type=int, default=0, help="How many reasons to give for each prediction.")
@click.option("--sql", help="A query over the source, which is called `data`.")
@click.option("--encoding", default="utf-8", help="Of a CSV that is not UTF-8, such as latin-1.")
@click.option("--rows-a-part", type=int, default=1_000_000, help="Rows that are written at a time.")
@click.option("--workers", type=int, default=1, help="Processes of this machine.")
@click.option("--cluster", help="The address of a Dask scheduler that scores, such as tcp://10.0.0.1:8786.")
@click.option("--environment", help="Outside dev both roles must have signed.")
@click.option("--anew", is_flag=True, help="Remove the results of another run first.")
@click.option(
    "--openlineage",
    "lineage",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for openlineage.jsonl; by default .interlock/score of the project.",
)
def score(source: str, destination: str, *, keep: str | None, absent: str | None, **options: Any) -> None:
    """Deployment: predict all rows of SOURCE into DESTINATION, each exactly once.

    SOURCE is a file, a glob or an address; DESTINATION a folder, an address in a bucket, or a database with
    ?table=NAME. The same command again goes on where it stopped.
    """
    from interlock.scoring import score as run

    options |= {"keep": _names(keep), "absent": _names(absent)}
    done = run(source, destination, progress=progress(), **options)
    say(f"{'·' if done.nothing_new else '✓'} score: {done.summary}\n  {done.destination}")


@click.command()
@click.argument("system", type=click.Choice(["cron", "kubernetes", "airflow", "github"]))
@click.option("--retrain", default="weekly", help="When to run the stages again: a word, a cron line, never.")
@click.option("--monitor", default="hourly", help="When to monitor: hourly, daily, a cron line, never.")
@click.option("--score", nargs=2, metavar="SOURCE DESTINATION", help="What to score, and where to.")
@click.option("--score-at", default="daily", help="When to score.")
@click.option("--retrain-on-alarm", is_flag=True, help="Let an alarm be followed by `interlock run`.")
@click.option("--zone", default="UTC", help="The time zone of all times, such as Europe/Oslo.")
@click.option("--image", help="For kubernetes: an image that holds interlock[lab].")
@click.option("--print", "printed", is_flag=True, help="Print it, and write no file.")
def schedule(system: str, *, image: str | None, printed: bool, **asked: Any) -> None:
    """Deployment: write when what runs, in the form of cron, Kubernetes, Airflow or GitHub Actions."""
    from interlock.deploy.schedule import schedule as made
    from interlock.deploy.schedule import text, write

    here = project()
    for name in ("retrain", "monitor"):
        asked[name] = None if asked[name] == "never" else asked[name]
    jobs = made(here.config.project.name, **(asked | {"score": asked["score"] or ()}))
    if printed:
        click.echo(text(system, jobs, here.root, image=image), nl=False)  # type: ignore[arg-type]
        return
    path = write(system, jobs, here.root, image=image)  # type: ignore[arg-type]
    say(
        "\n".join(
            [
                f"✓ schedule: {os.path.relpath(path)}",
                *(f"  {job.name}: {job.when.expression}" for job in jobs.jobs),
            ]
        )
    )


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
