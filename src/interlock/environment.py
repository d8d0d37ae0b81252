"""The environment of a release: what it was made with, how this one differs, and another one like it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import interlock
from interlock.errors import InputError

__all__ = ["bare", "differences", "environment", "make"]


#: What a virtual environment brings itself.
_TOOLS = ("pip", "setuptools", "wheel")


def environment() -> str:
    """Return Python and the packages of this environment, one `name==version` a line.

    Example:
        >>> "numpy==" in environment()
        True
    """
    packages = {str(item.metadata["Name"]).lower(): item.version for item in metadata.distributions()}
    python = f"# Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return "\n".join([python, *(f"{name}=={version}" for name, version in sorted(packages.items()))]) + "\n"


def differences(text: str) -> tuple[str, ...]:
    """Return what is here in another version than there.

    Args:
        text: What `environment` returned there. A package that is not here at all is left out: not all that
            was there has to do with the model.

    Example:
        >>> differences(environment())
        ()
    """
    here = dict(_pins(environment()))
    apart = [
        f"{name} {here[name]} instead of {version}"
        for name, version in _pins(text)
        if name in here and here[name] != version and name not in _TOOLS
    ]
    machines = environment().splitlines()[0][2:], text.splitlines()[0][2:]
    return tuple(apart if machines[0] == machines[1] else [f"{machines[0]} instead of {machines[1]}", *apart])


def make(text: str, folder: Path, extras: Sequence[str] = ("lab",)) -> Path:
    """Make a virtual environment with this Interlock, its lab, and no package in another version than there.

    pip takes its index and its settings from wherever the user keeps them.

    Args:
        text: What `environment` returned there.
        folder: Where.
        extras: Those of Interlock that are needed.

    Returns:
        Its Python.

    Raises:
        InputError: pip cannot install it; its last words are in the error.
    """
    pins = folder / "pins.txt"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pins.write_text("".join(f"{name}=={version}\n" for name, version in _pins(text) if name != "interlock"))
    python = folder / "bin" / "python"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "-c",
        pins,
        _ours(extras),
    ]
    done = subprocess.run(
        [str(each) for each in command], check=False, capture_output=True, text=True, env=bare()
    )
    if done.returncode:
        raise InputError(
            "the environment of the release cannot be made",
            where=folder,
            got=_last_words(done.stdout, done.stderr),
            next_step="see that pip reaches its index, or rebuild in this environment with --here",
        )
    return python


def _last_words(out: str, errors: str) -> str:
    """Return which pins contradict each other, if pip tells, and what it calls errors."""
    pins = [line.strip() for line in out.splitlines() if "depends on" in line or "user requested" in line]
    said = [line for line in errors.splitlines() if line.startswith("ERROR")]
    return "; ".join([*pins[:2], *said]) or errors.strip()


def bare() -> dict[str, str]:
    """Return the variables of this process without those that would lead another Python to these packages."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _pins(text: str) -> list[tuple[str, str]]:
    lines = [line.partition("==") for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return [(name, version) for name, _, version in lines]


def _ours(extras: Sequence[str]) -> str:
    """Return what pip installs as Interlock: the checkout that runs, or the version that runs."""
    checkout = Path(interlock.__file__).parents[2]
    if (checkout / "pyproject.toml").is_file():
        return f"{checkout}[{','.join(extras)}]"
    return f"interlock[{','.join(extras)}]=={interlock.__version__}"
