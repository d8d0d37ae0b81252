from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest
from tests.serve.ledger.folders import entry, header_of, write
from tests.shipping.kills import is_killed
from tests.shipping.test_erase import cells
from tests.shipping.test_shipper import same, store

from interlock.errors import InputError
from interlock.serve.ledger import Ledger, account, writer
from interlock.serve.ledger.condition import conditions
from interlock.serve.ledger.removal import remove, shipped_to
from interlock.serve.ledger.segment import segments
from interlock.shipping import open_ledger, ship
from interlock.shipping.compact import Compacted, compact
from interlock.shipping.destination import Destination
from interlock.shipping.erase import erase
from interlock.shipping.expiry import expire
from interlock.shipping.manifest import digest, manifests, with_files
from interlock.shipping.manifest import write as write_manifest
from interlock.shipping.parquet import packed, table_of

__all__ = ["store"]

HOURS, ROUNDS, EACH = 2, 3, 4
START = 1_760_000_400.0  # on the hour, long ago


class Clock:
    """The writers' clock, set by hand: it tells when an outcome came."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = START
        patch.setattr(writer, "time", self)

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class Killed(BaseException):
    """Ends a run where a kill would: nothing that follows is done."""


def rounds(ledger: Path, address: str | Path) -> None:
    """Let a service answer for some hours, and ship what is new several times in each."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch)
        with Ledger(ledger, header_of()) as book:
            for place in range(HOURS * ROUNDS):
                for each in range(EACH):
                    clock.now = START + 3600 * (place // ROUNDS) + 600 * (place % ROUNDS) + each
                    answered(book, 1000 + place * EACH + each, clock.now)
                book.flush()
                ship(ledger, address)
        ship(ledger, address)


def answered(book: Ledger, person: int, moment: float) -> None:
    """Record a request and its outcome."""
    asked = entry(book, person, time=moment)
    book.record(asked)
    book.truth(f"{book.writer}-{asked.first:x}", outcome=bool(person % 2))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger and a lake of small files; tests that change them take copies."""
    root = tmp_path_factory.mktemp("shipped")
    rounds(root / "ledger", root / "lake")
    return root


@pytest.fixture
def lake(shipped: Path, tmp_path: Path) -> Path:
    return copied(shipped, tmp_path / "here") / "lake"


def copied(shipped: Path, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(shipped, place))


def files(lake: Path) -> int:
    return len([*lake.rglob("*.parquet")])


def told(lake: str | Path) -> tuple[Any, ...]:
    """Return all that our readers tell of a place, in their order."""
    there = open_ledger(lake)
    wrong = [words for each in there.writers() for words in each.wrong]
    return [*map(repr, there.records())], [*there.outcomes()], there.account(), wrong


def globbed(lake: Path) -> tuple[int, int]:
    """Return how many rows and ids a reader finds that knows no manifest."""
    with duckdb.connect() as connection:
        rows = connection.read_parquet(f"{lake}/predictions/**/*.parquet")
        found: list[tuple[int, int]] = rows.aggregate("count(*), count(distinct id)").fetchall()
    return found[0]


class Dying:
    """Counts what is put and deleted, and dies before one of these."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int = -1) -> None:
        self.done = 0
        for name in ("put", "delete"):
            patch.setattr(Destination, name, self._counted(getattr(Destination, name), at))

    def _counted(self, run: Any, at: int) -> Any:
        def counted(*given: Any) -> None:
            if self.done == at:
                raise Killed
            self.done += 1
            run(*given)

        return counted


def moments(shipped: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a lake after a run was killed, for every moment at which it can be."""
    with monkeypatch.context() as patch:
        whole = Dying(patch)
        compact(copied(shipped, place) / "lake", 1)
    assert whole.done > 2 * HOURS * (ROUNDS + 1)
    for at in range(whole.done):
        here = copied(shipped, place)
        killed(here / "lake", at, monkeypatch)
        yield here


def killed(lake: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a run that is killed before its write or deletion number `at`."""
    with monkeypatch.context() as patch:
        Dying(patch, at)
        with pytest.raises(Killed):
            compact(lake, 1)


def test_an_hour_becomes_one_file_and_every_reader_finds_the_same(lake: Path) -> None:
    before = told(lake)
    (was,) = manifests(Destination.at(str(lake)))
    assert files(lake) == 2 * HOURS * ROUNDS
    done = compact(lake, 1)
    assert done == Compacted(2 * HOURS * ROUNDS, 2 * HOURS, 2 * HOURS * ROUNDS * EACH)
    assert done.sentence == "12 files became 4, with 48 rows and outcomes"
    assert files(lake) == 2 * HOURS
    assert told(lake) == before
    assert globbed(lake) == (HOURS * ROUNDS * EACH,) * 2
    assert compact(lake, 1) == Compacted()
    assert compact(lake, 1).sentence == "there is nothing to join"
    (now,) = manifests(Destination.at(str(lake)))
    assert (now.end, now.after, now.erased) == (was.end, was.after, was.erased)
    assert (len(was.pieces), len(now.pieces)) == (
        HOURS * ROUNDS + 1,
        HOURS,
    )  # one says that the writer stopped
    assert [piece.first for piece in now.pieces[1:]] == [piece.end for piece in now.pieces[:-1]]


def test_young_hours_stay_as_they_were_shipped(lake: Path) -> None:
    ago = (time.time() - START) / 3600
    assert compact(lake, ago) == Compacted()
    assert compact(lake, ago - 1.5).after == 2  # predictions and outcomes of the first hour
    assert files(lake) == 2 * ((HOURS - 1) * ROUNDS + 1)


def test_killed_at_every_moment_readers_find_the_same_and_the_next_run_ends_it(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(shipped / "lake")
    for here in moments(shipped, tmp_path / "killed", monkeypatch):
        assert told(here / "lake") == before
        compact(here / "lake", 1)
        assert told(here / "lake") == before
        assert files(here / "lake") == 2 * HOURS
        assert globbed(here / "lake") == (HOURS * ROUNDS * EACH,) * 2


@pytest.mark.slow
@pytest.mark.parametrize("knows_ledger", [True, False])
def test_after_a_kill_a_person_is_erased_everywhere(
    knows_ledger: bool, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for here in moments(shipped, tmp_path / "killed", monkeypatch):
        ledger = here / "ledger" if knows_ledger else None
        erase(ledger, conditions(["customer=1013"]), shipped=[str(here / "lake")])
        assert "person1013@" not in cells(here / "lake")
        rows, outcomes, counted, wrong = told(here / "lake")
        assert len(rows) == len(outcomes) == HOURS * ROUNDS * EACH - 1
        assert (counted.erased, counted.missing, wrong) == (1, 0, [])
        compact(here / "lake", 1)
        assert "person1013@" not in cells(here / "lake")
        assert len(told(here / "lake")[0]) == HOURS * ROUNDS * EACH - 1


@pytest.mark.slow
def test_after_a_kill_old_hours_are_deleted_wholly(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for here in moments(shipped, tmp_path / "killed", monkeypatch):
        expire(str(here / "lake"), 1)
        assert files(here / "lake") == 0
        counted = open_ledger(here / "lake").account()
        assert (counted.found, counted.removed, counted.missing) == (0, HOURS * ROUNDS * EACH, 0)


@pytest.mark.parametrize("read", [1, EACH, 2 * EACH + 3, HOURS * ROUNDS * EACH - 1])
def test_who_began_to_read_before_reads_on(read: int, lake: Path) -> None:
    before = [*map(repr, open_ledger(lake).records())]  # NaN is no NaN's equal
    rows = map(repr, open_ledger(lake).records())
    begun = [next(rows) for _ in range(read)]
    compact(lake, 1)
    assert [*begun, *rows] == before


def test_what_a_service_still_writes_is_joined_beside_its_ledger_alone(tmp_path: Path) -> None:
    ledger, lake = tmp_path / "ledger", tmp_path / "lake"
    with Ledger(ledger, header_of()) as book:
        readers = []
        for place in range(9):
            book.record(entry(book, 1000 + place, time=START + place))
            book.flush()
            ship(ledger, lake)
            if place % 3 == 2:
                readers.append((open_ledger(lake).records(), place))
                next(readers[-1][0])  # the manifest is read
                assert compact(lake, 1) == Compacted(), "another machine may be shipping it"
                assert compact(lake, 1, ledger=ledger).after == 1
                assert files(lake) == 1
                same(ledger, lake)
    ship(ledger, lake)
    same(ledger, lake)
    assert open_ledger(lake).account() == account(ledger)
    for rows, place in readers:
        assert [row.numbers[1] for row in rows] == [1000.0 + each for each in range(1, place + 1)]


def test_where_rows_were_is_forgotten_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, lake = tmp_path / "ledger", tmp_path / "lake"
    clock = Clock(monkeypatch)
    monkeypatch.setattr("interlock.shipping.compact.time", clock)
    known = []
    with Ledger(ledger, header_of()) as book:
        for place in range(6):
            answered(book, 1000 + place, START + place)
            book.flush()
            ship(ledger, lake)
            if place % 2:
                clock.now = START + 7200 + 50_000 * place
                compact(lake, 1, ledger=ledger)
                (now,) = manifests(Destination.at(str(lake)))
                known.append([len(file.joined) for file in now.files if file.name.startswith("predictions")])
                same(ledger, lake)
    assert known == [[2], [3], [3]], "the file before and the new ones"


def test_only_the_segments_of_the_ledger_are_touched_also_those_that_are_gone_here(
    shipped: Path, tmp_path: Path
) -> None:
    here = copied(shipped, tmp_path / "here")
    write(tmp_path / "other", range(10))
    assert compact(here / "lake", 1, ledger=tmp_path / "other") == Compacted()
    for segment in segments(here / "ledger"):
        note = here / "ledger" / "shipped" / f"{segment.name}.json"
        note.write_bytes(note.read_bytes().replace(str(shipped).encode(), str(here).encode()))
        assert remove(segment, "keep_days")
    assert shipped_to(here / "ledger") == (str(here / "lake"),)
    assert compact(here / "lake", 1, ledger=here / "ledger").after == 2 * HOURS


def test_columns_of_another_version_stay_apart(lake: Path) -> None:
    destination = Destination.at(str(lake))
    (manifest,) = manifests(destination)
    odd = manifest.files[0]
    table = table_of(destination.get(odd.name), odd.name)
    content = packed(table.append_column("more", pa.nulls(table.num_rows)))
    destination.put(odd.name, content)
    changed = msgspec.structs.replace(odd, sha256=digest(content))
    write_manifest(destination, with_files(manifest, lambda file: changed if file.name == odd.name else file))
    before = told(lake)
    assert compact(lake, 1).after == 2 * HOURS - 1
    assert told(lake) == before


def test_a_file_that_is_being_erased_from_waits_and_joins_later(lake: Path) -> None:
    destination = Destination.at(str(lake))
    (manifest,) = manifests(destination)
    first = manifest.files[0].name

    def announce(then: str) -> None:
        (now,) = manifests(destination)
        write_manifest(
            destination,
            with_files(
                now, lambda file: msgspec.structs.replace(file, then=then) if file.name == first else file
            ),
        )

    before = [*map(repr, open_ledger(lake).records())]
    rows = map(repr, open_ledger(lake).records())
    begun = [next(rows)]
    announce("sha256 of what is to come")
    assert compact(lake, 1).before == 2 * HOURS * ROUNDS - 1
    announce("")
    assert compact(lake, 1) == Compacted(2, 1, ROUNDS * EACH)
    assert [*map(repr, open_ledger(lake).records())] == before
    assert [*begun, *rows] == before


@pytest.mark.parametrize("first", ["compact", "expire"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 12, 17])
def test_old_hours_may_be_deleted_while_younger_ones_are_joined(
    first: str, at: int, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one does falls between two steps of the other, as if two machines kept one bucket.

    Not where one has read a manifest and is about to write it: that a bucket cannot keep apart.
    """
    monkeypatch.setattr("interlock.shipping.compact.LOCAL", None)
    old = (time.time() - START) / 86_400 - 1.5 / 24  # the first hour
    runs: dict[str, Any] = {"compact": lambda: compact(lake, 1), "expire": lambda: expire(str(lake), old)}
    (other,) = {*runs} - {first}
    steps = 0

    def between(run: Any) -> Any:
        def step(*given: Any) -> None:
            nonlocal steps
            steps += 1
            if steps == at + 1:
                runs[other]()
            run(*given)

        return step

    with monkeypatch.context() as patch:
        for name in ("put", "delete"):
            patch.setattr(Destination, name, between(getattr(Destination, name)))
        with suppress(InputError):  # where a file went while it was to be joined
            runs[first]()
    for run in (*runs.values(), runs["compact"]):
        run()
    rows, outcomes, counted, wrong = told(lake)
    assert len(rows) == len(outcomes) == (HOURS - 1) * ROUNDS * EACH
    assert (counted.found, counted.removed, counted.missing) == (ROUNDS * EACH, ROUNDS * EACH, 0)
    assert wrong == []
    assert files(lake) == 2 * (HOURS - 1)


def test_nothing_is_deleted_where_what_took_its_place_is_gone(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puts = 2 + 2 * HOURS  # the manifest twice, and each file
    killed(lake, puts, monkeypatch)
    joined = [path for path in lake.rglob("*.parquet") if path.stem.count("-") == 4]
    assert len(joined) == 2 * HOURS
    joined[0].unlink()
    with pytest.raises(InputError, match=r"a shipped file is missing\n  where: .*parquet\n  next: restore"):
        compact(lake, 1)
    assert files(lake) == 2 * HOURS * (ROUNDS + 1) - 1


def test_one_at_a_time_and_only_where_something_was_shipped(lake: Path, tmp_path: Path) -> None:
    def again(_: str) -> None:
        with pytest.raises(InputError, match="another process joins or deletes files here"):
            compact(lake, 1)
        with pytest.raises(InputError, match="another process joins or deletes files here"):
            expire(str(lake), 1)

    assert compact(lake, 1, progress=again).after == 2 * HOURS
    with pytest.raises(InputError, match="nothing was shipped to this place"):
        compact(tmp_path / "nowhere", 1)
    with pytest.raises(InputError, match="hours are 0 or more"):
        compact(lake, -1)


@pytest.mark.slow
def test_killed_at_random_while_a_service_is_shipped_each_row_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own joins files beside the ledger; it tells of each write before it is done."""
    ledger, lake = tmp_path / "ledger", tmp_path / "lake"
    clock = Clock(monkeypatch)
    random.seed(7)
    code = f"""
from interlock.shipping.compact import compact
from interlock.shipping.destination import Destination
put, delete = Destination.put, Destination.delete
Destination.put = lambda *given: (print(flush=True), put(*given))
Destination.delete = lambda *given: (print(flush=True), delete(*given))
compact({str(lake)!r}, 1, ledger={str(ledger)!r})
"""
    kills = 0
    with Ledger(ledger, header_of(), segment_bytes=20_000) as book:
        for round_ in range(12):
            for place in range(30):
                number = round_ * 30 + place
                clock.now = START + number
                answered(book, number, clock.now)
                book.flush()
                if place % 5 == 4:
                    ship(ledger, lake)
            kills += is_killed(code, random.randint(1, 16), random.uniform(0.0, 0.005))
            same(ledger, lake)
    assert kills > 6
    ship(ledger, lake)
    compact(lake, 1)
    same(ledger, lake)
    assert [words for each in open_ledger(lake).writers() for words in each.wrong] == []
    assert globbed(lake) == (360, 360)
    assert files(lake) == 2 * len([*manifests(Destination.at(str(lake)))])


@pytest.mark.slow
def test_each_store_takes_it(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.announce(monkeypatch)
    address = f"{store.prefix}/joined"
    rounds(tmp_path, address)
    before = told(address)
    assert compact(address, 1).after == 2 * HOURS
    assert told(address) == before
    assert len([*Destination.at(address).names("predictions")]) == HOURS
