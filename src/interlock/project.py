"""The project: `interlock.toml`, and the folder that remembers which stage was done with what.

A stage is *done* when its record holds the digest of everything it depends on, *failed* when it came to a
verdict that stops what follows, *stale* when something it depends on changed since, and *waiting* when it was
never run. Nothing else is remembered: the state is a function of the files, so it cannot lie.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

import interlock
from interlock import contract as contracts
from interlock.atomic import write_atomically
from interlock.config import FILE, read_config
from interlock.contract import Contract
from interlock.errors import InputError, InterlockError, ProjectError
from interlock.release.signed import signed_releases
from interlock.sources import Seen, as_seen, files_of, look, objects_of

__all__ = ["STAGES", "Project", "Record", "Stage", "State", "digest", "find"]

FOLDER = ".interlock"

Leader = Literal["data scientist", "ML engineer", "both"]


class Stage(msgspec.Struct, frozen=True):
    """One stage: its command, who leads it, and the stage it stands on.

    Args:
        name: The command, such as `explore`.
        title: As people call it.
        leads: Who leads.
        after: The stage whose result it takes; empty for the first.
    """

    name: str
    title: str
    leads: Leader
    after: str = ""


STAGES = (
    Stage("explore", "Data Exploration", "data scientist"),
    Stage("develop", "Model Development", "data scientist", "explore"),
    Stage("validate", "Validation", "data scientist", "develop"),
    Stage("release", "Hand-off: release", "both", "validate"),
    Stage("sign", "Hand-off: signatures", "both", "release"),
    Stage("serve", "Deployment", "ML engineer", "release"),
    Stage("monitor", "Monitoring", "ML engineer", "serve"),
)


class State(NamedTuple):
    """Where one stage of a project stands.

    Args:
        stage: The stage.
        state: `done`, `failed` (its gates stop what follows), `stopped` (by Ctrl-C, with the best so far as
            its result), `stale` (something it depends on has changed), or `waiting`.
        summary: What it left, or what it waits for.
        done_at: When, UTC; empty while it is not done.
        because: What has changed since, where it is stale and that is known.
    """

    stage: Stage
    state: Literal["done", "failed", "stopped", "stale", "waiting"]
    summary: str
    done_at: str = ""
    because: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """What a stage left behind.

    Args:
        inputs: The digest of everything the stage depended on.
        output: The digest of what it left.
        done_at: When, UTC, ISO 8601.
        summary: One line for people.
        parts: Digests of parts of the output on which later stages depend one by one.
        failed: The gates that failed: no later stage takes the output.
        interrupted: Whether Ctrl-C cut it short, so that the output is the best so far.
        given: Digests of what the stage depended on, by names for people.
        seen: Of `explore`: the files of the table as they were.
    """

    inputs: str
    output: str
    done_at: str
    summary: str
    parts: dict[str, str] = {}
    failed: tuple[str, ...] = ()
    interrupted: bool = False
    given: dict[str, str] = {}
    seen: dict[str, Seen] = {}


class Project:
    r"""A folder with an `interlock.toml`.

    Args:
        root: The folder.

    Raises:
        ProjectError: if the file is missing or does not parse.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> text = '[project]\nname = "flights"\n[data]\nsource = "flights.csv"\n'
        >>> _ = (folder / "interlock.toml").write_text(text)
        >>> Project(folder).config.data.source
        'flights.csv'
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        self.config = read_config(self.root / FILE)

    def folder(self, stage: str) -> Path:
        """Return the folder in which `stage` leaves its results."""
        return self.root / FOLDER / stage

    @property
    def contract_path(self) -> Path:
        """The contract, where people edit it."""
        return self.root / "contract.toml"

    def contract(self) -> Contract:
        """Return the contract with the cleaning steps of `interlock.toml`: what trains, validates and serves.

        Raises:
            ContractError: if it cannot be read or contradicts the steps.
            ProjectError: if it has steps of its own.
        """
        edited = contracts.read(self.contract_path)
        if edited.clean:
            raise ProjectError(
                "cleaning steps stand in interlock.toml",
                where=self.contract_path,
                got="[[clean]]",
                next_step=f"move them to {FILE}, or remove them; `interlock clean` writes them there",
            )
        known = {column.name for column in edited.columns}
        steps = (step for step in self.config.clean if not step.column or step.column in known)
        return dataclasses.replace(edited, clean=tuple(steps))

    @property
    def ledger(self) -> Path:
        """The folder of the ledger."""
        return self.root / self.config.serve.ledger

    @property
    def looks(self) -> Path:
        """The record of who opened the holdout; it belongs under version control."""
        return self.root / "holdout.jsonl"

    def records(self) -> dict[str, Record]:
        """Return what each finished stage has left behind; a damaged file counts as nothing done."""
        try:
            return msgspec.json.decode(self._memory.read_bytes(), type=dict[str, Record])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def inputs(self, stage: str) -> str:
        """Return the digest of everything that `stage` depends on, as it is now.

        Raises:
            ProjectError: if the stage before is not done.
        """
        return digest(interlock.__version__, stage, *_INPUTS[stage](self).values())

    def changed(self, stage: str) -> tuple[str, ...]:
        """Return what `stage` depends on and has changed since it was run, by names for people.

        Empty where nothing has, where that is not remembered, or where the stage before has to run first.
        """
        record = self.records().get(stage)
        now = self._given(stage)
        if record is None or not now:
            return ()
        return tuple(name for name, was in record.given.items() if now.get(name) != was)

    def _given(self, stage: str) -> dict[str, str]:
        try:
            values = {"the version of Interlock": interlock.__version__, **_INPUTS[stage](self)}
        except InterlockError:  # a stage before has to run first, or what it depends on cannot be read
            return {}
        return {name: digest(value) for name, value in values.items()}

    def is_current(self, stage: str) -> bool:
        """Tell whether `stage` was run with everything as it is now, whatever it came to."""
        record = self.records().get(stage)
        return record is not None and record.inputs == self.inputs(stage)

    def states(self) -> tuple[State, ...]:
        """Return where each stage stands."""
        done: set[str] = set()
        states = []
        for stage in STAGES:
            states.append(self._state(stage, done))
            if states[-1].state in ("done", "stopped"):
                done.add(stage.name)
        return tuple(states)

    def _state(self, stage: Stage, done: set[str]) -> State:
        record = self.records().get(stage.name)
        if record is None:
            return State(stage, "waiting", f"run `interlock {stage.name}`")
        try:
            current = (not stage.after or stage.after in done) and self.is_current(stage.name)
        except InputError as error:  # the table cannot be reached
            return State(stage, "stale", f"{record.summary}; {error.what}", record.done_at)
        if not current:
            because = self.changed(stage.name) if record.inputs else ()
            return State(stage, "stale", record.summary, record.done_at, because)
        ended: Literal["done", "stopped"] = "stopped" if record.interrupted else "done"
        return State(stage, "failed" if record.failed else ended, record.summary, record.done_at)

    def expire(self, stage: str) -> None:
        """Make `stage` stale: it runs again although nothing has changed; its result stays until then."""
        records = self.records()
        if stage in records:
            self._remember({**records, stage: msgspec.structs.replace(records[stage], inputs="")})

    def finish(
        self,
        stage: str,
        *,
        inputs: str,
        output: str,
        summary: str,
        parts: Mapping[str, str] | None = None,
        failed: Sequence[str] = (),
        interrupted: bool = False,
    ) -> None:
        """Record that `stage` was run, atomically.

        Args:
            stage: Its name.
            inputs: What `inputs(stage)` was when it began.
            output: The digest or name of what it left.
            summary: One line for people.
            parts: Digests of parts of the output.
            failed: The gates that failed.
            interrupted: Whether Ctrl-C cut it short.
        """
        done_at = datetime.now(UTC).isoformat(timespec="seconds")
        record = Record(inputs, output, done_at, summary, dict(parts or {}), tuple(failed), interrupted)
        with suppress(InterlockError, OSError):
            if inputs == self.inputs(stage):  # what has changed while it ran is not what it was made from
                seen = (
                    look(files_of(self.config.data.addresses, self.root), self._seen)
                    if stage == "explore"
                    else {}
                )
                record = msgspec.structs.replace(record, given=self._given(stage), seen=seen)
        self._remember({**self.records(), stage: record})

    @property
    def _seen(self) -> dict[str, Seen]:
        record = self.records().get("explore")
        return record.seen if record else {}

    def output(self, stage: str, needed_by: str, *, current: bool = False) -> str:
        """Return what `stage` left behind.

        Args:
            stage: The stage.
            needed_by: The stage that asks, for the error.
            current: Whether a result that is stale will not do.

        Raises:
            ProjectError: if the stage is not done, or stale where it must not be, or failed.
        """
        record = self.records().get(stage)
        if record is not None and (not current or self.is_current(stage)):
            if record.failed:
                raise self._stopped(stage, needed_by, record.failed)
            return record.output
        because = ", ".join(self.changed(stage)) or "something it depends on"
        trouble = "is not done" if record is None else f"is stale: {because} has changed"
        raise ProjectError(
            f"`{needed_by}` needs the result of `{stage}`, which {trouble}",
            where=self.root,
            next_step=f"run `interlock {stage}` first",
        )

    def _stopped(self, stage: str, needed_by: str, failed: Sequence[str]) -> ProjectError:
        return ProjectError(
            f"`{needed_by}` needs a `{stage}` that passes, and it failed: {', '.join(failed)}",
            where=self.folder(stage) / "card.html",
            next_step="the card says why; improve the data or the model (`interlock develop`), or change a "
            f"threshold in [validate] of {FILE}; then run `interlock {stage}`",
        )

    def release(self, needed_by: str) -> Path:
        """Return the folder of the newest release.

        Raises:
            ProjectError: if there is none.
        """
        return self.root / self.output("release", needed_by)

    def production(self, model: str) -> Path | None:
        """Return the release to compare a model with: what `[validate] against` names, or the newest signed.

        Args:
            model: The model's digest; its own releases are no other to compare with.

        Returns:
            The release's folder; None where there is none, or `against` is `none`.
        """
        named = self.config.against
        if named:
            return None if named == "none" else self.root / named
        return next(iter(signed_releases(self.root / "releases", but=model)), None)

    def _remember(self, records: Mapping[str, Record]) -> None:
        write_atomically(self._memory, msgspec.json.format(msgspec.json.encode(records), indent=2))

    @property
    def _memory(self) -> Path:
        return self.root / FOLDER / "stages.json"


