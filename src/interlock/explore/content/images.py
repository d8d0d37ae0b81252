"""A folder of images, or a column of paths to images: what they are, which are broken, and which repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

if TYPE_CHECKING:
    from interlock.explore.content.picture import Picture

__all__ = [
    "ENDINGS",
    "Album",
    "Images",
    "Thumbnail",
    "evenly",
    "image_folder",
    "look_at",
    "open_images",
    "summarise",
]

#: What image files end in.
ENDINGS = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".webp",
        ".ppm",
        ".pgm",
        ".pbm",
        ".ico",
        ".avif",
    )
)
#: The most files that are looked at, pictures on the contact sheet, and examples that are kept of anything.
MOST, _SHEET, _KEPT = 10_000, 24, 10
#: Pictures look the same where at most 3 of the 64 bits differ and the brightness differs by 3 % on average.
_BITS, _CLOSE = 3, 0.03
#: A picture of less contrast than this is flat, one with a shorter side tiny: its hash says little.
_FLAT, _TINY = 0.01, 16
_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One picture of the contact sheet.

    Args:
        path: Of the file.
        label: Its class, if it has one.
        uri: A small JPEG as a data URI.
    """

    path: str
    label: str
    uri: str


@dataclass(frozen=True, slots=True)
class Images:
    """What a folder of images, or a column of paths to them, holds.

    Args:
        name: Of the folder or the column.
        in_column: Whether it is a column of paths.
        files: Image files there are.
        looked: How many were looked at, evenly chosen where there are more than 10,000.
        labels: Files in each class, the largest first; empty where there are no classes.
        formats: Files of each format, the most frequent first.
        modes: Files of each mode.
        shapes: Files of each width and height, the most frequent first, at most ten.
        widths: The smallest, 5 %, median, 95 % and largest width, in pixels.
        heights: The same of the height.
        ratios: The same of the width as a multiple of the height.
        sizes: The same of the file's size, in bytes.
        brightness: Readable files in each tenth from black to white, [10].
        contrast: The quantiles of the standard deviation of brightness.
        broken: Files that cannot be read, and why; at most ten.
        many_broken: How many there are.
        turned: Files with an EXIF flag that asks to turn or mirror them.
        flat: Files of nearly one brightness.
        tiny: Files whose shorter side is below 16 pixels.
        same: Groups of files that are equal to the byte, the largest first, at most ten.
        many_same: Files that equal an earlier one to the byte.
        alike: Groups of files that look the same without being equal, at most ten.
        many_alike: Files that look like an earlier one without being equal.
        crossed: Files that equal or look like one of another class.
        sheet: Some of the pictures.
    """

    name: str
    in_column: bool
    files: int
    looked: int
    labels: tuple[tuple[str, int], ...]
    formats: tuple[tuple[str, int], ...]
    modes: tuple[tuple[str, int], ...]
    shapes: tuple[tuple[str, int], ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    ratios: tuple[float, ...]
    sizes: tuple[float, ...]
    brightness: tuple[int, ...]
    contrast: tuple[float, ...]
    broken: tuple[tuple[str, str], ...]
    many_broken: int
    turned: int
    flat: int
    tiny: int
    same: tuple[tuple[str, ...], ...]
    many_same: int
    alike: tuple[tuple[str, ...], ...]
    many_alike: int
    crossed: int
    sheet: tuple[Thumbnail, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """A folder of images as a table of what was seen, and in one value.

    Args:
        table: A `pyarrow.Table` with a row for each picture: its path, label, format, mode, size, brightness
            and contrast, and whether it is broken.
        images: All of them in one value.
    """

    table: Any
    images: Images

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Offer the rows of the table to any library that reads the Arrow C stream."""
        return self.table.__arrow_c_stream__(requested_schema)


def image_folder(source: object) -> bool:
    """Return whether this is a folder whose files are images, itself or in the folders below."""
    if not isinstance(source, str | Path) or "://" in str(source) or not Path(source).is_dir():
        return False
    return next(_files(Path(source)), None) is not None


def open_images(
    folder: str | Path,
    *,
    most: int = MOST,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Album:
    """Look at the images of a folder and of those below it.

    Args:
        folder: Where; where images lie in folders of their own, the folder's name is their label.
        most: How many to look at; of more, every so many in the order of their names.
        executor: Looks at files side by side; None does it here.
        progress: Told of the files done and of all.

    Returns:
        The table and the summary; the same for the same files.

    Raises:
        InputError: If the folder does not exist or holds no image.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (64, 48), "white").save(f"{folder}/one.png")
        ...     album = open_images(folder)
        >>> album.images.looked, album.table["width"].to_pylist()
        (1, [64])
    """
    root = Path(folder)
    paths = sorted(_files(root)) if root.is_dir() else []
    if not paths:
        raise InputError(
            "there are no images",
            where=folder,
            got="no file that ends in " + ", ".join(sorted(ENDINGS)[:6]) + " …",
            next_step="pass a folder with images, or with a folder of images for each class",
        )
    chosen = evenly(paths, most)
    pictures = look_at(chosen, executor, progress)
    labels = [path.parent.relative_to(root).as_posix() for path in chosen]
    labels = [] if len(set(labels)) < 2 else ["" if label == "." else label for label in labels]
    short = [picture._replace(path=Path(picture.path).relative_to(root).as_posix()) for picture in pictures]
    found = summarise(root.name or str(root), short, labels, files=len(paths), root=root)
    return Album(_table(short, labels), found)


def summarise(
    name: str,
    pictures: Sequence[Picture],
    labels: Sequence[str],
    *,
    files: int,
    root: Path,
    in_column: bool = False,
) -> Images:
    """Return what pictures hold in one value.

    Args:
        name: Of the folder or the column.
        pictures: What was seen, paths relative to `root`.
        labels: The class of each; empty for none.
        files: How many there are, looked at or not.
        root: Where the files are, for the contact sheet.
        in_column: Whether it is a column of paths.
    """
    good = [each for each in pictures if not each.trouble]
    broken = [(each.path, each.trouble) for each in pictures if each.trouble]
    classes = dict(zip((each.path for each in pictures), labels, strict=True)) if labels else {}
    same, alike = _same(pictures), _alike(good)
    pairs = [(group[0], other) for group in (*same, *alike) for other in group[1:]]
    return Images(
        name,
        in_column,
        files,
        len(pictures),
        tuple(Counter(labels).most_common()),
        tuple(Counter(each.format for each in good).most_common()),
        tuple(Counter(each.mode for each in good).most_common()),
        tuple(Counter(f"{each.width} × {each.height}" for each in good).most_common(_KEPT)),
        _quantiles([each.width for each in good]),
        _quantiles([each.height for each in good]),
        _quantiles([each.width / each.height for each in good]),
        _quantiles([each.size for each in pictures]),
        tuple(np.histogram([each.brightness for each in good], bins=10, range=(0, 1))[0].tolist()),
        _quantiles([each.contrast for each in good]),
        tuple(broken[:_KEPT]),
        len(broken),
        sum(each.turned for each in good),
        sum(each.contrast < _FLAT for each in good),
        sum(min(each.width, each.height) < _TINY for each in good),
        tuple(same[:_KEPT]),
        sum(len(group) - 1 for group in same),
        tuple(alike[:_KEPT]),
        sum(len(group) - 1 for group in alike),
        sum(classes[first] != classes[other] for first, other in pairs) if classes else 0,
        _sheet(good, classes, root),
    )


def _files(root: Path) -> Any:
    return (path for path in root.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())


def evenly(paths: Sequence[Path], most: int) -> list[Path]:
    """Return so many of the paths, evenly chosen."""
    places = np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int))
    return [paths[place] for place in places]


def look_at(
    paths: Sequence[Path], executor: Executor | None = None, progress: Progress | None = None
) -> list[Picture]:
    """Return what is seen in each file, in order."""
    from interlock.explore.content.picture import look

    report, found = progress or (lambda _done, _total: None), []
    names = [str(path) for path in paths]
    for each in map(look, names) if executor is None else executor.map(look, names, chunksize=32):
        found.append(each)
        report(len(found), len(names))
    return found


def _quantiles(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(np.quantile(values, _QUANTILES).tolist()) if values else ()


def _same(pictures: Sequence[Picture]) -> list[tuple[str, ...]]:
    """Return the groups of files that are equal to the byte, the largest first."""
    groups: dict[str, list[str]] = {}
    for each in pictures:
        if each.digest and each.size:
            groups.setdefault(each.digest, []).append(each.path)
    return _largest(groups.values())


def _alike(pictures: Sequence[Picture]) -> list[tuple[str, ...]]:
    """Return the groups of files that look the same; of equal files only the first takes part.

    Two hashes that differ in at most three of 64 bits agree in one of their four quarters, so each picture is
    compared with the first one and the one before it that share a quarter.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    firsts = {each.digest: each for each in reversed(pictures)}
    kept = [
        each for each in firsts.values() if each.contrast >= _FLAT and min(each.width, each.height) >= _TINY
    ]
    kept.sort(key=lambda each: each.path)
    if len(kept) < 2:
        return []
    looks = np.array([each.look for each in kept], np.uint64)
    pairs = _candidates(looks)
    differ = np.bitwise_count(looks[pairs[:, 0]] ^ looks[pairs[:, 1]]) <= _BITS
    small = np.frombuffer(b"".join(each.small for each in kept), np.uint8).reshape(len(kept), -1) / 255
    pairs = pairs[differ]
    near = np.abs(small[pairs[:, 0]] - small[pairs[:, 1]]).mean(axis=1) <= _CLOSE
    pairs = pairs[near]
    graph = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(kept), len(kept)))
    _, group = connected_components(graph, directed=False)
    groups: dict[int, list[str]] = {}
    for place, number in enumerate(group.tolist()):
        groups.setdefault(number, []).append(kept[place].path)
    return _largest(groups.values())


