from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from interlock.explore.content.picture import look, thumbnail


def _saved(folder: Path, pixels: Any, name: str = "a.png", **options: Any) -> Path:
    Image.fromarray(np.asarray(pixels, np.uint8)).save(folder / name, **options)
    return folder / name


def _bomb(path: Path, side: int) -> Path:
    """A grey PNG of side times side pixels whose data ends after a few rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(side + 1) * 3)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def test_facts_are_those_of_pillow_and_numpy(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3))
    path = _saved(tmp_path, pixels)
    found = look(str(path))
    grey = np.asarray(Image.open(path).convert("L")) / 255
    assert (found.trouble, found.format, found.mode) == ("", "PNG", "RGB")
    assert (found.width, found.height, found.size) == (60, 40, path.stat().st_size)
    assert found.brightness == pytest.approx(grey.mean())
    assert found.contrast == pytest.approx(grey.std())
    assert not found.turned
    assert len(found.small) == 256


def test_the_hash_says_where_a_place_is_brighter_than_its_neighbour(tmp_path: Path) -> None:
    pixels = np.kron(np.random.default_rng(1).integers(0, 256, (8, 9)), np.ones((4, 4)))
    bits = [int(row[place] > row[place + 1]) for row in pixels[::4, ::4] for place in range(8)]
    assert look(str(_saved(tmp_path, pixels))).look == int("".join(map(str, bits)), 2)


def test_the_hash_survives_scaling_compression_and_light(tmp_path: Path) -> None:
    x, y = np.meshgrid(np.linspace(0, 6, 200), np.linspace(0, 5, 160))
    pixels = 110 + 60 * np.sin(x * 1.7 + y) + 40 * np.cos(y * 2.3)
    first = look(str(_saved(tmp_path, pixels))).look
    image = Image.open(tmp_path / "a.png")
    image.resize((90, 70)).save(tmp_path / "small.png")
    image.save(tmp_path / "b.jpg", quality=40)
    _saved(tmp_path, pixels * 0.8 + 20, "light.png")
    for name in ("small.png", "b.jpg", "light.png"):
        assert (look(str(tmp_path / name)).look ^ first).bit_count() <= 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "YCbCr"])
def test_every_mode_has_a_brightness(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(np.linspace(0, 255, 24 * 24).reshape(24, 24).astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = grey.convert("RGB").convert(mode) if mode in ("YCbCr", "CMYK") else grey.convert(mode)
    path = tmp_path / "a.tiff"
    image.save(path)
    found = look(str(path))
    assert found.trouble == ""
    assert found.brightness == pytest.approx(0.5, abs=0.02)


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4))
    pixels[:8, :, 3] = 255
    assert look(str(_saved(tmp_path, pixels))).brightness == pytest.approx(0.5)


@pytest.mark.parametrize(("flag", "turned"), [(1, False), (3, True), (6, True), (8, True)])
def test_the_exif_flag_is_read(tmp_path: Path, flag: int, *, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = flag
    path = _saved(tmp_path, np.zeros((20, 30, 3)), "a.jpg", exif=exif)
    assert look(str(path)).turned is turned
    assert thumbnail(str(path)).startswith("data:image/jpeg;base64,")


def test_broken_files_are_named_with_the_reason(tmp_path: Path) -> None:
    whole = _saved(tmp_path, np.random.default_rng(2).integers(0, 256, (64, 64, 3)))
    for name, content in {
        "cut.png": whole.read_bytes()[:5000],
        "text.png": b"<html>not found</html>",
        "empty.jpg": b"",
        "zero.gif": bytes(100),
    }.items():
        (tmp_path / name).write_bytes(content)
    reasons = {
        name: look(str(tmp_path / name)).trouble for name in ("cut.png", "text.png", "empty.jpg", "zero.gif")
    }
    assert "truncated" in reasons["cut.png"]
    assert reasons["text.png"] == reasons["zero.gif"] == "no image that is known by its content"
    assert reasons["empty.jpg"] == "empty file"
    assert look(str(tmp_path / "none.png")).trouble == "No such file or directory"
    assert thumbnail(str(tmp_path / "cut.png")) == ""


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_decompression_bombs_are_not_decoded(tmp_path: Path, side: int) -> None:
    found = look(str(_bomb(tmp_path / "bomb.png", side)))
    assert found.trouble.startswith("not decoded: ")
    assert "decompression bomb" in found.trouble
    assert found.brightness == 0


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"BM"]),
)
def test_no_bytes_make_it_fail(content: bytes, head: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.png"
        path.write_bytes(head + content)
        assert look(str(path)).size == len(head + content)
