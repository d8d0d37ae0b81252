"""Image files as a table of numbers: one row for each image, one column for each pixel."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.pixel import CHANNELS, Pixel
from interlock.errors import InputError
from interlock.explore.content.images import ENDINGS

__all__ = ["MOST_PIXELS", "pixel_row", "pixels"]

#: Columns of a table of pixels at most: images of a service's request are small.
MOST_PIXELS = 4096
_SHOWN = 3
Progress = Callable[[int, int], None]


def pixels(
    source: Any,
    column: str | None = None,
    *,
    size: tuple[int, int] = (28, 28),
    colours: bool = False,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> Any:
    """Read images into a table of pixels, each a whole number from 0 (black) to 255 (white).

    An image is turned as its EXIF flag asks, laid on white where it is transparent, and brought to one size.

    Args:
        source: A folder of images, or a table with a column of paths.
        column: The column of paths; None for a folder, where the folder of each image is its label.
        size: Height and width in pixels of what comes out.
        colours: Whether red, green and blue are kept, three columns for each pixel, or brightness alone.
        folder: Where relative paths of a table begin; None takes the current folder.
        progress: Told of the files done and of all.

    Returns:
        A `pyarrow.Table`: of a folder `path` and `label`, of a table its other columns; then `pixel_0_0`,
        `pixel_0_1` and so on, row by row.

    Raises:
        InputError: There are no images, one cannot be read, or the size is too large or too small.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (64, 48), 200).save(f"{folder}/one.png")
        ...     table = pixels(folder, size=(4, 4))
        >>> table.column_names[:3], table["pixel_3_3"].to_pylist()
        (['path', 'pixel_0_0', 'pixel_0_1'], [200])
    """
    import pyarrow as pa

    names = _names(size, colours=colours)
    known, paths = _of_folder(Path(source)) if column is None else _of_table(source, column, folder)
    cells, broken = np.empty((len(paths), len(names)), np.uint8), []
    for at, path in enumerate(paths):
        try:
            cells[at] = _read(path, size, colours=colours)
        except (OSError, ValueError, SyntaxError) as error:
            broken.append((path, error))
        if progress:
            progress(at + 1, len(paths))
    if broken:
        raise _broken(broken, len(paths))
    for name, values in zip(names, cells.T, strict=True):
        known[name] = pa.array(np.ascontiguousarray(values))
    return pa.table(known)


def pixel_row(path: str | Path, *, size: tuple[int, int] = (28, 28), colours: bool = False) -> dict[str, int]:
    """Read one image as a row of the same table, as a request to the service holds it.

    Args:
        path: Of the file.
        size: As for `pixels`.
        colours: As for `pixels`.

    Raises:
        InputError: It cannot be read.
    """
    names = _names(size, colours=colours)
    try:
        values = _read(Path(path), size, colours=colours)
    except (OSError, ValueError, SyntaxError) as error:
        raise _broken([(Path(path), error)], 1) from error
    return dict(zip(names, values.tolist(), strict=True))


def _names(size: tuple[int, int], *, colours: bool) -> list[str]:
    height, width = size
    channels: Sequence[str] = CHANNELS if colours else ("",)
    if not (1 <= height <= MOST_PIXELS and 1 <= width <= MOST_PIXELS) or (
        height * width * len(channels) > MOST_PIXELS
    ):
        raise InputError(
            "images cannot be brought to this size",
            got=f"{height} × {width} × {len(channels)}",
            next_step=f"choose a size of 1 to {MOST_PIXELS:,} numbers, such as (28, 28)",
        )
    return [
        Pixel(row, place, each).name for row in range(height) for place in range(width) for each in channels
    ]


def _of_folder(root: Path) -> tuple[dict[str, Any], list[Path]]:
    found = root.rglob("*") if root.is_dir() else iter(())
    paths = sorted(path for path in found if path.suffix.lower() in ENDINGS and path.is_file())
    if not paths:
        raise InputError(
            "there are no images",
            where=root,
            next_step="pass a folder with a folder of images for each class",
        )
    known: dict[str, Any] = {"path": [path.relative_to(root).as_posix() for path in paths]}
    labels = [path.parent.relative_to(root).as_posix() for path in paths]
    if len(set(labels)) > 1:
        known["label"] = ["" if label == "." else label for label in labels]
    return known, paths


def _of_table(source: Any, column: str, folder: str | Path | None) -> tuple[dict[str, Any], list[Path]]:
    import pyarrow as pa

    table = pa.table(source)
    if column not in table.column_names:
        raise InputError(
            "the table has no such column",
            where=f"column {column!r}",
            next_step=f"take one of {', '.join(table.column_names[:20])}",
        )
    named = table[column].to_pylist()
    if None in named:
        raise InputError(
            "a path is missing",
            where=f"column {column!r}, row {named.index(None)}",
            next_step="leave out rows without an image",
        )
    root = Path(folder or ".")
    paths = [root / str(each) for each in named]
    return {name: table[name] for name in table.column_names if name != column}, paths


def _read(path: Path, size: tuple[int, int], *, colours: bool) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    from interlock.explore.content.picture import PIXELS, grey_of

    height, width = size
    with warnings.catch_warnings(), Image.open(path) as image:
        warnings.simplefilter("ignore")  # a decompression bomb, which is refused here
        if image.size[0] * image.size[1] > PIXELS:
            message = f"{image.size[0]} × {image.size[1]} pixels are too many"
            raise ValueError(message)
        turned = ImageOps.exif_transpose(image)
        bands = _bands(turned) if colours else [grey_of(turned)]
    small = [
        np.asarray(Image.fromarray(band.astype(np.float32)).resize((width, height), Image.Resampling.BOX))
        for band in bands
    ]
    cells = np.clip(np.stack(small, axis=2), 0, 1) * 255
    return np.asarray(cells.round().astype(np.uint8).ravel())


def _bands(image: Any) -> list[NDArray[np.float64]]:
    """Return red, green and blue, 0 to 1; what is transparent lies on white."""
    from PIL import Image

    from interlock.explore.content.picture import grey_of

    if image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;"):
        return [grey_of(image)] * 3
    over = image.convert("RGBA")
    paper = Image.new("RGBA", over.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(paper, over).convert("RGB")
    return [np.asarray(band, np.float64) / 255 for band in flat.split()]


def _broken(broken: Sequence[tuple[Path, Exception]], files: int) -> InputError:
    from interlock.explore.content.picture import reason_of

    shown = "; ".join(f"{path}: {reason_of(error)}" for path, error in broken[:_SHOWN])
    return InputError(
        f"{len(broken):,} of {files:,} images cannot be read",
        got=shown + ("; …" if len(broken) > _SHOWN else ""),
        next_step="mend them or leave them out; `interlock.explore(folder)` names all of them",
    )