def _candidates(looks: NDArray[np.uint64]) -> NDArray[np.int64]:
    found = [np.empty((0, 2), np.int64)]
    for shift in (0, 16, 32, 48):
        quarter = (looks >> np.uint64(shift)) & np.uint64(0xFFFF)
        order = np.argsort(quarter, kind="stable")
        fresh = np.r_[True, np.diff(quarter[order]) != 0]
        leader = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
        later = np.flatnonzero(~fresh)
        found += [np.column_stack([other, order[later]]) for other in (leader[later], order[later - 1])]
    return np.unique(np.concatenate(found), axis=0)


def _largest(groups: Any) -> list[tuple[str, ...]]:
    several = [tuple(group) for group in groups if len(group) > 1]
    return sorted(several, key=lambda group: (-len(group), group))


def _sheet(pictures: Sequence[Picture], classes: dict[str, str], root: Path) -> tuple[Thumbnail, ...]:
    """Return some pictures, each class in turn, in the order of their names."""
    from interlock.explore.content.picture import thumbnail

    by_class: dict[str, list[Picture]] = {}
    for each in pictures:
        by_class.setdefault(classes.get(each.path, ""), []).append(each)
    turns = max(map(len, by_class.values()), default=0)
    ordered = [
        group[turn] for turn in range(min(turns, _SHEET)) for group in by_class.values() if turn < len(group)
    ]
    shown = (
        Thumbnail(each.path, classes.get(each.path, ""), thumbnail(str(root / each.path)))
        for each in ordered[:_SHEET]
    )
    return tuple(each for each in shown if each.uri)


def _table(pictures: Sequence[Picture], labels: Sequence[str]) -> Any:
    import pyarrow as pa

    good = np.array([not each.trouble for each in pictures])
    columns: dict[str, Any] = {"path": [each.path for each in pictures]}
    if labels:
        columns["label"] = list(labels)
    for name in ("format", "mode", "width", "height", "size", "turned", "brightness", "contrast"):
        columns[name] = pa.array([getattr(each, name) for each in pictures], mask=~good)
    columns["broken"] = ~good
    return pa.table(columns)
