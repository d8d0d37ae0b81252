"""`interlock.toml`: the settings that people write, read strictly."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from interlock.address import has_secret, masked
from interlock.atomic import write_atomically
from interlock.contract.step import Step, in_order, of_table
from interlock.deploy.settings import Settings as Deploy
from interlock.errors import ContractError, ProjectError
from interlock.release import Person
from interlock.release.registry.policy import Policy
from interlock.release.registry.settings import Settings as Registry
from interlock.said import Said
from interlock.sections import Data, Decision, Develop, Explore, Ledger, Named, Serve, Split

__all__ = ["FILE", "Config", "parse_config", "read_config", "write_setting"]

FILE = "interlock.toml"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `interlock.toml`.

    `validate` maps a gate's name to its threshold, and holds the settings `against` (the release to compare
    with), `slice_rows` (the fewest rows of a slice or group) and `refit_seconds` (how long to learn again for
    stability); `slices` maps a name to a condition in SQL or to values by column; `clean` holds the cleaning
    steps, each a `[[clean]]`; `features` maps the name of a declared feature to its SQL; `policy` says what
    each environment asks of a release.
    """

    project: Named
    data: Data
    split: Split = Split()
    explore: Explore = Explore()
    develop: Develop = Develop()
    decision: Decision | None = None
    card: Said = Said()
    validate: dict[str, float | str | bool] = {}
    slices: dict[str, str | dict[str, Any]] = {}
    serve: Serve = Serve()
    deploy: Deploy = Deploy()
    registry: Registry = Registry()
    policy: dict[str, Policy] = {}
    ledger: Ledger = Ledger()
    people: dict[str, Person] = {}
    clean: tuple[Step, ...] = ()
    features: dict[str, str] = {}

    @property
    def held_apart(self) -> str | None:
        """The column of whose values the sealed rows have others than those learned from; None for none."""
        return self.split.group if self.split.by in (None, "group", "time_group") else None

    @property
    def gates(self) -> dict[str, float | str | bool]:
        """The thresholds of `[validate]`, without its settings."""
        return {name: value for name, value in self.validate.items() if name not in _JUDGED_BY}

    @property
    def against(self) -> str:
        """The release to compare with, a path from the project's folder; empty where none is named."""
        return str(self.validate.get("against", ""))

    @property
    def slice_rows(self) -> int:
        """The fewest rows of a slice, or of a group of a sensitive column."""
        return int(self.validate.get("slice_rows", 100))

    @property
    def refit_seconds(self) -> float:
        """How long the winner is learned again for stability."""
        return float(self.validate.get("refit_seconds", 10.0))


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
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ProjectError(f"{FILE} cannot be read", where=path, got=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{FILE} is not valid TOML", where=path, got=error) from error
    return parse_config(text, path)


def parse_config(text: str, path: str | Path) -> Config:
    """Read the text of `interlock.toml`.

    Args:
        text: TOML.
        path: The file, for errors.

    Returns:
        The checked configuration.

    Raises:
        ProjectError: if it does not parse, or holds an unknown or wrong setting.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{FILE} is not valid TOML", where=path, got=error) from error
    return _convert(tree, Path(path))


def write_setting(path: str | Path, section: str, key: str, value: object) -> None:
    """Set one setting of `interlock.toml`, and leave everything else as people wrote it.

    Args:
        path: The file.
        section: Such as `develop`; it is added where it is not there.
        key: The setting.
        value: What TOML can hold.

    Raises:
        ProjectError: if the file would not be right with it; it then stays as it was.
    """
    import tomlkit

    path = Path(path)
    tree = tomlkit.parse(path.read_text(encoding="utf-8"))
    table = tree.setdefault(section, tomlkit.table())
    table[key] = value
    parse_config(tomlkit.dumps(tree), path)
    write_atomically(path, tomlkit.dumps(tree))


def _convert(tree: Mapping[str, Any], path: Path) -> Config:
    steps = tree.get("clean", [])
    try:
        config = msgspec.convert({**tree, "clean": []}, Config)
    except msgspec.ValidationError as error:
        raise ProjectError(
            f"a setting of {FILE} is wrong", where=path, got=error, next_step=_near_name(str(error))
        ) from error
    _check_secrets(config, path)
    if not 0 < config.split.holdout < 1:
        raise ProjectError(
            "the holdout must be a share between 0 and 1",
            where=f"{path}, [split] holdout",
            got=config.split.holdout,
            next_step="0.2 seals a fifth of the rows",
        )
    _check_validate(config, path)
    return msgspec.structs.replace(config, clean=_steps(steps, path))


def _check_secrets(config: Config, path: Path) -> None:
    sources = [("[data] source", each, "table") for each in config.data.addresses]
    others = [(f"[registry] {key}", each, "registry") for key, each in config.registry.addresses]
    shipped = [("[ledger] destination", config.ledger.destination or "", "ledger")]
    serve = config.serve
    asked = [("[serve] telemetry", serve.telemetry, "serve")]
    asked += [("[serve.oidc] jwks", serve.oidc.jwks, "security")] if serve.oidc else []
    for where, address, page in (*sources, *others, *shipped, *asked):
        if has_secret(address):
            raise ProjectError(
                f"{FILE} must not hold a password, a key or a token",
                where=f"{path}, {where}",
                got=masked(address),
                next_step=f"leave it out of the address and set the environment variable; see docs/{page}.md",
            )


def _check_validate(config: Config, path: Path) -> None:
    for name, (fits, step) in _JUDGED_BY.items():
        value = config.validate.get(name)
        if value is not None and not fits(value):
            raise ProjectError(
                f"a setting of {FILE} is wrong", where=f"{path}, [validate] {name}", got=value, next_step=step
            )


def _steps(tables: object, path: Path) -> tuple[Step, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProjectError(
            f"a setting of {FILE} is wrong",
            where=f"{path}, clean",
            got="no list of tables",
            next_step="begin each cleaning step with [[clean]]",
        )
    try:
        return in_order(tuple(of_table(table) for table in tables))
    except ContractError as error:
        where = f"{path}, {error.where}"
        raise ProjectError(error.what, where=where, got=error.got, next_step=error.next_step) from error


def _near_name(message: str) -> str:
    unknown = re.search(r"unknown field `(.+?)`(?: - at `\$\.?(.*?)`)?$", message)
    if unknown is None:
        return ""
    section = getattr(_SECTIONS.get(unknown[2] or "", Config), "__struct_fields__", ())
    near = difflib.get_close_matches(unknown[1], section, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    others = [name for name, each in _SECTIONS.items() if unknown[1] in each.__struct_fields__]
    elsewhere = " or ".join(f"`[{name}] {unknown[1]}`" for name in others)
    return f"did you mean {elsewhere}?" if others else f"known here: {', '.join(section)}"


#: The settings of `[validate]` that are no gates: what fits, and what to write.
_JUDGED_BY: dict[str, tuple[Callable[[Any], bool], str]] = {
    "against": (lambda value: isinstance(value, str), "the folder of a release, or `none`"),
    "slice_rows": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 20,
        "a whole number from 20 on",
    ),
    "refit_seconds": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
        "seconds; 0 leaves it out",
    ),
}

_SECTIONS = {
    "project": Named,
    "data": Data,
    "split": Split,
    "explore": Explore,
    "develop": Develop,
    "decision": Decision,
    "card": Said,
    "serve": Serve,
    "deploy": Deploy,
    "registry": Registry,
    "policy": Policy,
    "ledger": Ledger,
}