def find(start: str | Path = ".") -> Project:
    """Return the project of `start` or of the nearest folder above it.

    Raises:
        ProjectError: if there is none.
    """
    folder = Path(start).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return Project(candidate)
    raise ProjectError(
        f"there is no {FILE} here or above",
        where=folder,
        next_step="run `interlock init DATA --target COLUMN` to begin a project",
    )


def digest(*parts: object) -> str:
    """Return one digest of several values that JSON can hold.

    Example:
        >>> digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a1")
        (True, False)
    """
    return "sha256:" + hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def _source_files(project: Project) -> list[tuple[str, int, int | str]]:
    """Return name, size and version of each file of the table: cheap, and any change shows.

    A database that is not a file has none: it counts by its address and query alone.
    """
    addresses = project.config.data.addresses
    return [*as_seen(files_of(addresses, project.root), project._seen), *objects_of(addresses)]  # noqa: SLF001 - of this module


def _model_file(project: Project) -> str:
    """Return the digest of the model that is brought along, if there is one."""
    if project.config.develop.model is None:
        return ""
    path = project.root / project.config.develop.model
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(
            "the model cannot be read",
            where=path,
            got=error.strerror,
            next_step=f"mend `model` under [develop] of {FILE}, or remove it",
        ) from error


def _ledger_files(project: Project) -> list[tuple[str, int]]:
    files = sorted(project.ledger.rglob("*.ledger"))
    return [(file.name, file.stat().st_size) for file in files]


