"""The project: `interlock.toml`, and the folder that remembers which stage was done with what.

A stage is *done* when its record holds the digest of everything it depends on, *stale* when something of that
changed since, and *waiting* when the stage before it is not done. Nothing else is remembered: the state is a
function of the files, so it cannot lie.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from interlock.errors import ProjectError

__all__ = [
    "FILE",
    "STAGES",
    "Config",
    "Project",
    "Record",
    "Stage",
    "digest",
    "find",
    "read_config",
    "write_atomically",
]

FILE = "interlock.toml"
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


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Named(_Section, frozen=True):
    """`[project]`.

    Args:
        name: What releases and reports are called.
    """

    name: str


class Data(_Section, frozen=True):
    """`[data]`: where the rows are and what they mean.

    Args:
        source: A file, a glob, or names of sources for `sql`, each a file or a glob.
        target: The column to predict.
        sql: A DuckDB query over the sources; a single source is called `data`.
        time: The column that says when a row happened.
        ids: Columns that only name the row.
        ignore: Columns to leave out.
        encoding: Of CSV files.
    """

    source: str | dict[str, str]
    target: str | None = None
    sql: str | None = None
    time: str | None = None
    ids: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    encoding: str = "utf-8"


class Split(_Section, frozen=True):
    """`[split]`: which rows are sealed away for validation.

    Args:
        by: `time` (the last rows), `random`, `stratified` (by the target) or `group`; by default `time`
            where a time column is declared, else `random`.
        holdout: The sealed share of the rows, between 0 and 1.
        group: The column whose rows stay together, for `group`.
        seed: Of the random kinds.
    """

    by: Literal["time", "random", "stratified", "group"] | None = None
    holdout: float = 0.2
    group: str | None = None
    seed: int = 0


class Develop(_Section, frozen=True):
    """`[develop]`.

    Args:
        seconds: The time budget of the search.
        seed: The same seed gives the same model.
        candidates: Names of the candidates to try; all where empty.
    """

    seconds: float = 60.0
    seed: int = 0
    candidates: tuple[str, ...] = ()


class Serve(_Section, frozen=True):
    """`[serve]`.

    Args:
        host: The address to listen on.
        port: The port to listen on.
        workers: Processes, one a core.
        environment: Outside `dev` both roles must have signed.
        ledger: The folder of the ledger, from the project's folder.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    environment: str = "dev"
    ledger: str = "ledger"


class Person(_Section, frozen=True):
    """`[people.NAME]`: who may sign.

    Args:
        public_key: Ed25519, base64.
        roles: `data_scientist`, `ml_engineer`, or both.
    """

    public_key: str
    roles: tuple[Literal["data_scientist", "ml_engineer"], ...]


class Config(_Section, frozen=True):
    """All of `interlock.toml`. `validate` maps a gate's name to its threshold."""

    project: Named
    data: Data
    split: Split = Split()
    develop: Develop = Develop()
    validate: dict[str, float | str | bool] = {}
    serve: Serve = Serve()
    people: dict[str, Person] = {}


class Record(msgspec.Struct, frozen=True):
    """What a stage left behind.

    Args:
        inputs: The digest of everything the stage depended on.
        output: The digest of what it left.
        done_at: When, UTC, ISO 8601.
        summary: One line for people.
    """

    inputs: str
    output: str
    done_at: str
    summary: str


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

    @property
    def ledger(self) -> Path:
        """The folder of the ledger."""
        return self.root / self.config.serve.ledger

    def records(self) -> dict[str, Record]:
        """Return what each finished stage has left behind; a damaged file counts as nothing done."""
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=dict[str, Record])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def is_current(self, stage: str, inputs: str) -> bool:
        """Tell whether `stage` was done with exactly these inputs."""
        record = self.records().get(stage)
        return record is not None and record.inputs == inputs

    def finish(self, stage: str, *, inputs: str, output: str, summary: str) -> None:
        """Record that `stage` is done, atomically."""
        done_at = datetime.now(UTC).isoformat(timespec="seconds")
        records = {**self.records(), stage: Record(inputs, output, done_at, summary)}
        write_atomically(self._state, msgspec.json.format(msgspec.json.encode(records), indent=2))

    def output(self, stage: str, needed_by: str) -> str:
        """Return the digest of what `stage` left behind.

        Raises:
            ProjectError: if the stage is not done.
        """
        record = self.records().get(stage)
        if record is None:
            raise ProjectError(
                f"`{needed_by}` needs the result of `{stage}`",
                where=self.root,
                next_step=f"run `interlock {stage}` first",
            )
        return record.output

    @property
    def _state(self) -> Path:
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


def read_config(path: str | Path) -> Config:
    """Read `interlock.toml`.

    Args:
        path: The file.

    Returns:
        The checked configuration.

    Raises:
        ProjectError: if it cannot be read, does not parse, or holds an unknown or wrong setting.
    """
    try:
        tree = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{FILE} cannot be read", where=path, got=error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"{FILE} is not valid TOML", where=path, got=error) from error
    return _convert(tree, Path(path))


def _convert(tree: Mapping[str, Any], path: Path) -> Config:
    try:
        config = msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise ProjectError(
            f"a setting of {FILE} is wrong", where=path, got=error, next_step=_near_name(str(error))
        ) from error
    if not 0 < config.split.holdout < 1:
        raise ProjectError(
            "the holdout must be a share between 0 and 1",
            where=f"{path}, [split] holdout",
            got=config.split.holdout,
            next_step="0.2 seals a fifth of the rows",
        )
    return config


def _near_name(message: str) -> str:
    unknown = re.search(r"unknown field `(.+?)`(?: - at `\$\.?(.*?)`)?$", message)
    if unknown is None:
        return ""
    section = getattr(_SECTIONS.get(unknown[2] or "", Config), "__struct_fields__", ())
    near = difflib.get_close_matches(unknown[1], section, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(section)}"


_SECTIONS = {"project": Named, "data": Data, "split": Split, "develop": Develop, "serve": Serve}


def digest(*parts: object) -> str:
    """Return one digest of several values that JSON can hold.

    Example:
        >>> digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a1")
        (True, False)
    """
    return "sha256:" + hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file beside and rename it, so that a failure leaves the old one whole.

    Raises:
        ProjectError: if the disk refuses.
    """
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ProjectError(
            "a file of the project cannot be written; what was there before is kept",
            where=path,
            got=error.strerror,
            next_step="free some space or check the folder's permissions, then run the stage again",
        ) from error
