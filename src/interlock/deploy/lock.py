"""The packages of an image, each with the hashes of its wheels: asked of pip, not guessed."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import interlock
from interlock.errors import InputError

__all__ = ["Pin", "merged", "parse", "requirements", "resolve"]

#: Of machines in wheels' names, by architecture in images' names.
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
#: The glibc of Debian 12 is 2.36; a wheel for any older one runs there.
_GLIBC = range(36, 16, -1)


class Pin(NamedTuple):
    """One package of an image.

    Args:
        name: Normalised, as an index calls it.
        version: Exact.
        hashes: SHA-256 of each wheel that may be installed, 64 digits, sorted.
        licence: As the package states it: an SPDX expression, or its own words; empty where it says nothing.
        summary: One line.
        requires: The names of packages that it needs.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str = ""
    summary: str = ""
    requires: tuple[str, ...] = ()


def requirements(extras: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what Interlock needs to run, without what only an extra needs.

    Args:
        extras: Extras whose needs are taken along.

    Raises:
        InputError: if there is no such extra.

    Example:
        >>> any(each.startswith("onnxruntime") for each in requirements())
        True
    """
    from packaging.requirements import Requirement

    needed, more = _stated()
    for extra in extras:
        if _normalised(extra) not in more:
            raise InputError(
                "there is no such extra",
                where="interlock.toml, [deploy] extras",
                got=extra,
                next_step=f"take of {', '.join(sorted(more))}",
            )
    texts = [*needed, *(text for extra in extras for text in more[_normalised(extra)])]
    wanted = [each for each in map(Requirement, texts) if _applies(each.marker, extras)]
    return tuple(f"{each.name}{_bracketed(each.extras)}{each.specifier}" for each in wanted)


def _stated() -> tuple[list[str], dict[str, list[str]]]:
    """Return what Interlock states that it needs, and what each extra does: of a checkout, as it is now."""
    checkout = Path(interlock.__file__).parents[2] / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        return project["dependencies"], {_normalised(name): needs for name, needs in extras.items()}
    stated = metadata.requires("interlock") or []
    named = metadata.metadata("interlock").get_all("Provides-Extra") or []
    known = {_normalised(name): [text for text in stated if _is_of(text, name)] for name in named}
    return [text for text in stated if "extra ==" not in text], known


def _is_of(text: str, extra: str) -> bool:
    """Tell whether a requirement in a package's metadata is an extra's."""
    return re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", text) is not None


def _applies(marker: Any, extras: Sequence[str]) -> bool:
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _bracketed(extras: Iterable[str]) -> str:
    named = ",".join(sorted(extras))
    return f"[{named}]" if named else ""


def resolve(
    wanted: Sequence[str],
    pins: Mapping[str, str],
    *,
    python: str,
    architectures: Sequence[str],
    wheels: Path | None = None,
) -> tuple[Pin, ...]:
    """Ask pip which wheels an image needs; it takes its index from wherever the user keeps that.

    Args:
        wanted: Requirements.
        pins: Versions by name that are to be taken where a package is needed at all.
        python: Of the image, such as `3.11`.
        architectures: `amd64`, `arm64`.
        wheels: A folder that holds all wheels, where no index can be reached.

    Raises:
        InputError: if there are no such wheels, with pip's last words.
    """
    reports = [_report(wanted, pins, python, architecture, wheels) for architecture in architectures]
    return merged([parse(report) for report in reports])


def _report(
    wanted: Sequence[str], pins: Mapping[str, str], python: str, architecture: str, wheels: Path | None
) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        constraints, report = Path(folder, "constraints.txt"), Path(folder, "report.json")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
        platforms = [f"manylinux_2_{minor}_{_MACHINES[architecture]}" for minor in _GLIBC]
        platforms += [f"manylinux2014_{_MACHINES[architecture]}"]
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
        command += ["--disable-pip-version-check", "--report", str(report), "--target", folder]
        command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
        command += [f"--platform={each}" for each in platforms]
        command += ["--no-index", "--find-links", str(wheels)] if wheels else []
        done = subprocess.run(
            [*command, "-c", str(constraints), *wanted], capture_output=True, text=True, check=False
        )
        if done.returncode or not report.exists():
            raise _refused(done.stderr, python, architecture)
        return json.loads(report.read_bytes())


def _refused(errors: str, python: str, architecture: str) -> InputError:
    said = [line for line in errors.splitlines() if line.startswith("ERROR")]
    return InputError(
        "pip finds no wheels for the image's packages",
        where=f"Python {python}, {architecture}",
        got="; ".join(said) or errors.strip()[-250:],
        next_step="see that pip reaches its index, or give a folder of wheels with --wheels",
    )


def parse(report: Any) -> tuple[Pin, ...]:
    """Return what pip reports that it would install, sorted by name.

    Args:
        report: Of `pip install --report`, decoded.

    Source: Installation report, pip.pypa.io (format version 1).
    """
    found = {_normalised(each["metadata"]["name"]): each for each in report["install"]}
    return tuple(_pin(name, each, {*found}) for name, each in sorted(found.items()))


def _pin(name: str, item: Any, known: set[str]) -> Pin:
    said = item["metadata"]
    return Pin(
        name,
        said["version"],
        (_hash(item["download_info"]),),
        _licence(said) or _installed_licence(name, said["version"]),
        said.get("summary") or "",
        _needs(said.get("requires_dist") or (), known),
    )


def _hash(download: Any) -> str:
    """Return a wheel's SHA-256: the index's, or of the file where it lies here."""
    stated = download["archive_info"].get("hashes", {}).get("sha256")
    if stated:
        return str(stated)
    address = urlsplit(download["url"])
    if address.scheme != "file":
        raise InputError(
            "the index does not state the SHA-256 of a wheel",
            where=address.path.rsplit("/", 1)[-1],
            next_step="download the wheels (`pip download`) and give their folder with --wheels",
        )
    return hashlib.sha256(Path(url2pathname(unquote(address.path))).read_bytes()).hexdigest()


def _licence(said: Mapping[str, Any]) -> str:
    stated = said.get("license_expression") or ""
    own = said.get("license") or ""
    if stated or (own and "\n" not in own and len(own) < 100):
        return str(stated or own)
    classified = [each for each in said.get("classifier") or () if each.startswith("License :: ")]
    return "; ".join(each.rpartition(" :: ")[2] for each in classified)


def _installed_licence(name: str, version: str) -> str:
    """Return what the same package says where it is installed here: older pips do not report it."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return ""
    stated = found.metadata.get_all("License-Expression") or [""]
    return str(stated[0]) if found.version == version else ""


def _needs(required: Iterable[str], known: set[str]) -> tuple[str, ...]:
    from packaging.requirements import Requirement

    parsed = [Requirement(text) for text in required]
    names = {_normalised(each.name) for each in parsed if _applies(each.marker, ())}
    return tuple(sorted(names & known))


def merged(locks: Sequence[Sequence[Pin]]) -> tuple[Pin, ...]:
    """Return one lock for several architectures: every package once, with the hashes of all its wheels.

    Raises:
        InputError: if a package has another version on another architecture.

    Example:
        >>> merged([[Pin("a", "1", ("00",))], [Pin("a", "1", ("11",))]])[0].hashes
        ('00', '11')
    """
    found: dict[str, Pin] = {}
    for pin in (pin for lock in locks for pin in lock):
        before = found.get(pin.name, pin)
        if before.version != pin.version:
            raise InputError(
                "a package has no common version for the architectures",
                where=pin.name,
                got=f"{before.version} and {pin.version}",
                next_step="build an image for each: name one in `architectures` under [deploy]",
            )
        hashes = tuple(sorted({*before.hashes, *pin.hashes}))
        found[pin.name] = before._replace(hashes=hashes)
    return tuple(found[name] for name in sorted(found))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
