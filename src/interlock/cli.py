"""The command line: one function a verb, everything heavy imported inside.

Exit codes: 0 done; 1 `monitor` raised an alarm; 2 an error that says what to do next; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from interlock.errors import InterlockError

if TYPE_CHECKING:
    from interlock.project import Project
    from interlock.stages import Outcome

__all__ = ["app", "main"]

app = typer.Typer(
    name="interlock",
    help="One prediction problem, from a raw table to a monitored production API.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Force = Annotated[bool, typer.Option("--force", help="Run again although nothing has changed.")]


def main() -> None:
    """Run the command line; an error of ours is printed without a traceback and exits with 2."""
    try:
        app()
    except InterlockError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("stopped; what was done before is kept", 130)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "interlock":
            raise
        _fail(
            f"this command needs the lab, and `{error.name}` is not installed\n"
            "  next: pip install 'interlock[lab]'",
            2,
        )
    except OSError as error:
        _fail(f"the system refused: {error.strerror}\n  where: {error.filename or ''}", 2)


@app.command()
def init(
    source: Annotated[str, typer.Argument(help="A CSV, JSON lines, Parquet or Feather file, or a glob.")],
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    time: Annotated[str | None, typer.Option(help="The column that says when a row happened.")] = None,
    sql: Annotated[str | None, typer.Option(help="A query over the source, which is called `data`.")] = None,
    name: Annotated[str | None, typer.Option(help="What the releases are called.")] = None,
) -> None:
    """Begin a project here: write interlock.toml."""
    from interlock.stages import init as run

    path = run(Path.cwd(), source, target=target, time=time, sql=sql, name=name)
    typer.echo(f"wrote {path}\nnext: interlock explore")


@app.command()
def explore(force: Force = False) -> None:
    """Data Exploration: profile, contract, findings, report."""
    _stage("explore", force=force)


@app.command()
def develop(force: Force = False) -> None:
    """Model Development: compare candidates, compile the winner."""
    _stage("develop", force=force)


@app.command()
def validate(force: Force = False) -> None:
    """Validation: the sealed holdout, the gates, the model card."""
    _stage("validate", force=force)


@app.command()
def release(force: Force = False) -> None:
    """Hand-off: write the release."""
    _stage("release", force=force)


@app.command()
def run(force: Force = False) -> None:
    """Run explore, develop, validate and release, each only where something changed."""
    from interlock.stages import RUN

    for name in RUN:
        _stage(name, force=force)


@app.command()
def sign(
    person: Annotated[str, typer.Option("--as", help="Your name in interlock.toml.")],
    role: Annotated[
        list[str] | None, typer.Option(help="data_scientist or ml_engineer; by default all of yours.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Your private key.")] = None,
) -> None:
    """Hand-off: sign the release by role. The first time, make your key and list it."""
    from interlock.stages import sign as run

    _show(run(_project(), person, roles=role or (), key=key))


@app.command()
def serve(
    path: Annotated[
        Path | None, typer.Argument(help="A release; by default the project's newest.", show_default=False)
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes, one a core.")] = None,
    environment: Annotated[str | None, typer.Option(help="Outside dev both roles must have signed.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="The folder of the ledger.")] = None,
) -> None:
    """Deployment: serve a release until Ctrl-C or SIGTERM."""
    from interlock.stages import serve as run

    run(path, host=host, port=port, workers=workers, environment=environment, ledger=ledger)


@app.command()
def monitor() -> None:
    """Monitoring: the ledger against the release. Exit code 1 is an alarm."""
    from interlock.stages import monitor as run

    outcome, code = run(_project(), progress=_progress())
    _show(outcome)
    raise typer.Exit(code)


@app.command()
def status() -> None:
    """Show the stages: who leads each, what is done, stale or waiting."""
    from interlock.stages import status as run

    typer.echo(run(_project()))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo's project goes.")] = Path("demo"),
    port: Annotated[int, typer.Option(help="The service's port; 0 picks a free one.")] = 8080,
) -> None:
    """Flights out of New York: from two CSV files to a monitored service, in minutes."""
    from interlock.demo.run import run

    run(folder, port=port, progress=_progress(), say=typer.echo)


@app.command()
def version() -> None:
    """Print the version."""
    import interlock

    typer.echo(interlock.__version__)


def _project() -> Project:
    from interlock.project import find

    return find()


def _stage(name: str, *, force: bool) -> None:
    from interlock import stages

    project = _project()
    if force:
        project.forget(name)
    _show(getattr(stages, name)(project, progress=_progress()))


def _show(outcome: Outcome) -> None:
    mark = "·" if outcome.skipped else "✓"
    typer.echo(f"{mark} {outcome.stage}: {outcome.summary}")
    typer.echo(f"  {os.path.relpath(outcome.path)}")


def _progress() -> Callable[[str], None]:
    """Show one line that moves on a terminal; say nothing in a pipe."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(text: str) -> None:
        width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
        sys.stderr.write(f"\r\x1b[2K\x1b[2m{text[:width]}\x1b[0m")
        sys.stderr.flush()

    return show


def _fail(text: str, code: int) -> NoReturn:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
    sys.stderr.write(f"interlock: {text}\n")
    raise SystemExit(code)
