from pathlib import Path

import numpy as np
import pytest

from interlock.errors import TamperedError
from interlock.validate.looks import count_of, expected_best, read, record, require_all, told


def look(path: Path, models: str, holdout: str = "h") -> None:
    for model in models:
        record(path, holdout=holdout, model=model)


def test_each_look_is_counted_and_models_once(tmp_path: Path) -> None:
    path = tmp_path / "holdout.jsonl"
    assert read(path, "h") == ()
    look(path, "aab")
    assert count_of(read(path, "h")) == (3, 2)
    assert told(read(path, "h")) == "the holdout was opened 3 times, for 2 models"
    assert told(read(path, "h")[:1]) == "the holdout was opened once, for 1 model"


def test_another_holdout_is_counted_apart_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "holdout.jsonl"
    look(path, "ab")
    look(path, "c", holdout="other")
    look(path, "d")
    assert count_of(read(path, "h")) == (3, 3)
    assert count_of(read(path, "other")) == (1, 1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_removed_line_is_noticed_but_for_the_last(tmp_path: Path, place: int) -> None:
    path = tmp_path / "holdout.jsonl"
    look(path, "abcd")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
    with pytest.raises(TamperedError) as caught:
        read(path, "h")
    assert f"line {place + 1}" in str(caught.value)
    assert "the record of who opened the holdout was edited" in str(caught.value)


def test_the_last_line_is_missed_by_what_the_evidence_counted(tmp_path: Path) -> None:
    path = tmp_path / "holdout.jsonl"
    look(path, "ab")
    require_all(read(path, "h"), 2, path)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(TamperedError) as caught:
        require_all(read(path, "h"), 2, path)
    assert "the evidence counted 2 looks, 1 are there" in str(caught.value)


def test_an_edited_line_and_a_torn_one_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "holdout.jsonl"
    look(path, "abc")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"model":"b"', b'"model":"a"'))
    with pytest.raises(TamperedError, match="line 3"):
        record(path, holdout="h", model="d")
    path.write_bytes(whole[:-5])
    with pytest.raises(TamperedError, match="line 3"):
        read(path, "h")


@pytest.mark.parametrize(("models", "closed"), [(1, 0.0), (2, 1 / np.sqrt(np.pi)), (3, 1.5 / np.sqrt(np.pi))])
def test_the_best_of_some_by_the_closed_form(models: int, closed: float) -> None:
    assert expected_best(models) == pytest.approx(closed)


def test_the_best_of_many_by_simulation() -> None:
    drawn = np.random.default_rng(0).normal(size=(200_000, 12)).max(axis=1)
    assert expected_best(12) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(200_000))
