from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from interlock.contract import MISSING
from interlock.errors import InputError
from interlock.monitor.window import profile, read_window, scores
from interlock.release import Release
from interlock.serve.ledger import Entry, Header, Ledger
from interlock.shipping import ship

NUMBERS = ("temperature", "visits", "member", "at")


def test_rows_come_back_as_they_were_sent(traffic: Callable[..., Path], release: Release) -> None:
    window = read_window(release, traffic(2000, outcomes=0.5))
    assert len(window) == 2000
    assert window.numbers.shape == (2000, 4)
    np.testing.assert_array_equal(window.moments, window.numbers[:, 3])
    assert window.arrived.sum() == 1000
    assert window.arrived[:1000].all()
    assert set(np.unique(window.outcome[:1000])) == {0.0, 1.0}
    assert ((window.prediction > 0) & (window.prediction < 1)).all()


def test_what_the_contract_filled_in_is_missing_again(traffic: Callable[..., Path], release: Release) -> None:
    window = read_window(release, traffic(2000, missing=0.5))
    missing = np.isnan(window.numbers[:, 0])
    assert 900 < missing.sum() < 1100
    assert window.flags["temperature", "null", "impute"].tolist() == np.flatnonzero(missing).tolist()


def test_profiles_have_the_kinds_of_the_training_table(
    traffic: Callable[..., Path], release: Release
) -> None:
    window = read_window(release, traffic(500))
    live = profile(window, release.contract, np.ones(500, bool))
    assert live.rows == 500
    kinds = {name: column.kind for name, column in live.columns.items()}
    assert kinds == {name: release.profile[name].kind for name in kinds}
    half = np.arange(500) < 250
    parts = profile(window, release.contract, half) + profile(window, release.contract, ~half)
    assert parts["city"].categories == live["city"].categories
    assert parts["temperature"] == live["temperature"]


@pytest.fixture
def ledger(tmp_path: Path, release: Release) -> Path:
    row = [20.0, 1.0, 0.0, 1.7e9]
    header = Header(release=release.digest, numbers=NUMBERS, strings=("city",))
    with Ledger(tmp_path, header) as book:
        book.record(
            Entry(
                book.reserve(2),
                "v1",
                200,
                5.0,
                numbers=[row, row],
                strings=[["Oslo"], [MISSING]],
                predictions=[0.5, 0.25],
            )
        )
        book.record(
            Entry(
                book.reserve(1),
                "v1",
                422,
                6.0,
                numbers=[[20.0, 99.0, 0.0, 1.7e9]],
                strings=[["Paris"]],
                predictions=[None],
                flags=[[("visits", "range", "reject"), ("city", "category", "impute")]],
                rejected=[0],
            )
        )
        book.record(Entry(book.reserve(1), "v1", 400, 7.0, error="malformed", body=b"{"))
        book.truth(f"{book.writer}-0", outcome=True)
        book.truth(f"{book.writer}-1", outcome="maybe")
        book.truth(f"{book.writer}-2", outcome=False)
        book.truth(f"{book.writer}-0", outcome=False)
    with Ledger(tmp_path, Header(release="sha256:" + "0" * 64)) as book:
        book.record(Entry(book.reserve(1), "v1", 200, numbers=[[1.0]], predictions=[0.1]))
    return tmp_path


def test_refused_unreadable_and_foreign_rows_are_kept_apart(ledger: Path, release: Release) -> None:
    window = read_window(release, ledger)
    assert (len(window), window.unreadable, window.of_others, window.strange) == (3, 1, 1, 1)
    assert window.rejected.tolist() == [False, False, True]
    np.testing.assert_array_equal(window.prediction, [0.5, 0.25, np.nan])
    np.testing.assert_array_equal(window.outcome, [0, np.nan, 0])  # the later outcome wins; "maybe" is none
    assert window.arrived.tolist() == [True, False, False]
    assert {flag: rows.tolist() for flag, rows in window.flags.items()} == {
        ("visits", "range", "reject"): [2],
        ("city", "category", "impute"): [2],
    }


def test_missing_and_imputed_strings_are_null(ledger: Path, release: Release) -> None:
    window = read_window(release, ledger)
    city = profile(window, release.contract, np.ones(3, bool))["city"]
    assert (city.nulls, city.top()) == (2, [("Oslo", 1)])


def test_rows_without_a_prediction_are_null_scores(ledger: Path, release: Release) -> None:
    window = read_window(release, ledger)
    column = scores(window, release.contract, np.ones(3, bool))["prediction"]
    assert (column.rows, column.nulls, column.mean) == (3, 1, 0.375)


def test_a_ledger_of_another_release_is_refused(tmp_path: Path, release: Release) -> None:
    with Ledger(tmp_path, Header(release="sha256:" + "0" * 64)) as book:
        book.record(Entry(book.reserve(1), "v1", 200, numbers=[[1.0]], predictions=[0.1]))
    with pytest.raises(
        InputError, match=r"no row that this release answered\n.*\n  got: rows of sha256:000000000000"
    ):
        read_window(release, tmp_path)


def test_an_empty_ledger_is_refused(tmp_path: Path, release: Release) -> None:
    with Ledger(tmp_path, Header(release=release.digest)) as book:
        book.record(Entry(book.reserve(1), "v1", 400, error="malformed"))
    with pytest.raises(InputError, match=r"got: 1 unreadable requests\n  next: send it traffic"):
        read_window(release, tmp_path)


def test_no_ledger_is_refused(tmp_path: Path, release: Release) -> None:
    with pytest.raises(InputError, match="there is no ledger here"):
        read_window(release, tmp_path / "nowhere")


def test_segments_and_shipped_rows_give_the_same_profile(
    traffic: Callable[..., Path], release: Release, tmp_path: Path
) -> None:
    ledger = traffic(3000, missing=0.2, outcomes=0.5)
    ship(ledger, tmp_path / "lake")
    here, there = read_window(release, ledger), read_window(release, tmp_path / "lake")
    every = np.ones(3000, bool)
    assert profile(here, release.contract, every).digest == profile(there, release.contract, every).digest
    assert scores(here, release.contract, every).digest == scores(there, release.contract, every).digest
    np.testing.assert_array_equal(np.sort(here.outcome), np.sort(there.outcome))
    assert {flag: len(rows) for flag, rows in here.flags.items()} == {
        flag: len(rows) for flag, rows in there.flags.items()
    }
