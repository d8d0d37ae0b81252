"""One image file: what it is, how bright, what it looks like in 64 bits, and whether it can be read."""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

__all__ = ["PIXELS", "Picture", "grey_of", "look", "reason_of", "thumbnail"]

#: Larger pictures are not decoded: a small file may unfold to more than the memory holds.
PIXELS = 50_000_000
#: A picture is compared by its brightness on so many places a side.
_SIDE = 16
_WHOLE = {"I;16": 65_535.0, "I;16B": 65_535.0, "I;16L": 65_535.0}
Grey = NDArray[np.float64]


class Picture(NamedTuple):
    """One image file.

    Args:
        path: Where it is.
        trouble: Why it cannot be read; empty where it can. What is unknown then is 0 or empty.
        format: As the file's content says, such as `JPEG`.
        mode: Such as `RGB`, `L` (grey), `RGBA`, `P` (palette) or `CMYK`.
        width: In pixels, as stored.
        height: In pixels, as stored.
        size: Of the file, in bytes.
        turned: Whether an EXIF flag asks the viewer to turn or mirror it.
        brightness: The mean, 0 (black) to 1 (white).
        contrast: The standard deviation on the same scale.
        digest: SHA-256 of the file.
        look: Its difference hash: 64 bits that survive scaling, compression and brightness.
        small: Its brightness on 16 times 16 places, a byte each.
    """

    path: str
    trouble: str = ""
    format: str = ""
    mode: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    turned: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    digest: str = ""
    look: int = 0
    small: bytes = b""


def look(path: str) -> Picture:
    """Look at one image file; whatever is wrong with it is said in `trouble`, not raised.

    Args:
        path: Of a file. One picture of at most 50 megapixels is in memory at a time.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return Picture(path, error.strerror or "cannot be read")
    known = Picture(path, size=len(content), digest=hashlib.sha256(content).hexdigest())
    if not content:
        return known._replace(trouble="empty file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of is checked here
            return _decoded(known, content)
    except Image.DecompressionBombError:
        return known._replace(trouble=_too_large("over 178 megapixels"))
    except Exception as error:  # noqa: BLE001 - decoders raise whatever a damaged file makes them
        return known._replace(trouble=reason_of(error))


def _decoded(known: Picture, content: bytes) -> Picture:
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) not in (0, 1)
        known = known._replace(
            format=image.format or "", mode=image.mode, width=width, height=height, turned=turned
        )
        if width * height > PIXELS:
            return known._replace(trouble=_too_large(f"{width} × {height} pixels"))
        grey = grey_of(image)
    small = np.asarray(Image.fromarray(grey.astype(np.float32)).resize((_SIDE, _SIDE), Image.Resampling.BOX))
    return known._replace(
        brightness=float(grey.mean()),
        contrast=float(grey.std()),
        look=_difference_hash(grey),
        small=(np.clip(small, 0, 1) * 255).round().astype(np.uint8).tobytes(),
    )


def grey_of(image: Image.Image) -> Grey:
    """Return the brightness of each pixel, 0 to 1; what is transparent lies on white."""
    if image.mode in _WHOLE or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float64)
        whole = _WHOLE.get(image.mode) or max(float(np.nanmax(values)), 1.0)
        return np.clip(np.nan_to_num(values) / whole, 0, 1)
    if "A" in image.getbands() or "transparency" in image.info:
        over = image.convert("RGBA")
        paper = Image.new("RGBA", over.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, over)
    return np.asarray(image.convert("L"), dtype=np.float64) / 255


def _difference_hash(grey: Grey) -> int:
    """Return whether each of 8 times 8 places is brighter than its right neighbour, as bits of one number.

    Source:
        N. Krawetz, Kind of like that (2013): dHash.
    """
    image = Image.fromarray(grey.astype(np.float32)).resize((9, 8), Image.Resampling.BOX)
    places = np.asarray(image)
    return int.from_bytes(np.packbits(places[:, :-1] > places[:, 1:]).tobytes(), "big")


def thumbnail(path: str, side: int = 64) -> str:
    """Return a small JPEG of a picture as a data URI, turned as its EXIF flag asks; empty where it is broken.

    Args:
        path: Of a file that `look` found no trouble with.
        side: The longer side, in pixels; smaller pictures stay as they are.
    """
    from PIL import ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.draft("RGB", (side * 2, side * 2))
                shown: Any = ImageOps.exif_transpose(image).convert("RGB")
                shown.thumbnail((side, side))
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=70)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _too_large(size: str) -> str:
    return f"not decoded: {size} are more than {PIXELS // 1_000_000} million (a decompression bomb?)"


def reason_of(error: Exception) -> str:
    """Return why a decoder gave up, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return "no image that is known by its content"
    text = str(error).split("\n")[0][:120]
    return text or type(error).__name__
