"""Runs the stages of a project: each takes what the one before left; nothing is done twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from interlock.config import FILE, write_setting
from interlock.edited import keep
from interlock.errors import InputError, ProjectError
from interlock.parting import part, rows_of
from interlock.profile import Profile
from interlock.project import Project, digest
from interlock.searching import candidates_of, place_of, searched, with_model
from interlock.suspicion import named, opened, require_answers, suspected, suspects_of, unanswered
from interlock.verdict import empty_slices, in_production, let_pass, looked, retold
from interlock.watching import Watched, watched

if TYPE_CHECKING:
    from interlock.explore import Exploration
    from interlock.explore.budget import Budget
    from interlock.validate import Validation
    from interlock.validate.suspect import Suspect

__all__ = [
    "RUN",
    "Outcome",
    "develop",
    "explore",
    "monitor",
    "release",
    "sign",
    "validate",
]

Progress = Callable[[str], None]

#: The stages that `interlock run` runs in a row.
RUN = ("explore", "develop", "validate", "release")
_STOPPED = "stopped; the best so far is saved: {}\n  next: `interlock develop` goes on from there"


class Outcome(NamedTuple):
    """What running a stage came to.

    Args:
        stage: Its name.
        summary: One line for people.
        path: What to open next: a report, a card, a folder.
        skipped: Whether nothing had changed, so that the earlier result stands.
        warnings: What somebody should look at, one line each.
    """

    stage: str
    summary: str
    path: Path
    skipped: bool = False
    warnings: tuple[str, ...] = ()


def _quiet(_: str) -> None:
    pass


def explore(
    project: Project,
    *,
    cluster: str | None = None,
    progress: Progress = _quiet,
    max_memory: str | None = None,
    max_seconds: float | None = None,
) -> Outcome:
    """Seal the holdout, profile the rest, learn the contract and write the findings.

    The contract is written to `contract.toml`. What people edited there is never overwritten: from then on a
    run leaves what it would have learned in `contract.learned.toml` beside it, and changes only columns of
    which `interlock.toml` says something else than before.

    Args:
        project: With an `[explore]` that may hold limits.
        cluster: The address of a Dask scheduler whose workers profile; they see the project's folder.
        progress: Told what is being done.
        max_memory: Goes before the project's.
        max_seconds: Goes before the project's; the sealing of the holdout counts.
    """
    folder = project.folder("explore")
    report = folder / "report.html"
    inputs = project.inputs("explore")
    if project.is_current("explore"):
        return _skipped(project, "explore", report)

    from interlock.explore import explore as run
    from interlock.table import executor

    budget = _budget(project, max_memory, max_seconds)
    progress("reading the table and sealing the holdout")
    train, holdout, explanation = part(project)
    progress("profiling, and looking for what matters")
    data = project.config.data
    with executor(cluster) if cluster else nullcontext() as workers:
        exploration = run(
            train,
            target=data.target,
            time=data.time,
            ids=data.ids,
            ignore=data.ignore,
            group=project.config.held_apart,
            clean=project.config.clean,
            executor=workers,
            progress=lambda done, rows: progress(f"profiled {done:,} of {rows:,} rows"),
            budget=budget,
        )
    note = keep(project, exploration.contract)
    exploration.save(folder)
    exploration.report(report)
    asked = len(exploration.proposals)
    explanation += _apart(project)
    steps = f"; {asked} cleaning step{'s' if asked > 1 else ''} proposed: `interlock clean`" if asked else ""
    exact = _exactness(exploration) if budget.memory or budget.seconds else ""
    leaks = named(exploration, data.confirmed)
    summary = f"{len(exploration.findings)} findings{leaks}; {explanation}{exact}{note}{steps}"
    suspects = suspects_of(exploration, ())
    parts = {"train": train.fingerprint(), "holdout": holdout.fingerprint(), "suspects": digest(*suspects)}
    project.finish("explore", inputs=inputs, output=exploration.profile.digest, summary=summary, parts=parts)
    return Outcome("explore", summary, report)


def _apart(project: Project) -> str:
    """Say that a model does not learn the groups by which the holdout is parted: it will meet others."""
    group = project.config.held_apart
    if group is None or project.contract()[group].role != "id":
        return ""
    return f"; `{group}` names the groups, so it is no input"


def _exactness(exploration: Exploration) -> str:
    fewer = exploration.sampled < exploration.profile.rows
    relations = f"; relations were measured on {exploration.sampled:,} of them" if fewer else ""
    return f"; {exploration.exactness}{relations}"


def develop(
    project: Project,
    *,
    cluster: str | None = None,
    progress: Progress = _quiet,
    **asked: float | str | tuple[str, ...] | None,
) -> Outcome:
    """Compare the candidates on the training rows and compile the winner.

    A search that was stopped or killed is taken up again, as long as everything is as it was.

    Args:
        project: With a `[develop]` that says what may be tried.
        cluster: The address of a Dask scheduler whose workers run the trials; they see the project's folder.
        progress: Told what is being done.
        asked: Settings that go before those of `[develop]`; a `model` is kept in `interlock.toml`.

    Raises:
        KeyboardInterrupt: Ctrl-C; the best so far is kept as the stage's result.
    """
    begun = time.monotonic()
    model = asked.pop("model", None)
    if model:
        project = with_model(project, str(model))
    folder = project.folder("develop")
    report = folder / "report.html"
    inputs = project.inputs("develop")
    settings = msgspec.structs.replace(
        project.config.develop, **{name: value for name, value in asked.items() if value}
    )
    search = place_of(folder, digest(inputs, settings))
    if project.is_current("develop") and not search.exists():
        skipped = _skipped(project, "develop", report)
        return skipped._replace(summary=skipped.summary + unanswered(project))

    from interlock.table import executor

    progress("checking the training rows against the contract")
    candidates = settings.candidates if asked.get("candidates") else candidates_of(project, settings)
    with executor(cluster) if cluster else nullcontext() as workers:
        development = searched(project, settings, candidates, begun, search, workers, progress)
    if model:  # only now: a file that cannot be used must not stand in the way of the next run
        write_setting(project.root / FILE, "develop", "model", str(model))
    development.save(folder)
    development.report(report)
    interrupted, summary = development.interrupted, development.summary
    project.finish(
        "develop",
        inputs=inputs,
        output=development.digest,
        summary=f"interrupted, the best so far: {summary}" if interrupted else summary,
        interrupted=interrupted,
    )
    if interrupted:  # what is still to be run must not run
        raise KeyboardInterrupt(_STOPPED.format(summary))
    shutil.rmtree(search, ignore_errors=True)
    return Outcome("develop", summary + unanswered(project), report)


def validate(project: Project, *, against: Path | None = None, progress: Progress = _quiet) -> Outcome:
    """Open the holdout, measure, judge by the gates and write the model card.

    Args:
        project: With a developed model.
        against: The release to compare with; goes before the project's.
        progress: Told what is being done.

    Raises:
        GateError: if a gate failed; the evidence and the card are written all the same, and where nothing
            has changed the verdict is told again without another look at the holdout. If nobody answered for
            a suspected leak the holdout stays closed.
    """
    folder = project.folder("validate")
    card = folder / "card.html"
    inputs = project.inputs("validate")
    if project.is_current("validate"):
        before = retold(project)
        let_pass(before, card, earlier=project.records()["validate"].done_at)
        return _skipped(project, "validate", card)._replace(warnings=empty_slices(before))

    suspects = suspected(project)
    require_answers(project, suspects)
    progress("opening the holdout")
    validation = _validated(project, suspects, against, progress)
    validation.save(folder)
    validation.report(card)
    project.finish(
        "validate",
        inputs=inputs,
        output=validation.digest,
        summary=validation.summary,
        failed=[gate.name for gate in validation.gates if not gate.passed],
    )
    let_pass(validation, card)
    return Outcome("validate", validation.summary, card, warnings=empty_slices(validation))


def _validated(
    project: Project, suspects: tuple[Suspect, ...], against: Path | None, progress: Progress
) -> Validation:
    from interlock.develop import Development
    from interlock.validate import validate as run

    config, development = project.config, Development.load(project.folder("develop"))
    return run(
        development,
        rows_of(project, "holdout"),
        project.contract(),
        profile=Profile.from_bytes((project.folder("explore") / "profile.bin").read_bytes()),
        train=rows_of(project, "train"),
        gates=config.gates,
        against=in_production(project, development.digest, against, progress),
        slices=config.slices,
        slice_rows=config.slice_rows,
        refit_seconds=config.refit_seconds,
        progress=progress,
        history=opened(project, development.digest, suspects),
        said=config.card,
    )


def release(project: Project, *, progress: Progress = _quiet) -> Outcome:
    """Write the release: model, contract, profile, golden rows, evidence, card, environment."""
    inputs = project.inputs("release")
    if project.is_current("release"):
        return _skipped(project, "release", project.release("release"))

    from interlock.develop import Development
    from interlock.explore import Exploration
    from interlock.handoff import release as run

    progress("writing the release")
    explored = Exploration.load(project.folder("explore"))
    written = run(
        project.root / "releases",
        name=project.config.project.name,
        exploration=replace(explored, contract=project.contract()),
        development=Development.load(project.folder("develop")),
        validation=retold(project),
    )
    size = sum(file.stat().st_size for file in written.path.rglob("*") if file.is_file())
    summary = f"{written.path.name}, {size / 1e6:.1f} MB, {len(written.golden)} golden rows"
    project.finish(
        "release", inputs=inputs, output=str(written.path.relative_to(project.root)), summary=summary
    )
    return Outcome("release", summary, written.path)


def sign(project: Project, person: str, *, roles: Sequence[str] = (), key: Path | None = None) -> Outcome:
    """Sign the newest release by role; see `interlock.signing.sign`."""
    from interlock.signing import sign as run

    seen = looked(project)
    signatures = run(project, person, roles=roles, key=key)
    summary = ", ".join(each.words for each in signatures) + seen
    project.finish("sign", inputs=project.inputs("sign"), output=digest(summary), summary=summary)
    return Outcome("sign", summary, project.release("sign") / "signatures")


def monitor(
    project: Project,
    *,
    ledger: str | None = None,
    release: Path | None = None,
    progress: Progress = _quiet,
) -> tuple[Outcome, int]:
    """Compare the ledger with the release that answers: the registry's champion, else the newest.

    The report on any but the newest has a folder of its own and leaves the state of the stages as it was.

    Args:
        project: The project.
        ledger: Another ledger than the project's, or where one was shipped to.
        release: Another release.
        progress: Told of each step.

    Returns:
        What it came to, and the exit code for schedulers: 0 calm, 1 an alarm.
    """
    of = Watched(release, is_newest=False) if release else watched(project, progress=progress)
    folder = project.folder("monitor") / ("" if of.is_newest else of.path.resolve().name)
    report = folder / "report.html"
    inputs = project.inputs("monitor")
    if ledger is None and of.is_newest and project.is_current("monitor"):
        from interlock.monitor import load

        skipped = _skipped(project, "monitor", report)._replace(warnings=of.warnings)
        return skipped, load(folder).exit_code

    from interlock.monitor import monitor as run

    progress("reading the ledger")
    monitoring = run(of.path, ledger or project.ledger, progress=progress)
    monitoring.save(folder)
    monitoring.report(report)
    if of.is_newest:
        project.finish("monitor", inputs=inputs, output=monitoring.digest, summary=monitoring.summary)
    summary = f"{of.role}: {monitoring.summary}" if of.role else monitoring.summary
    return Outcome("monitor", summary, report, warnings=of.warnings), monitoring.exit_code


def _skipped(project: Project, stage: str, path: Path) -> Outcome:
    return Outcome(stage, project.records()[stage].summary, path, skipped=True)


def _budget(project: Project, max_memory: str | None, max_seconds: float | None) -> Budget:
    """Return what was asked for, else what `[explore]` allows; an error there names the setting."""
    from interlock.explore.budget import budget_of

    limits = project.config.explore
    for name, asked in (("max_memory", max_memory), ("max_seconds", max_seconds)):
        try:
            if not asked:
                budget_of(**{name: getattr(limits, name)})
        except InputError as error:
            where = f"{FILE}, [explore] {name}"
            raise ProjectError(error.what, where=where, got=error.got, next_step=error.next_step) from error
    return budget_of(max_memory or limits.max_memory, max_seconds or limits.max_seconds)
