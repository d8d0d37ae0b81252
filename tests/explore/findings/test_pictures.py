from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.explore.content.images import Images
from interlock.explore.findings.pictures import pictures

GOOD = Images(
    name="photo",
    in_column=True,
    files=300,
    looked=200,
    labels=(("cat", 100), ("dog", 100)),
    formats=(("JPEG", 200),),
    modes=(("RGB", 200),),
    shapes=(("64 × 48", 200),),
    widths=(64.0,) * 5,
    heights=(48.0,) * 5,
    ratios=(4 / 3,) * 5,
    sizes=(900.0,) * 5,
    brightness=(0,) * 9 + (200,),
    contrast=(0.2,) * 5,
    broken=(),
    many_broken=0,
    turned=0,
    flat=0,
    tiny=0,
    same=(),
    many_same=0,
    alike=(),
    many_alike=0,
    crossed=0,
    sheet=(),
)


def test_good_pictures_are_no_news() -> None:
    assert list(pictures([GOOD])) == []


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (
            {"broken": (("a.jpg", "empty file"),), "many_broken": 1},
            "broken images",
            "1 file of photo cannot be read: `a.jpg` (empty file).",
        ),
        (
            {"broken": (("a.jpg", "empty file"),), "many_broken": 9},
            "broken images",
            "9 files of photo cannot be read: `a.jpg` (empty file) and 8 more.",
        ),
        (
            {"turned": 3},
            "turned images",
            (
                "3 files of photo lie on their side or are mirrored until the EXIF flag is obeyed: turn such "
                "pictures before a model sees them."
            ),
        ),
        (
            {"same": (("a", "b"),), "many_same": 1, "alike": (("a", "c"),), "many_alike": 1},
            "repeated images",
            (
                "2 files of photo repeat an earlier one (1 %): 1 to the byte, 1 by what they show. Keep each "
                "group on one side of a split."
            ),
        ),
        (
            {"crossed": 1},
            "repeated images",
            "1 file of photo repeats a picture of another class: at least one of the labels is wrong.",
        ),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], kind: str, sentence: str) -> None:
    (found,) = pictures([replace(GOOD, **change)])  # type: ignore[arg-type]
    assert (found.kind, found.sentence, found.columns, found.n) == (kind, sentence, ("photo",), 200)
    assert found.low < found.effect < found.high
    assert "in 200 files of 300, evenly chosen; Wilson interval" in found.method


def test_a_folder_is_no_column() -> None:
    (found,) = pictures([replace(GOOD, in_column=False, turned=1)])
    assert found.columns == ()
