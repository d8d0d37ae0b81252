"""The command line: one function a verb, everything heavy imported inside.

Exit codes: 0 done; 1 `monitor` raised an alarm, `rebuild` came to another model, or `registry verify` found
something changed; 2 an
error that says what to do next; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from interlock.cli.batch import schedule, score
from interlock.cli.conform import conform
from interlock.cli.deploy import deploy
from interlock.cli.keys import keys
from interlock.cli.ledger import ledger
from interlock.cli.registry import registry, rollback
from interlock.cli.terminal import fail, progress, project, say, show
from interlock.errors import InterlockError

__all__ = ["app", "main"]


class _InOrder(click.Group):
    """Lists the commands in the order of the stages, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(cls=_InOrder)
def app() -> None:
    """One prediction problem, from a raw table to a monitored production API."""


def main() -> None:
    """Run the command line; an error of ours is printed without a traceback and exits with 2."""
    try:
        app(standalone_mode=False, auto_envvar_prefix="INTERLOCK")
    except click.exceptions.Exit as done:
        raise SystemExit(done.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from None
    except InterlockError as error:
        fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stop:
        said = str(stop if isinstance(stop, KeyboardInterrupt) else stop.__cause__ or "")
        fail(said or "stopped; what was done before is kept", 130)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "interlock":
            raise
        fail(
            f"this command needs the lab, and `{error.name}` is not installed\n"
            "  next: pip install 'interlock[lab]'",
            2,
        )
    except OSError as error:
        where = f"\n  where: {error.filename}" if error.filename else ""
        fail(f"the system refused: {error.strerror or error}{where}\n  next: mend that, then try again", 2)


_force = click.option("--force", is_flag=True, help="Run again although nothing has changed.")


@app.command()
@click.argument("source")
@click.option("--target", help="The column to predict.")
@click.option("--time", help="The column that says when a row happened.")
@click.option("--sql", help="A query over the source, which is called `data`.")
@click.option("--encoding", help="Of a CSV that is not UTF-8, such as latin-1.")
@click.option("--name", help="What the releases are called.")
def init(source: str, **settings: str | None) -> None:
    """Begin a project here: write interlock.toml for SOURCE, a file, a glob or an address."""
    from interlock.beginning import init as run

    path = run(Path.cwd(), source, **settings)
    click.echo(f"wrote {path}\nnext: interlock explore")


@app.command()
@_force
@click.option("--cluster", help="The address of a Dask scheduler that profiles, such as tcp://10.0.0.1:8786.")
@click.option("--max-memory", metavar="SIZE", help="Stay below this, such as 500MB; say how exact that is.")
@click.option("--max-seconds", type=float, help="Be done in this time; say how exact that is.")
def explore(*, force: bool, cluster: str | None, **limits: Any) -> None:
    """Data Exploration: profile, contract, findings, report."""
    _stage("explore", force=force or any(limits.values()), cluster=cluster, **limits)


@app.command()
@click.option("--accept", help="Numbers of proposals, such as 1,3; or all.")
@click.option("--remove", help="Numbers of accepted steps, such as a1,a3; or all.")
@click.option("--show", help="The number of a step: its values before and after.")
def clean(accept: str | None, remove: str | None, show: str | None) -> None:
    """Data Exploration: cleaning steps that are proposed and accepted."""
    from interlock import clean as verb

    here = project()
    if accept is not None:
        say(verb.accept(here, accept))
    elif remove is not None:
        say(verb.remove(here, remove))
    else:
        say(verb.listing(here) if show is None else verb.show(here, show))


@app.command()
@_force
@click.option("--cluster", help="The address of a Dask scheduler that tries, such as tcp://10.0.0.1:8786.")
@click.option("--seconds", type=float, help="Be done in this time.")
@click.option("--trials", type=int, help="Try so many settings at most.")
@click.option("--candidates", help="Try these alone, such as linear,lightgbm.")
@click.option("--model", help="A model of your own: an ONNX file, a LightGBM file, a CSV of R's terms.")
@click.option("--metric", help="Compare by this, such as auc or mae.")
@click.option("--latency-us", type=float, help="What one row may take in service, in microseconds.")
@click.option("--size-mb", type=float, help="What the model file may weigh, in megabytes.")
def develop(*, force: bool, cluster: str | None, candidates: str | None, **asked: Any) -> None:
    """Model Development: search for the best candidate, compile it. Ctrl-C keeps the best."""
    if candidates:
        asked["candidates"] = tuple(each.strip() for each in candidates.split(","))
    _stage("develop", force=force or any(asked.values()), cluster=cluster, **asked)


@app.command()
@_force
@click.option("--against", type=click.Path(path_type=Path), help="The release to compare with.")
def validate(*, force: bool, against: Path | None) -> None:
    """Validation: the sealed holdout, the gates, the model card."""
    _stage("validate", force=force or against is not None, against=against)


@app.command()
@_force
def release(*, force: bool) -> None:
    """Hand-off: write the release."""
    _stage("release", force=force)


@app.command()
@click.argument("path", metavar="RELEASE", type=click.Path(path_type=Path))
@click.option("--source", help="The table as it was, where the project's has changed since.")
@click.option("--here", is_flag=True, help="In this environment, and not in a clean one.")
def rebuild(path: Path, *, source: str | None, here: bool) -> None:
    """Train RELEASE again and state the largest difference. Exit code 1: not reproduced."""
    from interlock.rebuild import rebuild as run

    found = run(project(), path, source=source, here=here, progress=progress())
    say(f"{'✓' if found.passed else '!'} {found.sentence}")
    raise SystemExit(0 if found.passed else 1)


@app.command()
@click.option("--as", "person", required=True, help="Your name in interlock.toml.")
@click.option("--role", "roles", multiple=True, help="data_scientist or ml_engineer; else all of yours.")
@click.option("--key", type=click.Path(path_type=Path), help="Your private key.")
def sign(person: str, roles: tuple[str, ...], key: Path | None) -> None:
    """Hand-off: sign the release. The first time, make your key."""
    from interlock.stages import sign as run

    show(run(project(), person, roles=roles, key=key))
    _note(person)


@app.command()
@click.argument("path", required=False, type=click.Path(path_type=Path), envvar="INTERLOCK_RELEASE")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.")
@click.option("--workers", type=int, help="Processes, one a core.")
@click.option("--environment", help="Outside dev both roles must have signed.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The folder of the ledger.")
@click.option("--challenger", "challengers", multiple=True, metavar="PATH=SHARE", help="It answers a share.")
@click.option("--shadow", "shadows", multiple=True, metavar="PATH", help="It is asked, logged, never heard.")
@click.option("--unit", help="The column whose value decides who answers; else by chance.")
@click.option("--plan", type=click.Path(path_type=Path), help="A file that says which releases answer.")
@click.option("--follow", is_flag=True, help="Let the registry say which releases answer.")
@click.option("--registry", metavar="URL", help="Which registry to follow; else the project's.")
@click.option("--releases", help="Where its releases are kept; else as the project says.")
@click.option("--model", help="Which model of the registry; else the project's.")
@click.option("--grpc-port", type=int, help="The port for gRPC, with the extra grpc; 0 takes a free one.")
@click.option("--keys", type=click.Path(path_type=Path), help="The file of the API keys.")
@click.option(
    "--open",
    "everybody",
    is_flag=True,
    envvar="INTERLOCK_SERVE_OPEN",
    help="Predict for whoever reaches the port, without keys.",
)
@click.option("--plain", is_flag=True, help="No TLS, whatever the settings say: a gateway before it ends it.")
@click.pass_context
def serve(context: click.Context, /, path: Path | None, **settings: Any) -> None:
    """Deployment: serve PATH, or the project's newest release."""
    from interlock.serving import serve as run

    named = context.get_parameter_source("path") is not click.core.ParameterSource.ENVIRONMENT
    run(path, brought=not named, **settings)


app.add_command(keys)
app.add_command(deploy)
app.add_command(registry)
app.add_command(rollback)
app.add_command(conform)
app.add_command(score)
app.add_command(schedule)
app.add_command(ledger)


@app.command()
@click.option("--ledger", "address", help="Another ledger, or where one was shipped to.")
@click.option(
    "--release",
    type=click.Path(path_type=Path),
    help="Another release than the registry's champion (or the newest, without one).",
)
def monitor(address: str | None, release: Path | None) -> None:
    """Monitoring: the ledger against the release. Exit code 1 is an alarm."""
    from interlock.stages import monitor as run

    outcome, code = run(project(), ledger=address, release=release, progress=progress())
    show(outcome)
    raise SystemExit(code)


@app.command()
@click.option("--story", is_flag=True, help="Write the story for those who decide, instead.")
def report(*, story: bool) -> None:
    """Write the reports of the finished stages again, or their story as Markdown, HTML and PDF."""
    from interlock import reports

    trouble = ""
    if story:
        written, trouble = reports.story(project())
    else:
        written = reports.report(project())
    for path in written:
        say(f"✓ {os.path.relpath(path)}")
    if trouble:
        say(f"· no PDF: {trouble}")


@app.command()
@click.argument("kind", type=click.Choice(["tableau", "parquet", "csv"]))
def export(kind: str) -> None:
    """Write the explored rows, findings and associations for Tableau, R and others."""
    from interlock.reports import export as run

    say(f"✓ {os.path.relpath(run(project(), kind))}")


@app.command()
@_force
@click.option("--until", help="The last stage to run, such as validate.")
def run(*, force: bool, until: str | None) -> None:
    """Explore, develop, validate, release: each where something changed."""
    from interlock.pipeline import run as pipeline

    pipeline(project(), until=until, force=force, progress=progress(), say=say, show=show)
    if until in (None, "release"):
        _note()


@app.command()
def status() -> None:
    """Show the stages: who leads each, what is done, failed, stopped, stale or waiting."""
    from interlock.status import status as run

    click.echo(run(project()))


@app.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--port", default=8080, help="The service's port; 0 picks a free one.")
def demo(folder: Path, port: int) -> None:
    """Flights out of New York, from two CSV files to a monitored API."""
    from interlock.demo.run import run

    run(folder, port=port, progress=progress(), say=say)


@app.command()
def version() -> None:
    """Print the version."""
    import interlock

    click.echo(interlock.__version__)


def _stage(name: str, *, force: bool, **settings: Any) -> None:
    from interlock import stages
    from interlock.turn import turn

    here = project()
    with turn(here):
        if force:
            here.expire(name)
        show(getattr(stages, name)(here, progress=progress(), **settings))
    if name == "release":
        _note()


def _note(person: str | None = None) -> None:
    """Note in the registry, where the project has one, what was released and signed."""
    from interlock.registering import note

    if said := note(project(), person):
        say(f"  {said}")
