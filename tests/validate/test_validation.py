from dataclasses import replace
from pathlib import Path

import pytest
from tests.fixtures_validate import solve

from interlock.errors import GateError, InputError
from interlock.validate import Validation, validate

TASKS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("task", TASKS)
def test_a_sound_model_passes_every_gate(task: str) -> None:
    validation = solve(task).validation
    assert [gate.name for gate in validation.gates if not gate.passed] == []
    assert validation.passed
    validation.require()
    assert validation.summary.startswith(f"all {len(validation.gates)} gates passed; ")


def test_the_same_seed_gives_the_same_numbers_latency_apart() -> None:
    solved = solve("binary")
    again = validate(
        solved.development, solved.holdout, solved.contract, profile=solved.profile, train=solved.train
    )
    first, second = solved.validation.record, again.record
    assert first.slices == second.slices
    assert first.calibration == second.calibration
    for one, other in zip(first.measurements, second.measurements, strict=True):
        assert one == other or one.name.startswith(("latency", "rows_per_second"))
    assert solved.validation.scores == again.scores


def test_a_failed_gate_stops_the_release_with_the_reason_and_shows_in_the_card() -> None:
    solved = solve("binary")
    strict = validate(
        solved.development, solved.holdout, solved.contract, gates={"auc_minimum": 0.99, "size_mb": 1e-6}
    )
    assert not strict.passed
    assert strict.summary.startswith("failed: size_mb, auc_minimum; AUC")
    with pytest.raises(
        GateError, match=r"2 of \d+ gates failed(.|\n)*AUC is 0\.\d+ \[(.|\n)*certainly at least 0.99"
    ):
        strict.require()
    assert "Not fit for release: size_mb, auc_minimum." in strict.card_html
    assert "| FAILED |" in strict.card_markdown
    assert "FAILED  auc_minimum" in str(strict)


def test_unknown_gates_are_refused_before_anything_is_measured() -> None:
    solved = solve("binary")
    told: list[str] = []
    with pytest.raises(InputError, match="did you mean `parity`"):
        validate(
            solved.development, solved.holdout, solved.contract, gates={"partiy": 1.0}, progress=told.append
        )
    assert told == []


@pytest.mark.parametrize("task", TASKS)
def test_saved_and_loaded_it_is_the_same(task: str, tmp_path: Path) -> None:
    validation = solve(task).validation
    validation.save(tmp_path / "validate")
    assert sorted(path.name for path in (tmp_path / "validate").iterdir()) == [
        "card.html",
        "card.md",
        "evidence.json",
        "scores.bin",
    ]
    assert (tmp_path / "validate" / "evidence.json").read_bytes() == validation.evidence
    assert Validation.load(tmp_path / "validate") == validation


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    solve("binary").validation.save(tmp_path)
    (tmp_path / "scores.bin").write_bytes(b"something else")
    with pytest.raises(InputError):
        Validation.load(tmp_path)
    (tmp_path / "scores.bin").unlink()
    with pytest.raises(InputError, match=r"cannot be read(.|\n)*scores.bin(.|\n)*interlock validate"):
        Validation.load(tmp_path)


def test_a_disk_that_refuses_keeps_what_was_there(tmp_path: Path) -> None:
    validation = solve("binary").validation
    (tmp_path / "folder").write_text("not a folder")
    with pytest.raises(InputError, match=r"cannot be written; what was there before is kept"):
        validation.save(tmp_path / "folder")
    assert (tmp_path / "folder").read_text() == "not a folder"


def test_the_report_is_the_card(tmp_path: Path) -> None:
    validation = solve("binary").validation
    path = validation.report(tmp_path / "out" / "card.html")
    assert path.read_text(encoding="utf-8") == validation.card_html
    assert list(path.parent.iterdir()) == [path]


def test_a_notebook_shows_the_headline_figures() -> None:
    assert "evidence.json#auc" in solve("binary").validation._repr_html_()


def test_the_digest_is_that_of_the_evidence() -> None:
    validation = solve("binary").validation
    assert validation.digest == validation.record.digest
    assert validation.digest != replace(validation, record=replace(validation.record, seed=9)).digest