def _contract_digest(project: Project) -> str:
    return contracts.digest(project.contract())


def _beside(path: Path | None, root: Path) -> str:
    """Return a path from the project's folder, so that a copy of the project says the same."""
    return os.path.relpath(path, root) if path else ""


#: What each stage depends on, by names for people.
_INPUTS: dict[str, Callable[[Project], dict[str, object]]] = {
    "explore": lambda of: {
        "[data]": msgspec.structs.replace(of.config.data, confirmed=()),
        "[split]": of.config.split,
        "[[clean]]": of.config.clean,
        "[explore]": of.config.explore,
        "the table": _source_files(of),
    },
    "develop": lambda of: {
        "what `explore` left": of.output("explore", "develop", current=True),
        "the training part": of.records()["explore"].parts.get("train"),
        "contract.toml": _contract_digest(of),
        "[develop]": of.config.develop,
        "[features]": tuple(of.config.features.items()),
        "[decision]": of.config.decision,
        "the model file": _model_file(of),
    },
    "validate": lambda of: {
        "what `develop` left": of.output("develop", "validate", current=True),
        "the holdout": of.records()["explore"].parts.get("holdout"),
        "the list of suspected leaks": of.records()["explore"].parts.get("suspects"),
        "[data] confirmed": of.config.data.confirmed,
        "[validate]": of.config.validate,
        "[slices]": of.config.slices,
        "the release to compare with": _beside(of.production(of.output("develop", "validate")), of.root),
    },
    "release": lambda of: {
        "what `validate` left": of.output("validate", "release", current=True),
        "[project]": of.config.project,
        "[card]": of.config.card,
    },
    "sign": lambda of: {"the release": of.output("release", "sign")},
    "serve": lambda of: {"the release": of.output("release", "serve")},
    "monitor": lambda of: {"the release": of.output("release", "monitor"), "the ledger": _ledger_files(of)},
}
