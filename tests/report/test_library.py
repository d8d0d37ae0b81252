from __future__ import annotations

import base64
import gzip
import hashlib
import random
from importlib import metadata
from pathlib import Path

import pytest
import vl_convert

from interlock.report.library import Library, cache_folder, library, packed


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often the library is bundled; the real one takes a second, and one slow test makes it."""
    made: list[str] = []

    def bundle(snippet: str) -> str:
        made.append(snippet)
        return f"/* Vega */ {snippet}"

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    return made


def unpacked(held: Library) -> bytes:
    return gzip.decompress(base64.b85decode(held.packed.replace(",", "<")))


def fresh() -> Library:
    """Return the library as another process would."""
    library.cache_clear()
    try:
        return library()
    finally:
        library.cache_clear()


def test_it_is_bundled_once_and_kept_for_the_next_process(home: Path, bundled: list[str]) -> None:
    first = fresh()
    assert fresh() == first
    assert bundled == ["window.vegaEmbed = vegaEmbed;"]
    script = unpacked(first)
    assert script == b"/* Vega */ window.vegaEmbed = vegaEmbed;"
    assert base64.b64decode(first.allowed) == hashlib.sha256(script).digest()
    assert [file.parent for file in home.rglob("vega-*")] == [home / "interlock"]


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 5000])
def test_a_damaged_file_is_made_anew(home: Path, bundled: list[str], damage: bytes) -> None:
    first = fresh()
    (path,) = home.rglob("vega-*")
    path.write_bytes(damage)
    assert fresh() == first
    assert len(bundled) == 2
    assert fresh() == first
    assert len(bundled) == 2


def test_a_bit_that_flipped_is_seen(home: Path, bundled: list[str]) -> None:
    first = fresh()
    (path,) = home.rglob("vega-*")
    stored = bytearray(path.read_bytes())
    stored[-9] ^= 1
    path.write_bytes(stored)
    assert fresh() == first


def test_another_version_has_a_file_of_its_own(
    home: Path, bundled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh()
    monkeypatch.setattr(metadata, "version", lambda _: "99.0")
    fresh()
    assert len(list(home.rglob("vega-*"))) == 2
    assert len(bundled) == 2


def test_without_a_home_that_can_be_written_it_works_all_the_same(
    tmp_path: Path, bundled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("mine")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert unpacked(fresh()).startswith(b"/* Vega */")
    assert blocked.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [blocked]


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/interlock")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/ada")
    assert cache_folder() == Path("/home/ada/.cache/interlock")


@pytest.mark.slow
def test_the_real_library_defines_the_one_name_that_the_page_uses(home: Path) -> None:
    script = unpacked(fresh()).decode()
    assert "window.vegaEmbed" in script
    assert len(script) > 500_000


def test_packed_text_can_end_no_element() -> None:
    for seed in range(200):
        text = packed(random.Random(seed).randbytes(seed * 7))
        assert not set(text) & set("<'\"/\\ \n")
